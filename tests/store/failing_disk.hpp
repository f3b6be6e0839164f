// A disk between SQLite and the real one: any call that changes it can be made to fail, and what a power cut would
// leave behind is known at every moment.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace store::test {

enum class DiskCall : std::uint8_t { create, write, truncate, sync, remove };

class FailingDisk {
 public:
  static constexpr const char* name = "failing";
  // Registers the VFS once; there is one such disk.
  static FailingDisk& instance();
  void reset();

  // Asked before each call that changes the disk; what is not SQLITE_OK is returned instead of doing it.
  std::function<int(DiskCall, const std::string& path)> before;

  // The files as a power cut leaves them now: synced content, and of the writes since then those that `survives` picks.
  using Image = std::map<std::string, std::string>;
  [[nodiscard]] Image after_power_cut(const std::function<bool()>& survives) const;

  // For the VFS itself.
  struct Write {
    std::int64_t offset = 0;
    std::string bytes;
    bool truncates = false;
  };
  std::map<std::string, std::string> durable;
  std::map<std::string, std::vector<Write>> pending;
};

}  // namespace store::test
