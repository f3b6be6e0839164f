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
#include "rotation/stops.hpp"

namespace secrets_adapters {
namespace {

using rotation::Answer;
using rotation::Done;
using rotation::Refusal;
using rotation::Refused;
using rotation::Secret;

constexpr std::size_t longest = 64 << 10;
constexpr std::string_view blanks = " \t\r\n";

// Whatever is wrong with it, no permission is missing: who signs in is not known.
Refused refuse(std::string message, std::string remedy, Refusal why = Refusal::invalid_credentials) {
  return {.why = why, .code = {}, .message = std::move(message), .request_id = {}, .remedy = std::move(remedy)};
}

Answer<Secret> word(std::string_view text, const std::string& where, const std::string& remedy) {
  const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
  text = text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
  if (text.empty()) return refuse(where + " is empty", remedy);
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; })) {
    return refuse(where + " is not one word of plain characters", remedy);
  }
  return Done<Secret>{Secret(text)};
}

}  // namespace

Answer<Secret> word_in_file(const std::filesystem::path& path, const std::string& what, Readers readers) {
  const std::string where = what + " in " + path.string();
  const std::string name = rotation::quoted(path.string());
  const std::string put = "put " + what + " into " + name;
  try {
    const platform::Fd file = platform::open_file(path, O_RDONLY | O_NONBLOCK);
    struct stat info {};
    if (::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
      return refuse(where + ": not a regular file", put);
    }
    if (readers == Readers::owner_alone && (info.st_mode & 077U) != 0) {
      return refuse(where + " can be read by others; take that away (chmod 600)", "chmod 600 " + name);
    }
    if ((info.st_mode & S_IWOTH) != 0) {
      return refuse(where + " can be written by anybody; take that away (chmod o-w)", "chmod o-w " + name);
    }
    std::string text = platform::read_all(file, path, longest);
    auto answer = word(text, where, put);
    rotation::wipe(text);
    return answer;
  } catch (const std::system_error& error) {
    const int number = error.code().value();
    if (number == ENOENT || number == ENOTDIR)
      return refuse(where + ": there is no such file", put, Refusal::no_such_entity);
    const bool denied = number == EACCES || number == EPERM;
    return refuse(what + ": " + error.what(), denied ? "let this user read " + name : put);
  }
}

Answer<Secret> word_in_variable(const std::string& name, const std::string& what) {
  const char* value = std::getenv(name.c_str());
  const std::string where = what + " in the variable " + name;
  const std::string set = "set the variable " + name;
  if (value == nullptr || *value == '\0') return refuse(where + ": it is not set", set, Refusal::no_such_entity);
  return word(value, where, set);
}

}  // namespace secrets_adapters
