// What a location needs of a store that keeps secrets in versions with labels that can be moved: KMS Secrets Manager
// of Alibaba Cloud, AWS Secrets Manager. The store itself is reached through an account's cloud, so it is implemented
// where that is known.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "rotation/answer.hpp"
#include "rotation/secret.hpp"

namespace secrets_adapters {

// Whether the store itself writes new versions. Anything it says but a plain "no" counts as `by_the_store`.
enum class Rotated : std::uint8_t { by_nobody, by_the_store };
enum class Content : std::uint8_t { text, binary };

struct SecretVersion {
  std::string id;
  rotation::Secret data;
  Content content = Content::text;
  std::string type;  // of the secret, as the store calls it: "Generic"; empty where it knows one type alone
  Rotated rotated = Rotated::by_nobody;
  // Of the current version, where the store tells it at once: every label of the secret, and the version that has it.
  std::map<std::string, std::string> stages = {};
};

struct StageMove {
  std::string from;  // a version's id
  std::string to;    // empty: the stage is taken away
};

// Each call is one request or two, or as many tries of them as are safe. A secret or version that is not there is
// Refused{no_such_entity}. Unknown of a write: it may have happened, or may yet.
class VersionedSecrets {
 public:
  virtual ~VersionedSecrets() = default;
  // The version with the store's own label of the current one.
  [[nodiscard]] virtual rotation::Answer<SecretVersion> current(const std::string& secret) = 0;
  [[nodiscard]] virtual rotation::Answer<SecretVersion> version(const std::string& secret, const std::string& id) = 0;
  // A new version with `stage` as its only label; the current one stays current. The stage leaves the version that had
  // it. The same id with the same data once more: Done; with other data: Refused.
  [[nodiscard]] virtual rotation::Answer<rotation::Nothing> put(const std::string& secret, const std::string& id,
                                                                const rotation::Secret& data,
                                                                const std::string& stage) = 0;
  // Compare-and-set: Refused{conflict}, with nothing changed, unless `move.from` has the stage now.
  [[nodiscard]] virtual rotation::Answer<rotation::Nothing> move_stage(const std::string& secret,
                                                                       const std::string& stage,
                                                                       const StageMove& move) = 0;
};

// What one store calls these things.
struct StoreWords {
  std::string_view store;       // "KMS"
  std::string_view current;     // the label of the current version
  std::string_view pending;     // while a new version is checked
  std::string_view plain_type;  // of a secret whose versions are its owner's to write
  // Where the labels are the store's own, which others move, too; else empty.
  std::string_view previous = {};  // of the version that was current before
};

// KMS API reference, 2016-01-20, PutSecretValue and UpdateSecretVersionStage.
inline constexpr StoreWords alibaba_kms{
    .store = "KMS", .current = "ACSCurrent", .pending = "keybaton-pending", .plain_type = "Generic"};
// Secrets Manager 2017-10-17: the model in botocore, and the user guide on the labels of versions.
inline constexpr StoreWords aws_secrets_manager_words{.store = "Secrets Manager",
                                                      .current = "AWSCURRENT",
                                                      .pending = "AWSPENDING",
                                                      .plain_type = "",
                                                      .previous = "AWSPREVIOUS"};

}  // namespace secrets_adapters
