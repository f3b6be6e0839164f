#include "secrets_adapters/aws_credentials_file.hpp"

#include <algorithm>
#include <utility>

namespace secrets_adapters {
namespace {

using platform::IniEntry;
using platform::IniSection;

// botocore takes a value as it stands, to the end of its line: there is no quoting and no comment behind it.
bool stands_in_ini(char c) { return c > ' ' && c <= '~'; }

std::size_t line_of(std::string_view text, std::size_t offset) {
  return 1 +
         static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

const IniEntry* filled(const IniSection& section, std::string_view key) {
  const IniEntry* found = platform::entry(section, key);
  return found != nullptr && (found->value.begin != found->value.end || !found->nested.empty()) ? found : nullptr;
}

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

class AwsCredentials final : public PairFormat {
 public:
  explicit AwsCredentials(std::string profile) : profile_(std::move(profile)) {}

  [[nodiscard]] std::string place() const override { return "profile " + profile_; }

  [[nodiscard]] std::optional<PairAt> find(std::string_view text) const override {
    platform::IniText ini;
    try {
      ini = platform::parse_ini(text);
    } catch (const platform::IniError& error) {
      throw Unfit{.line = error.line, .what = error.what};
    }
    std::optional<PairAt> found;
    for (const IniSection& section : ini.sections) {
      if (section.name != profile_ && !is_config_section(section.name, profile_)) continue;
      const auto pair = pair_in(text, section);
      if (pair && found) {
        throw Unfit{.line = line_of(text, section.body.begin) - 1,
                    .what = "a second section with a pair for this profile; remove one"};
      }
      if (pair) found = pair;
    }
    return found;
  }

 private:
  [[nodiscard]] static std::optional<PairAt> pair_in(std::string_view text, const IniSection& section) {
    for (const char* token : {"aws_session_token", "aws_security_token"}) {
      if (const IniEntry* one = filled(section, token)) {
        throw Unfit{.why = rotation::Refusal::unsupported,
                    .line = line_of(text, one->value.begin),
                    .what =
                        "a session token: temporary credentials are not rotated. Where it is a leftover beside a "
                        "long-lived key, remove the line"};
      }
    }
    const IniEntry* id = filled(section, "aws_access_key_id");
    const IniEntry* secret = filled(section, "aws_secret_access_key");
    if (id == nullptr && secret == nullptr) return std::nullopt;
    if (id == nullptr || secret == nullptr) {
      throw Unfit{.line = line_of(text, (id != nullptr ? id : secret)->value.begin),
                  .what = id != nullptr ? "an access key id without its secret" : "a secret without its access key id"};
    }
    for (const IniEntry* one : {id, secret}) {
      if (!one->nested.empty()) throw Unfit{.line = line_of(text, one->value.begin), .what = "nested lines in a value"};
    }
    return PairAt{{id->value, stands_in_ini}, {secret->value, stands_in_ini}};
  }

  std::string profile_;
};

}  // namespace

std::unique_ptr<const PairFormat> aws_credentials_format(std::string profile) {
  return std::make_unique<AwsCredentials>(std::move(profile));
}

}  // namespace secrets_adapters
