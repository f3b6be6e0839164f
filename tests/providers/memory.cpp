#include "tests/providers/memory.hpp"

#include <string.h>  // explicit_bzero

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>

namespace tests {

namespace {

constexpr char mask = 0x55;

}  // namespace

std::string masked(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) result += static_cast<char>(c ^ mask);
  return result;
}

bool holds(std::string_view bytes, const std::string& masked) {
  const auto same = [](char byte, char hidden) { return (byte ^ mask) == hidden; };
  for (std::size_t piece = 0; piece + 12 <= masked.size(); piece += 4) {
    const auto wanted = std::string_view{masked}.substr(piece, 12);
    if (std::search(bytes.begin(), bytes.end(), wanted.begin(), wanted.end(), same) != bytes.end()) return true;
  }
  return false;
}

std::vector<std::string> places_that_hold(const std::string& masked) {
  std::vector<std::string> found;
  std::ifstream maps{"/proc/self/maps"};
  const std::unique_ptr<FILE, int (*)(FILE*)> memory{fopen("/proc/self/mem", "rb"), fclose};
  setvbuf(memory.get(), nullptr, _IONBF, 0);
  for (std::string line; std::getline(maps, line);) {
    if (line.find(" rw-p ") == std::string::npos || line.find("[vvar]") != std::string::npos) continue;
    const auto begin = std::stoull(line, nullptr, 16);
    const auto end = std::stoull(line.substr(line.find('-') + 1), nullptr, 16);
    std::vector<char> bytes(end - begin);
    if (fseek(memory.get(), static_cast<long>(begin), SEEK_SET) != 0) continue;
    const auto count = fread(bytes.data(), 1, bytes.size(), memory.get());
    for (auto& byte : bytes) byte = static_cast<char>(byte ^ mask);  // so that no copy here is the secret itself
    for (std::size_t piece = 0; piece + 12 <= masked.size(); piece += 4) {
      if (std::string_view{bytes.data(), count}.find(std::string_view{masked}.substr(piece, 12)) != std::string::npos) {
        found.push_back(line);
        break;
      }
    }
    // It held what the memory held, and the masked text unmasked: the next search must not find it here.
    explicit_bzero(bytes.data(), bytes.size());
  }
  return found;
}

}  // namespace tests
