// One worker for each journal: a lock that the kernel takes back from a process that died.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "platform/files.hpp"

namespace store {

class WorkerLock {
 public:
  // Beside the journal, whose directory is there. `holder` is what another worker will be told: "ann@ops1 (process 4711
  // on ops1)". Throws Held, naming who has it; StorageTrouble where the file cannot be made.
  WorkerLock(const std::filesystem::path& journal, const std::string& holder);

  // Who has it now; nothing where nobody has, or where it cannot be told.
  [[nodiscard]] static std::optional<std::string> holder(const std::filesystem::path& journal);

 private:
  platform::Fd file_;
};

}  // namespace store
