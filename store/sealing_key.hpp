// The sealing key's file.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace store {

// 32 random bytes and a random id that says which key it is, so that a wrong key is told apart from a damaged one.
class SealingKey {
 public:
  static constexpr std::size_t id_size = 8;
  static constexpr std::size_t key_size = 32;

  // Checks the file's directory, mode, length, header and check sum. Throws SealingTrouble.
  [[nodiscard]] static SealingKey load(const std::filesystem::path& file);
  // Makes the file (O_EXCL) and its directory (0700) durable. Throws SealingTrouble.
  static void make(const std::filesystem::path& file);

  SealingKey(const SealingKey&) = delete;
  SealingKey& operator=(const SealingKey&) = delete;
  ~SealingKey();

  [[nodiscard]] std::string_view id() const noexcept { return {id_.data(), id_.size()}; }
  [[nodiscard]] std::string_view bytes() const noexcept { return {bytes_.data(), bytes_.size()}; }

 private:
  explicit SealingKey(std::string_view content);
  std::array<char, id_size> id_{};
  std::array<char, key_size> bytes_{};
};

}  // namespace store
