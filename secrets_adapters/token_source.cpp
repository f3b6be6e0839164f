#include "secrets_adapters/token_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>

#include "platform/files.hpp"

namespace secrets_adapters {
namespace {

using rotation::Answer;
using rotation::Done;
using rotation::Refusal;
using rotation::Refused;
using rotation::Secret;

constexpr std::size_t longest = 64 << 10;
constexpr std::string_view blanks = " \t\r\n";

Refused refuse(Refusal why, std::string message) {
  return {.why = why, .code = {}, .message = std::move(message), .request_id = {}};
}

Answer<Secret> word(std::string_view text, const std::string& where) {
  const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
  text = text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
  if (text.empty()) return refuse(Refusal::invalid, where + " is empty");
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; })) {
    return refuse(Refusal::invalid, where + " is not one word of plain characters");
  }
  return Done<Secret>{Secret(text)};
}

}  // namespace

Answer<Secret> word_in_file(const std::filesystem::path& path, const std::string& what, Readers readers) {
  const std::string where = what + " in " + path.string();
  try {
    const platform::Fd file = platform::open_file(path, O_RDONLY | O_NONBLOCK);
    struct stat info {};
    if (::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
      return refuse(Refusal::invalid, where + ": not a regular file");
    }
    if (readers == Readers::owner_alone && (info.st_mode & 077U) != 0) {
      return refuse(Refusal::denied, where + " can be read by others; take that away (chmod 600)");
    }
    std::string text = platform::read_all(file, path, longest);
    auto answer = word(text, where);
    rotation::wipe(text);
    return answer;
  } catch (const std::system_error& error) {
    const int number = error.code().value();
    if (number == ENOENT || number == ENOTDIR)
      return refuse(Refusal::no_such_entity, where + ": there is no such file");
    const bool denied = number == EACCES || number == EPERM;
    return refuse(denied ? Refusal::denied : Refusal::invalid, what + ": " + error.what());
  }
}

Answer<Secret> word_in_variable(const std::string& name, const std::string& what) {
  const char* value = std::getenv(name.c_str());
  const std::string where = what + " in the variable " + name;
  if (value == nullptr || *value == '\0') return refuse(Refusal::no_such_entity, where + ": it is not set");
  return word(value, where);
}

}  // namespace secrets_adapters
