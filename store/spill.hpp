// The spill file: where a just-made secret goes first, sealed, full disk or not.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "rotation/ports.hpp"

namespace store {

class FileSpill final : public rotation::Spill {
 public:
  // Files stand beside the journal: spill-ROTATION-ATTEMPT, and ROTATION's emergency notes.
  explicit FileSpill(std::filesystem::path journal_directory);

  void prepare(const rotation::RotationId& rotation, const rotation::AttemptId& attempt) override;
  void keep(const rotation::RotationId& rotation, const rotation::AttemptId& attempt,
            const rotation::SealedSecret& secret, rotation::Time created_at) override;
  [[nodiscard]] std::optional<Kept> kept(const rotation::RotationId& rotation,
                                         const rotation::AttemptId& attempt) override;
  void remove(const rotation::RotationId& rotation, const rotation::AttemptId& attempt) noexcept override;
  void note(const rotation::RotationId& rotation, const rotation::Draft& draft) noexcept override;

 private:
  [[nodiscard]] std::filesystem::path file(const rotation::RotationId& rotation,
                                           const rotation::AttemptId& attempt) const;
  std::filesystem::path directory_;
};

// Clears the rotation's spill files but that of `open`, the create whose outcome is not known yet: what they kept is in
// the journal, or was given up there. Emergency notes stay.
void remove_spills(const std::filesystem::path& directory, const rotation::RotationId& rotation,
                   const std::optional<rotation::AttemptId>& open) noexcept;

}  // namespace store
