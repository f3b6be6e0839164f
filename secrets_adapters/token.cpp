#include "secrets_adapters/token.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
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

constexpr std::size_t size_cap = 16U << 10U;

Refused refuse(Refusal why, std::string message) {
  return {.why = why, .code = {}, .message = std::move(message) + "; nothing was sent", .request_id = {}};
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

Answer<Secret> checked(Secret token, const std::string& where) {
  if (token.expose(is_token)) return rotation::Done<Secret>{std::move(token)};
  return refuse(Refusal::invalid, where + " holds no token: it is empty, or has blanks or control characters in it");
}

Answer<Secret> from_file(const std::filesystem::path& path) {
  const std::string where = "the token file " + path.string();
  try {
    const platform::Fd file = platform::open_file(path, O_RDONLY | O_NONBLOCK);
    struct stat found {};
    if (::fstat(file.get(), &found) != 0) return refuse(Refusal::invalid, where + " can't be looked at");
    if (!S_ISREG(found.st_mode)) return refuse(Refusal::invalid, where + " is no regular file");
    if ((found.st_mode & 077U) != 0) {
      return refuse(Refusal::denied, where + " can be read or written by others than its owner (chmod 600)");
    }
    if (found.st_uid != ::geteuid() && found.st_uid != 0) {
      return refuse(Refusal::denied, where + " belongs to another user");
    }
    std::string text = platform::read_all(file, path, size_cap);
    if (text.ends_with('\n')) text.pop_back();
    return checked(Secret::taking(std::move(text)), where);
  } catch (const std::system_error& error) {
    const int number = error.code().value();
    return refuse(number == EACCES || number == EPERM ? Refusal::denied : Refusal::invalid,
                  std::string("the token: ") + error.what());
  }
}

}  // namespace

void check_token(const rotation::LocationSpec& spec, Findings& findings) {
  const bool file = spec.settings.contains("token_file");
  const bool variable = spec.settings.contains("token_env");
  if (!file && !variable) {
    findings.push_back({"token_file", true, spec.type + " needs token_file or token_env: where its token is"});
  }
  if (file && variable) findings.push_back({"token_env", false, "token_file and token_env are both there"});
  if (variable && !text_of(spec, "token_env").empty() && !is_variable_name(text_of(spec, "token_env"))) {
    findings.push_back({"token_env", false, "token_env must be the name of a variable"});
  }
}

Answer<Secret> read_token(const rotation::LocationSpec& spec) {
  const std::string_view file = text_of(spec, "token_file");
  if (!file.empty()) return from_file(platform::expand_home(file));
  const std::string name(text_of(spec, "token_env"));
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return refuse(Refusal::invalid, "the variable " + name + ", which has the token, is not set");
  return checked(Secret(value), "the variable " + name);
}

}  // namespace secrets_adapters
