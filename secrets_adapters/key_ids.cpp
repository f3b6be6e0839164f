#include "secrets_adapters/key_ids.hpp"

#include <algorithm>

namespace secrets_adapters {
namespace {

// "AKIA", "LTAI": what all ids of a cloud begin with.
constexpr std::size_t head_size = 4;

}  // namespace

KeyIds::KeyIds(const std::vector<rotation::AccessKeyId>& ids) {
  for (const rotation::AccessKeyId& id : ids) {
    if (id.empty() || !known_.emplace(id.text(), ids_.size()).second) continue;
    ids_.push_back(id);
  }
  // One alone is looked for as it is.
  for (const rotation::AccessKeyId& id : ids_) {
    const std::string head = ids_.size() == 1 ? id.text() : id.text().substr(0, head_size);
    auto family = std::ranges::find(families_, head, &Family::head);
    if (family == families_.end()) family = families_.insert(families_.end(), Family{.head = head, .sizes = {}});
    family->sizes.insert(id.text().size());
  }
}

std::size_t KeyIds::longest() const {
  std::size_t most = 0;
  for (const rotation::AccessKeyId& id : ids_) most = std::max(most, id.text().size());
  return most;
}

std::optional<std::size_t> KeyIds::here(std::string_view text, const Family& family) const {
  for (const std::size_t size : family.sizes) {
    const auto found = known_.find(text.substr(0, size));
    if (found != known_.end()) return found->second;
  }
  return std::nullopt;
}

std::optional<KeyIds::Hit> KeyIds::find(std::string_view text, std::size_t from) const {
  std::optional<Hit> first;
  for (const Family& family : families_) {
    const std::string_view before = first ? text.substr(0, first->at + family.head.size()) : text;
    for (std::size_t at = before.find(family.head, from); at != std::string_view::npos;
         at = before.find(family.head, at + 1)) {
      const auto id = here(text.substr(at), family);
      if (!id) continue;
      const bool sooner = !first || at < first->at;
      if (sooner || ids_[*id].text().size() > ids_[first->id].text().size()) first = Hit{.at = at, .id = *id};
      break;
    }
  }
  return first;
}

}  // namespace secrets_adapters
