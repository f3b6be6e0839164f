#include "secrets_adapters/alibaba_cli_config.hpp"

#include <array>
#include <utility>

#include "secrets_adapters/json_pair.hpp"

namespace secrets_adapters {
namespace {

constexpr std::string_view temporary = "temporary credentials are not rotated";
constexpr std::string_view chained = "ChainableRamRoleArn";
// The modes of the aliyun command.
constexpr std::array kinds{
    ProfileKind{"AK", ""},
    ProfileKind{"RamRoleArn", ""},  // the role is assumed with the profile's own access key
    ProfileKind{"StsToken", temporary},
    ProfileKind{"EcsRamRole", temporary},
    ProfileKind{"RamRoleArnWithEcs", temporary},
    ProfileKind{"OIDC", temporary},
    ProfileKind{"CloudSSO", temporary},
    ProfileKind{"OAuth", temporary},
    ProfileKind{"CredentialsURI", temporary},
    ProfileKind{chained, "it has no access key of its own"},
    ProfileKind{"External", "its credentials come from a command, not from this file"},
    ProfileKind{"RsaKeyPair", "it signs with an RSA key pair, which is no access key of a RAM user"},
};
// The aliyun command is written in Go, whose decoder takes AccEss_key_ID for access_key_id.
constexpr LetterCase letter_case = LetterCase::same_name;

class AlibabaCli final : public PairFormat {
 public:
  explicit AlibabaCli(std::string profile) : profile_(std::move(profile)) {}

  [[nodiscard]] std::string place() const override { return "profile " + profile_; }

  [[nodiscard]] std::optional<PairAt> find(std::string_view text) const override {
    const JsonPlace root = json_in(text);
    if (root.kind != JsonPlace::Kind::object) throw Unfit{.line = 1, .what = "it is no JSON object"};
    const JsonPlace* profiles = json_member(text, root, "profiles", letter_case);
    if (profiles == nullptr) return std::nullopt;
    if (profiles->kind != JsonPlace::Kind::array) {
      throw Unfit{.line = line_of(text, profiles->range.begin), .what = "profiles is no list"};
    }
    const JsonPlace* found = profile_named(text, *profiles, profile_);
    return found == nullptr ? std::nullopt : pair_of(text, *profiles, *found);
  }

 private:
  [[nodiscard]] static const JsonPlace* profile_named(std::string_view text, const JsonPlace& profiles,
                                                      std::string_view name) {
    const JsonPlace* found = nullptr;
    for (const JsonPlace& one : profiles.items) {
      const std::size_t line = line_of(text, one.range.begin);
      if (one.kind != JsonPlace::Kind::object) throw Unfit{.line = line, .what = "a profile that is no object"};
      if (word(text, one, "name") != name) continue;
      if (found != nullptr) throw Unfit{.line = line, .what = "a second profile of this name; remove one"};
      found = &one;
    }
    return found;
  }

  [[nodiscard]] static std::optional<PairAt> pair_of(std::string_view text, const JsonPlace& profiles,
                                                     const JsonPlace& profile) {
    const JsonPlace* mode = json_member(text, profile, "mode", letter_case);
    if (mode == nullptr) throw Unfit{.line = line_of(text, profile.range.begin), .what = "a profile without a mode"};
    const std::size_t line = line_of(text, mode->range.begin);
    const auto mode_word = word(text, profile, "mode");
    if (mode_word == chained) refuse_chained(text, profiles, profile, line);
    require_long_lived(kinds, "mode", *mode_word, line);
    if (const auto token = json_value(text, profile, "sts_token", letter_case)) {
      throw session_beside(line_of(text, token->range.begin));
    }
    return both_or_none(text, json_value(text, profile, "access_key_id", letter_case),
                        json_value(text, profile, "access_key_secret", letter_case));
  }

  [[noreturn]] static void refuse_chained(std::string_view text, const JsonPlace& profiles, const JsonPlace& profile,
                                          std::size_t line) {
    const auto source = word(text, profile, "source_profile");
    // Shown only where it is the name of a profile: then it is no secret in the wrong place.
    const bool named = source && profile_named(text, profiles, *source) != nullptr;
    throw Unfit{.why = rotation::Refusal::unsupported,
                .line = line,
                .what = "mode ChainableRamRoleArn: it has no access key of its own, but signs with its source_profile" +
                        (named ? " " + *source + "; name that profile instead" : std::string())};
  }

  // A short string that is no secret, as it reads; nullopt if there is none.
  [[nodiscard]] static std::optional<std::string> word(std::string_view text, const JsonPlace& profile,
                                                       std::string_view name) {
    const JsonPlace* found = json_member(text, profile, name, letter_case);
    if (found == nullptr) return std::nullopt;
    if (found->kind != JsonPlace::Kind::string) {
      throw Unfit{.line = line_of(text, found->range.begin), .what = std::string(name) + " is no string"};
    }
    return read_json_string(text, *found);
  }

  std::string profile_;
};

}  // namespace

std::unique_ptr<const PairFormat> alibaba_cli_format(std::string profile) {
  return std::make_unique<AlibabaCli>(std::move(profile));
}

}  // namespace secrets_adapters
