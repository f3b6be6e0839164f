#include "rotation/secret.hpp"

#include <string.h>  // explicit_bzero: a memset before free may be optimised away

namespace rotation {

void wipe(std::string& text) noexcept {
  text.resize(text.capacity());
  explicit_bzero(text.data(), text.size());
  text.clear();
}

Secret Secret::taking(std::string&& text) {
  Secret secret{std::string_view{text}};
  wipe(text);
  return secret;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    clear();
    bytes_ = std::move(other.bytes_);
    other.bytes_.clear();
  }
  return *this;
}

Secret Secret::clone() const {
  return expose([](std::string_view bytes) { return Secret{bytes}; });
}

bool Secret::same_as(const Secret& other) const noexcept {
  if (bytes_.size() != other.bytes_.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (bytes_[i] ^ other.bytes_[i]));
  }
  return difference == 0;
}

void Secret::clear() noexcept {
  if (!bytes_.empty()) explicit_bzero(bytes_.data(), bytes_.size());
  bytes_.clear();
}

}  // namespace rotation
