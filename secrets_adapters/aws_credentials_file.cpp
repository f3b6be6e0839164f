#include "secrets_adapters/aws_credentials_file.hpp"

#include <array>
#include <utility>

#include "secrets_adapters/ini_pair.hpp"

namespace secrets_adapters {
namespace {

// botocore takes a value as it stands, to the end of its line: there is no quoting and no comment behind it.
bool stands_in_value(char c) { return c > ' ' && c <= '~'; }

// [profile dev], [profile "dev"]: how the config file names what the credentials file calls [dev].
bool is_config_section(std::string_view name, std::string_view profile) {
  constexpr std::string_view word = "profile";
  if (!name.starts_with(word)) return false;
  name.remove_prefix(word.size());
  const std::size_t first = name.find_first_not_of(" \t");
  if (first == 0 || first == std::string_view::npos) return false;
  name.remove_prefix(first);
  const bool quoted = name.size() >= 2 && (name.front() == '"' || name.front() == '\'') && name.front() == name.back();
  return (quoted ? name.substr(1, name.size() - 2) : name) == profile;
}

constexpr std::array<std::string_view, 2> session_tokens{"aws_session_token", "aws_security_token"};

}  // namespace

std::unique_ptr<const PairFormat> aws_credentials_format(std::string profile) {
  return ini_pair_format({.id = "aws_access_key_id",
                          .secret = "aws_secret_access_key",
                          .session_tokens = session_tokens,
                          .carries = stands_in_value,
                          .indented = IndentedLines::continue_values,
                          .also_names = is_config_section},
                         std::move(profile));
}

}  // namespace secrets_adapters
