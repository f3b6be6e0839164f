#include "secrets_adapters/token.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "platform/files.hpp"
#include "secrets_adapters/env_file.hpp"

namespace secrets_adapters {
namespace {

using rotation::Answer;
using rotation::Refusal;
using rotation::Refused;
using rotation::Secret;

constexpr std::size_t longest_token = 16 * 1024;

Refused refuse(Refusal why, const std::string& what) {
  return {.why = why, .code = {}, .message = what, .request_id = {}};
}

// Without the line end that editors leave.
Answer<Secret> token_in(std::string text, const std::string& where) {
  std::string_view token = text;
  while (token.ends_with('\n') || token.ends_with('\r')) token.remove_suffix(1);
  const bool plain = std::ranges::all_of(token, [](char c) { return c >= ' ' && c <= '~'; });
  Answer<Secret> answer = refuse(Refusal::invalid, where + " holds no token of one line");
  if (plain && !token.empty()) answer = rotation::Done<Secret>{Secret(token)};
  rotation::wipe(text);
  return answer;
}

Answer<Secret> from_file(const std::string& setting) {
  const auto path = platform::expand_home(setting);
  try {
    const platform::Fd file = platform::open_file(path, O_RDONLY | O_NONBLOCK);
    struct stat seen {};
    if (::fstat(file.get(), &seen) != 0 || !S_ISREG(seen.st_mode)) {
      return refuse(Refusal::invalid, path.string() + " is no regular file");
    }
    if ((seen.st_mode & 077U) != 0) {
      return refuse(Refusal::denied, path.string() + " may be used by others than its owner (chmod 600)");
    }
    return token_in(platform::read_all(file, path, longest_token), path.string());
  } catch (const std::system_error& error) {
    return refuse(error.code().value() == EACCES ? Refusal::denied : Refusal::other, error.what());
  }
}

}  // namespace

Answer<Secret> read_token(const rotation::LocationSpec& spec) {
  if (const std::string_view path = text_of(spec, "token_file"); !path.empty()) return from_file(std::string(path));
  const std::string name(text_of(spec, "token_env"));
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return refuse(Refusal::other, "the variable " + name + " is not set");
  return token_in(value, "the variable " + name);
}

void check_token(const rotation::LocationSpec& spec, Findings& findings) {
  const std::string_view file = text_of(spec, "token_file");
  const std::string_view variable = text_of(spec, "token_env");
  if (file.empty() == variable.empty()) {
    findings.push_back({"token_file", file.empty(), "one of token_file and token_env is needed"});
  } else if (!variable.empty() && !is_variable_name(variable)) {
    findings.push_back({"token_env", false, "token_env must be the name of a variable"});
  }
}

}  // namespace secrets_adapters
