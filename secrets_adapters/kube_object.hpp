// One object of the Kubernetes API, or of a plugin that speaks its dialect, as it came: the text stays in one buffer
// that is wiped, and nothing of it is copied but what is asked for.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "providers/http/message.hpp"
#include "secrets_adapters/json_places.hpp"

namespace secrets_adapters {

class KubeObject {
 public:
  using Path = std::initializer_list<std::string_view>;

  KubeObject() = default;
  // Throws JsonError, also for JSON that is no object.
  explicit KubeObject(http::Body text);

  // nullptr where a member on the way is missing, or is null.
  [[nodiscard]] const JsonPlace* at(Path path) const;
  // Empty where there is no string.
  [[nodiscard]] std::string text(Path path) const { return text(at(path)); }
  [[nodiscard]] std::string text(const JsonPlace* place) const;
  // nullopt where there is no whole number.
  [[nodiscard]] std::optional<std::int64_t> number(Path path) const;
  [[nodiscard]] bool is_true(Path path) const;
  // As it is written; for a string that is secret, and has no escape in it.
  [[nodiscard]] std::string_view written(const JsonPlace& place) const;

 private:
  http::Body text_;
  JsonPlace root_;
};

[[nodiscard]] const JsonPlace* member_of(const JsonPlace& object, std::string_view name);

}  // namespace secrets_adapters
