#include "providers/alibaba_ram/credentials_ini.hpp"

#include <system_error>

#include "platform/files.hpp"
#include "providers/calling/shell_words.hpp"
#include "providers/calling/unusable.hpp"
#include "rotation/secret.hpp"

namespace alibaba_ram {

namespace {

constexpr std::size_t largest_file = 4 << 20;
constexpr std::string_view blanks = " \t";

// "value  # words" is "value": only behind a blank, so that no character of a value is lost.
std::string_view without_comment(std::string_view value) {
  for (std::size_t at = 1; at < value.size(); ++at) {
    const bool begins = value[at] == '#' || value[at] == ';';
    if (!begins || blanks.find(value[at - 1]) == std::string_view::npos) continue;
    const auto last = value.find_last_not_of(blanks, at - 1);
    return last == std::string_view::npos ? std::string_view{} : value.substr(0, last + 1);
  }
  return value;
}

std::string_view without_quotes(std::string_view value) {
  const bool quoted =
      value.size() >= 2 && value.front() == value.back() && (value.front() == '"' || value.front() == '\'');
  return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

CredentialsIni::CredentialsIni(const calling::Environment& env) {
  const auto named = env("ALIBABA_CLOUD_CREDENTIALS_FILE");
  path_ = calling::home_path(env, named.value_or("~/.alibabacloud/credentials"));
  if (read(path_) || named) return;
  const auto other = calling::home_path(env, "~/.alibabacloud/credentials.ini");
  if (read(other)) path_ = other;
}

bool CredentialsIni::read(const std::filesystem::path& path) {
  try {
    auto content = platform::read_file(path, largest_file);
    if (!content) return false;
    text_ = http::Body{*content};
    rotation::wipe(*content);
    ini_ = platform::parse_ini(text_.view());
    return true;
  } catch (const platform::IniError& error) {
    const auto where = path.string() + ":" + std::to_string(error.line);
    calling::unusable(where + ": " + error.what, "mend line " + std::to_string(error.line) + " of " + path.string());
  } catch (const std::system_error& error) {
    calling::unusable(path.string() + " cannot be read: " + error.code().message(),
                      "ls -l " + calling::quote_word(path.string()));
  }
}

std::optional<std::string_view> CredentialsIni::value(std::string_view profile, std::string_view key) const {
  const auto* section = ini_.section(profile);
  const auto* found = section ? platform::entry(*section, key) : nullptr;
  if (!found) return std::nullopt;
  const auto whole = text_.view().substr(found->value.begin, found->value.end - found->value.begin);
  const auto value = without_quotes(without_comment(whole));
  if (value.empty()) return std::nullopt;
  return value;
}

}  // namespace alibaba_ram
