#include "cli/init_text.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "cli/style.hpp"

namespace cli {
namespace {

// As a double-quoted YAML scalar, whatever the name holds.
std::string quoted(const std::string& name) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string text = "\"";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text += {'\\', c};
    } else if (byte < 0x20 || byte == 0x7f) {
      text += {'\\', 'x', hex[byte >> 4U], hex[byte & 0xfU]};
    } else {
      text += c;
    }
  }
  return text + "\"";
}

// The name that the account gets: a profile may have characters that an account may not.
std::string account_name(const std::string& profile, std::set<std::string>& taken) {
  std::string name;
  for (const char c : profile) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 0x80 && (std::isalnum(byte) != 0 || c == '.' || c == '_' || c == '-');
    name += plain ? c : '-';
  }
  if (name.empty()) name = "account";
  const std::string stem = name;
  for (int n = 2; !taken.insert(name).second; ++n) name = stem + "-" + std::to_string(n);
  return name;
}

constexpr const char* head =
    R"(# keybaton's config. Strict: an unknown key or a wrong type is an error with its line and column.
# No secret stands here. `keybaton doctor` checks this file and everything that it names.

)";

constexpr const char* rest = R"(
# What holds for every rotation; an account or a target may have a policy of its own.
#policy:
#  quiet: 24h          # how long the old key must have been unused; 1h at least
#  grace: 7d           # from deactivate to delete; 24h at least
#  lag: 4h             # until a use shows in last-used; 4h at least
#  late_undo: 30d      # Alibaba Cloud: old values of the locations stay sealed this long after the delete
#  propagation: 120s   # until a new key is known everywhere
#  check_every: 15m
#  confirm: [deploy, deactivate, delete]

# Encrypts the new secrets in the journal while a rotation is open. Made at the first rotation; back it up apart.
#sealing: {key_file: ~/.config/keybaton/sealing.key}

# Directories that are searched for a key id before a key is retired.
#search_paths: [~/src]

# Whose keys are rotated, and every place that holds them. Without a target, a profile is its own place:
# `keybaton rotate --profile NAME`.
#targets:
#  ACCOUNT/USER:
#    cadence: 31d      # it is used at least this often
#    locations:
#      - {name: laptop, type: aws-credentials-file, path: ~/.aws/credentials, profile: NAME}
#      - {name: aliyun, type: alibaba-cli-config, path: ~/.aliyun/config.json, profile: NAME}
#      - {name: service, type: env-file, path: /etc/service.env, id: AWS_ACCESS_KEY_ID, value: AWS_SECRET_ACCESS_KEY}
)";

}  // namespace

std::string init_text(std::span<const FoundProfile> profiles) {
  std::string text = head;
  if (profiles.empty()) {
    text +=
        "# No profile was found in the files of the AWS and Alibaba Cloud tools.\n#accounts:\n#  prod:\n#    profile: "
        "prod\n";
    return text + rest;
  }
  text += "accounts:\n";
  std::set<std::string> taken;
  for (const FoundProfile& profile : profiles) {
    const known::Kind& kind = known::kind_or_first(profile.provider);
    text += "  " + quoted(account_name(profile.name, taken)) + ":\n";
    if (&kind != &known::kinds().front()) text += "    provider: " + std::string(kind.name) + "\n";
    text += "    profile: " + quoted(profile.name);
    text += profile.has_keys ? "   # has an access key of its own\n" : "\n";
    const std::string id = std::string("1234567890123456").substr(0, kind.account_id_digits);
    text += "    #account_id: \"" + id + "\"   # a pin: no other account is ever touched\n";
  }
  return text + rest;
}

}  // namespace cli
