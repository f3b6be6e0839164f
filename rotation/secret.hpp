// A secret value: move-only, on the heap, wiped when it goes, read only through a callback, never printable.
#pragma once

#include <concepts>
#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rotation {

class Secret {
 public:
  Secret() = default;
  // Copies the bytes in; the caller wipes its own copy (`wipe` below).
  explicit Secret(std::string_view bytes) : bytes_(bytes.begin(), bytes.end()) {}
  // Takes the text over and wipes the original.
  [[nodiscard]] static Secret taking(std::string&& text);

  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { clear(); }

  // The only way to read it. The view is valid inside the callback alone.
  template <std::invocable<std::string_view> F>
  decltype(auto) expose(F&& read) const {
    return std::forward<F>(read)(std::string_view{bytes_.data(), bytes_.size()});
  }

  [[nodiscard]] Secret clone() const;  // a second owner; say why at the call
  [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }
  [[nodiscard]] bool same_as(const Secret& other) const noexcept;  // constant time for equal lengths
  void clear() noexcept;

 private:
  std::vector<char> bytes_;
};

std::ostream& operator<<(std::ostream&, const Secret&) = delete;

// Overwrites the text's whole buffer, then empties it.
void wipe(std::string& text) noexcept;

// The secret half of an access key.
using SecretAccessKey = Secret;

}  // namespace rotation
