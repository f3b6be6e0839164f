#include "secrets_adapters/ini_pair.hpp"

#include <utility>

namespace secrets_adapters {
namespace {

using platform::IniEntry;
using platform::IniSection;

const IniEntry* filled(const IniSection& section, std::string_view key) {
  const IniEntry* found = platform::entry(section, key);
  return found != nullptr && (found->value.begin != found->value.end || !found->nested.empty()) ? found : nullptr;
}

std::string_view value_of(std::string_view text, const IniEntry& one) {
  return text.substr(one.value.begin, one.value.end - one.value.begin);
}

class IniPair final : public PairFormat {
 public:
  IniPair(IniWords words, std::string profile) : words_(words), profile_(std::move(profile)) {}

  [[nodiscard]] std::string place() const override { return "profile " + profile_; }

  [[nodiscard]] std::optional<PairAt> find(std::string_view text) const override {
    platform::IniText ini;
    try {
      ini = platform::parse_ini(text);
    } catch (const platform::IniError& error) {
      throw Unfit{.line = error.line, .what = error.what};
    }
    std::optional<PairAt> found;
    for (const IniSection& section : ini.sections) {
      if (!is_ours(section.name)) continue;
      const auto pair = pair_of(text, section);
      if (pair && found) {
        throw Unfit{.line = line_of(text, section.body.begin) - 1,
                    .what = "a second section with a pair for this profile; remove one"};
      }
      if (pair) found = pair;
    }
    return found;
  }

 private:
  [[nodiscard]] bool is_ours(std::string_view section) const {
    return section == profile_ || (words_.also_names != nullptr && words_.also_names(section, profile_));
  }

  [[nodiscard]] std::optional<PairAt> pair_of(std::string_view text, const IniSection& section) const {
    if (words_.indented == IndentedLines::differ) refuse_indented(text, section);
    const IniEntry* kind = words_.kind.empty() ? nullptr : filled(section, words_.kind);
    if (kind != nullptr) {
      require_long_lived(words_.kinds, words_.kind, value_of(text, *kind), line_of(text, kind->value.begin));
    }
    for (const std::string_view token : words_.session_tokens) {
      if (const IniEntry* one = filled(section, token)) throw session_beside(line_of(text, one->value.begin));
    }
    return both_or_none(text, value_at(text, section, words_.id), value_at(text, section, words_.secret));
  }

  [[nodiscard]] std::optional<ValueAt> value_at(std::string_view text, const IniSection& section,
                                                std::string_view key) const {
    const IniEntry* one = filled(section, key);
    if (one == nullptr) return std::nullopt;
    if (!one->nested.empty()) throw Unfit{.line = line_of(text, one->value.begin), .what = "nested lines in a value"};
    return ValueAt{one->value, words_.carries};
  }

  static void refuse_indented(std::string_view text, const IniSection& section) {
    for (const IniEntry& one : section.entries) {
      if (one.nested.empty() && value_of(text, one).find_first_of("\r\n") == std::string_view::npos) continue;
      throw Unfit{.line = line_of(text, one.value.begin) + 1,
                  .what =
                      "a line that is indented deeper than the one above it, which readers take in different "
                      "ways; let both begin in the same column"};
    }
  }

  IniWords words_;
  std::string profile_;
};

}  // namespace

std::unique_ptr<const PairFormat> ini_pair_format(IniWords words, std::string profile) {
  return std::make_unique<IniPair>(words, std::move(profile));
}

}  // namespace secrets_adapters
