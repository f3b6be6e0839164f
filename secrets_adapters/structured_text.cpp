#include "secrets_adapters/structured_text.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "secrets_adapters/json_pair.hpp"
#include "secrets_adapters/json_pointer.hpp"

namespace secrets_adapters {
namespace {

using rotation::Secret;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

[[noreturn]] void unfit(std::string_view text, const Entry& entry, std::string_view what) {
  throw Unfit{.line = line_of(text, entry.at), .what = entry.pointer + ": " + std::string(what)};
}

// nullptr if there is none. Throws Unfit where which one counts depends on who reads: .NET and some Go libraries take
// names in any letters for the same.
const Entry* only(std::string_view text, const Entries& entries, std::string_view pointer) {
  const Entry* found = nullptr;
  const std::string any_case = lowered(pointer);
  for (const Entry& one : entries) {
    if (one.pointer.size() != pointer.size() || lowered(one.pointer) != any_case) continue;
    if (one.pointer != pointer)
      unfit(text, one, "in other letters, which only some readers take for " + std::string(pointer));
    if (found != nullptr) unfit(text, one, "it is there a second time");
    found = &one;
  }
  return found;
}

std::optional<ValueAt> value_at(std::string_view text, const Entries& entries, std::string_view pointer) {
  for (std::size_t end = 0; end != std::string_view::npos && end < pointer.size(); end = pointer.find('/', end + 1)) {
    const Entry* above = only(text, entries, pointer.substr(0, end));
    if (above != nullptr && !above->below.empty()) unfit(text, *above, above->below);
  }
  const Entry* found = only(text, entries, pointer);
  if (found == nullptr) {
    for (std::string_view above = parent_of(pointer);; above = parent_of(above)) {
      const Entry* merge = only(text, entries, pointer_to(above, "<<"));
      if (merge != nullptr) unfit(text, *merge, "what is merged in here is not looked at; write the values themselves");
      if (above.empty()) return std::nullopt;
    }
  }
  if (!found->unfit.empty()) unfit(text, *found, found->unfit);
  if (found->range.begin == found->range.end) return std::nullopt;
  return ValueAt{found->range, found->carries};
}

class Structured final : public PairFormat {
 public:
  Structured(Markup markup, TwoPlaces places) : markup_(markup), places_(std::move(places)) {}

  [[nodiscard]] std::string place() const override { return places_.id + " and " + places_.secret; }

  [[nodiscard]] std::optional<PairAt> find(std::string_view text) const override {
    const Entries all = entries(text);
    const auto id = value_at(text, all, places_.id);
    return both_or_none(text, id, value_at(text, all, places_.secret));
  }

  [[nodiscard]] Entries entries(std::string_view text) const {
    if (markup_ != Markup::ini) return entries_of(markup_, text);
    const bool at_head = parent_of(places_.id).empty() || parent_of(places_.secret).empty();
    return ini_entries(text, at_head ? platform::IniHead::taken : platform::IniHead::refused);
  }

  [[nodiscard]] bool is_ours(const Entry& entry) const {
    return entry.pointer == places_.id || entry.pointer == places_.secret;
  }

 private:
  Markup markup_;
  TwoPlaces places_;
};

class ProvenText final : public PairText {
 public:
  explicit ProvenText(Structured format) : format_(std::move(format)) {}

  [[nodiscard]] rotation::Holding read(const Secret& text) const override {
    auto pair = pair_in(format_, text);
    if (!pair) return {};
    return {.id = pair->id, .secret = std::move(pair->secret)};
  }

  [[nodiscard]] Secret with(const Secret& text, const Pair& fresh) const override {
    Secret result = with_pair(format_, text, fresh);
    if (!proven(text, result, fresh)) {
      throw Unfit{.what = "with the new values in it the text would read differently in other places too"};
    }
    return result;
  }

  [[nodiscard]] Secret rest(const Secret& text) const override { return without_pair(format_, text); }

  [[nodiscard]] std::string place() const override { return format_.place(); }

 private:
  [[nodiscard]] bool proven(const Secret& before, const Secret& after, const Pair& fresh) const {
    const auto pair = pair_in(format_, after);
    if (!pair || pair->id != fresh.id || !pair->secret.same_as(fresh.secret)) return false;
    const auto entries = [&](std::string_view text) { return format_.entries(text); };
    const Entries old = before.expose(entries);
    const Entries now = after.expose(entries);
    return std::ranges::equal(old, now, [&](const Entry& a, const Entry& b) {
      return a.pointer == b.pointer && a.unfit == b.unfit && (a.digest == b.digest || format_.is_ours(a));
    });
  }

  Structured format_;
};

void add_json(std::string_view text, const JsonPlace& place, const std::string& pointer, Entries& to) {
  Entry& entry = to.emplace_back();
  entry.pointer = pointer;
  entry.at = place.range.begin;
  entry.range = place.range;
  entry.carries = stands_in_double;
  if (place.kind != JsonPlace::Kind::string) entry.unfit = no_text;
  if (place.escaped) entry.unfit = "it is written with an escape; write it as plain characters";
  const bool scalar = place.members.empty() && place.items.empty();
  if (scalar) entry.digest = digest_of(text.substr(place.range.begin, place.range.end - place.range.begin));
  for (const JsonMember& one : place.members) add_json(text, one.value, pointer_to(pointer, one.name), to);
  std::size_t index = 0;
  for (const JsonPlace& one : place.items) add_json(text, one, pointer_to(pointer, std::to_string(index++)), to);
}

constexpr std::string_view indented =
    "a line in this section is indented deeper than the one above it, which readers take in different ways; let both "
    "begin in the same column";

// Quotes around the whole are left where they are: some readers take them for a part of the value.
void add_ini(std::string_view text, const platform::IniSection& section, const std::string& above, Entries& to) {
  for (const platform::IniEntry& one : section.entries) {
    Entry& entry = to.emplace_back();
    entry.pointer = pointer_to(above, one.key);
    entry.at = one.value.begin;
    entry.range = one.value;
    entry.carries = stands_bare;
    const std::string_view value = text.substr(one.value.begin, one.value.end - one.value.begin);
    entry.digest = digest_of(value);
    if (!one.nested.empty() || value.find_first_of("\r\n") != std::string_view::npos) entry.unfit = indented;
    if (value.size() < 2 || value.front() != value.back() || (value.front() != '"' && value.front() != '\'')) continue;
    entry.range = {one.value.begin + 1, one.value.end - 1};
  }
}

}  // namespace

std::optional<Markup> markup_named(std::string_view name) {
  if (name == "json") return Markup::json;
  if (name == "yaml") return Markup::yaml;
  if (name == "toml") return Markup::toml;
  if (name == "ini") return Markup::ini;
  return std::nullopt;
}

std::optional<Markup> markup_of_file(std::string_view path) {
  const std::string name = lowered(path);
  const std::size_t dot = name.rfind('.');
  const std::string_view end = dot == std::string::npos ? std::string_view{} : std::string_view(name).substr(dot + 1);
  if (end == "yml") return Markup::yaml;
  if (end == "conf" || end == "cfg") return Markup::ini;
  return markup_named(end);
}

Entries entries_of(Markup markup, std::string_view text) {
  switch (markup) {
    case Markup::json: return json_entries(text);
    case Markup::yaml: return yaml_entries(text);
    case Markup::toml: return toml_entries(text);
    case Markup::ini: break;
  }
  return ini_entries(text, platform::IniHead::taken);
}

std::unique_ptr<const PairText> structured_text(Markup markup, TwoPlaces places) {
  if (markup == Markup::ini) {  // their reader has keys in lower case
    for (std::string* pointer : {&places.id, &places.secret}) {
      const std::size_t key = parent_of(*pointer).size();
      *pointer = pointer->substr(0, key) + lowered(pointer->substr(key));
    }
  }
  return std::make_unique<ProvenText>(Structured(markup, std::move(places)));
}

Entries json_entries(std::string_view text) {
  Entries entries;
  add_json(text, json_in(text), "", entries);
  return entries;
}

Entries ini_entries(std::string_view text, platform::IniHead head) {
  platform::IniText ini;
  try {
    ini = platform::parse_ini(text, head);
  } catch (const platform::IniError& error) {
    throw Unfit{.line = error.line, .what = error.what};
  }
  Entries entries;
  add_ini(text, ini.head, "", entries);
  for (const platform::IniSection& section : ini.sections) {
    const std::size_t place = entries.size();
    Entry& entry = entries.emplace_back();
    entry.pointer = pointer_to("", section.name);
    entry.at = section.body.begin == 0 ? 0 : section.body.begin - 1;
    entry.unfit = no_text;
    add_ini(text, section, pointer_to("", section.name), entries);
    const bool odd = std::any_of(entries.begin() + static_cast<std::ptrdiff_t>(place) + 1, entries.end(),
                                 [](const Entry& one) { return !one.unfit.empty(); });
    if (odd) entries[place].below = indented;
  }
  return entries;
}

std::size_t digest_of(std::string_view value) { return std::hash<std::string_view>{}(value); }

bool stands_bare(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("/+=_.-").find(c) != std::string_view::npos;
}
bool stands_in_single(char c) { return c > ' ' && c <= '~' && c != '\''; }
bool stands_in_double(char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; }

}  // namespace secrets_adapters
