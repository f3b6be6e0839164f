// Seals secrets with AES-256-GCM under a data key per rotation; the data keys are wrapped by the sealing key, which is
// a file apart from the journal.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "rotation/ports.hpp"

namespace store {

class SealingKey;

class FileSealer final : public rotation::Sealer {
 public:
  // `journal_holds_wrapped_key` is asked only when the file is missing: a new sealing key is made (O_EXCL, fsynced
  // with its directory) only if it says no. The file is read when first needed, so that commands which seal nothing
  // work without it. Its mode is 0600, or 0660 in a team's directory.
  FileSealer(std::filesystem::path key_file, std::function<bool()> journal_holds_wrapped_key);
  ~FileSealer() override;

  [[nodiscard]] std::string new_wrapped_key(const rotation::RotationId& rotation) override;
  void prove(const std::string& wrapped_key, const rotation::RotationId& rotation) override;
  [[nodiscard]] rotation::SealedSecret seal(const std::string& wrapped_key, const rotation::RotationId& rotation,
                                            const rotation::AccountName& account, std::string purpose,
                                            const rotation::AccessKeyId& key, const rotation::Secret& secret) override;
  [[nodiscard]] std::optional<rotation::Secret> unseal(const std::string& wrapped_key,
                                                       const rotation::RotationId& rotation,
                                                       const rotation::AccountName& account,
                                                       const rotation::SealedSecret& sealed) override;
  // For doctor: reads and checks the file, makes nothing. Throws SealingTrouble.
  void check() const;
  [[nodiscard]] bool exists() const;

 private:
  [[nodiscard]] const SealingKey& key();
  [[nodiscard]] rotation::Secret unwrap(const std::string& wrapped_key, const rotation::RotationId& rotation);

  std::filesystem::path file_;
  std::function<bool()> holds_wrapped_key_;
  std::unique_ptr<SealingKey> key_;
};

}  // namespace store
