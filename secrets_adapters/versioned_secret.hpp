// A location that is a secret in a store with versions: a text with the pair in it, of which a new version takes over.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "rotation/ports.hpp"
#include "secrets_adapters/pair_in_text.hpp"
#include "secrets_adapters/versioned_secrets.hpp"

namespace secrets_adapters {

// Read: a secret that is not there, or has no pair, is an empty Holding. Refused{invalid}: a text that the format can't
// read. Refused{unsupported}: a binary secret, one that the store itself manages or rotates.
// Write: the text with the new pair in it becomes a new version that only carries a label of ours; it is read back and
// compared; then the current label moves from the version that was read to the new one, which the store refuses if
// another version is current by then (that is the compare-and-set). Every byte of the text but the two values stays.
// The new version's id follows from the one that it replaces and the new key's id: a write that was cut short and is
// done again finds what it has put already, and no version is wasted. A label of ours that a crash has left moves with
// the next write; where the label is one that others use, and a version of theirs has it, the write is a conflict.
// Restore: where the version that was current before is known, and has the wanted text to the last byte, the label goes
// back to that one.
class VersionedSecret final : public rotation::Location {
 public:
  VersionedSecret(std::string name, std::unique_ptr<const PairFormat> format, std::unique_ptr<VersionedSecrets> store,
                  StoreWords words);

  [[nodiscard]] rotation::Answer<rotation::Holding> read() override;
  // Where labels are the store's own: nobody else is about to make another version current.
  [[nodiscard]] rotation::Answer<rotation::Nothing> ready() const override;
  [[nodiscard]] rotation::Answer<rotation::Written> write(const rotation::Change& change) override;

 private:
  using Written = rotation::Answer<rotation::Written>;
  enum class Staged : bool { no, yes };  // is our label on the new version?
  void require_fit(const SecretVersion& version) const;
  void require_no_other_rotation(const SecretVersion& now) const;
  [[nodiscard]] std::optional<Written> try_write(const rotation::Change& change, const Pair& fresh);
  [[nodiscard]] std::optional<std::string> previous_with(const SecretVersion& now, const rotation::Secret& wanted);
  [[nodiscard]] std::optional<rotation::Refused> stage(const std::string& version, const rotation::Secret& data);
  [[nodiscard]] std::optional<Written> make_current(const StageMove& move, const Pair& fresh, Staged staged);
  [[nodiscard]] std::optional<Written> try_move(const StageMove& move, const Pair& fresh);
  [[nodiscard]] Written read_back(const Pair& fresh, const std::string& doubt);
  void drop_label(const std::string& version);
  [[nodiscard]] rotation::Refused refuse(rotation::Refusal why, const std::string& what) const;
  [[nodiscard]] rotation::Refused refuse(const Unfit& unfit) const;
  [[nodiscard]] rotation::Refused refuse(const rotation::Refused& no) const;

  std::string name_;
  std::unique_ptr<const PairFormat> format_;
  std::unique_ptr<VersionedSecrets> store_;
  StoreWords words_;
};

}  // namespace secrets_adapters
