// Strong types for the ids that must never be mixed up.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>

namespace rotation {

template <class Tag>
class Name {
 public:
  Name() = default;
  explicit Name(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

  auto operator<=>(const Name&) const = default;
  bool operator==(const Name&) const = default;

 private:
  std::string text_;
};

using AccessKeyId = Name<struct AccessKeyIdTag>;
using AccountName = Name<struct AccountNameTag>;  // as the config names it
using AccountId = Name<struct AccountIdTag>;      // as the cloud numbers it
using UserName = Name<struct UserNameTag>;
using UserId = Name<struct UserIdTag>;  // unique, survives neither delete nor rename
using Arn = Name<struct ArnTag>;
using RotationId = Name<struct RotationIdTag>;  // "r-" and a ULID
using AttemptId = Name<struct AttemptIdTag>;
using LocationName = Name<struct LocationNameTag>;

}  // namespace rotation

template <class Tag>
struct std::hash<rotation::Name<Tag>> {
  std::size_t operator()(const rotation::Name<Tag>& name) const noexcept {
    return std::hash<std::string>{}(name.text());
  }
};
