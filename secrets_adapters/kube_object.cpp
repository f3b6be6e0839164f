#include "secrets_adapters/kube_object.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace secrets_adapters {

const JsonPlace* member_of(const JsonPlace& object, std::string_view name) {
  const auto found = std::ranges::find(object.members, name, &JsonMember::name);
  return found == object.members.end() ? nullptr : &found->value;
}

KubeObject::KubeObject(http::Body text) : text_(std::move(text)), root_(parse_json(text_.view())) {
  if (root_.kind != JsonPlace::Kind::object) throw JsonError{1, "it is no JSON object"};
}

const JsonPlace* KubeObject::at(Path path) const {
  const JsonPlace* place = &root_;
  for (const std::string_view name : path) {
    place = member_of(*place, name);
    if (place == nullptr || written(*place) == "null") return nullptr;
  }
  return place;
}

std::string KubeObject::text(const JsonPlace* place) const {
  if (place == nullptr || place->kind != JsonPlace::Kind::string) return {};
  return read_json_string(text_.view(), *place);
}

std::optional<std::int64_t> KubeObject::number(Path path) const {
  const JsonPlace* place = at(path);
  if (place == nullptr || place->kind != JsonPlace::Kind::other) return std::nullopt;
  const std::string_view digits = written(*place);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

bool KubeObject::is_true(Path path) const {
  const JsonPlace* place = at(path);
  return place != nullptr && place->kind == JsonPlace::Kind::other && written(*place) == "true";
}

std::string_view KubeObject::written(const JsonPlace& place) const {
  return text_.view().substr(place.range.begin, place.range.end - place.range.begin);
}

}  // namespace secrets_adapters
