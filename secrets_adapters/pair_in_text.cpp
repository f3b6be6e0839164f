#include "secrets_adapters/pair_in_text.hpp"

#include <algorithm>
#include <utility>

namespace secrets_adapters {
namespace {

using rotation::AccessKeyId;
using rotation::Holding;
using rotation::Secret;

bool is_secret(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool carried(const ValueAt& place, std::string_view value) {
  return std::all_of(value.begin(), value.end(), place.carries);
}

std::string_view at(std::string_view text, platform::Range range) {
  return text.substr(range.begin, range.end - range.begin);
}

std::string spliced(std::string_view text, const PairAt& pair, std::string_view id, std::string_view secret) {
  std::pair<platform::Range, std::string_view> first{pair.id.range, id};
  std::pair<platform::Range, std::string_view> second{pair.secret.range, secret};
  if (second.first.begin < first.first.begin) std::swap(first, second);
  std::string result;
  result.reserve(text.size() + id.size() + secret.size() + 1);  // one buffer, so that none is left behind unwiped
  result.append(text.substr(0, first.first.begin)).append(first.second);
  result.append(text.substr(first.first.end, second.first.begin - first.first.end)).append(second.second);
  result.append(text.substr(second.first.end));
  return result;
}

class PlainText final : public PairText {
 public:
  explicit PlainText(std::unique_ptr<const PairFormat> format) : format_(std::move(format)) {}
  [[nodiscard]] Holding read(const Secret& text) const override {
    auto pair = pair_in(*format_, text);
    if (!pair) return Holding{};
    return {.id = pair->id, .secret = std::move(pair->secret)};
  }
  [[nodiscard]] Secret with(const Secret& text, const Pair& fresh) const override {
    return with_pair(*format_, text, fresh);
  }
  [[nodiscard]] Secret rest(const Secret& text) const override {
    return text.expose([&](std::string_view whole) {
      const auto pair = format_->find(whole);
      return pair ? Secret::taking(spliced(whole, *pair, {}, {})) : Secret(whole);
    });
  }
  [[nodiscard]] std::string place() const override { return format_->place(); }

 private:
  std::unique_ptr<const PairFormat> format_;
};

}  // namespace

std::unique_ptr<const PairText> plain_text(std::unique_ptr<const PairFormat> format) {
  return std::make_unique<PlainText>(std::move(format));
}

std::optional<Pair> pair_in(const PairFormat& format, const Secret& content) {
  return content.expose([&](std::string_view text) -> std::optional<Pair> {
    const auto pair = format.find(text);
    if (!pair) return std::nullopt;
    const std::string_view id = at(text, pair->id.range);
    const std::string_view secret = at(text, pair->secret.range);
    if (!is_key_id(id)) throw Unfit{.what = "what stands in the access key id's place is not one"};
    if (!is_secret(secret)) throw Unfit{.what = "what stands in the secret's place is not one"};
    if (!carried(pair->secret, secret)) {
      throw Unfit{.line = line_of(text, pair->secret.range.begin),
                  .what =
                      "the secret has quotes, an escape or a comment mark in it, which its readers take in "
                      "different ways; write it as plain characters"};
    }
    return Pair{AccessKeyId(std::string(id)), Secret(secret)};
  });
}

Secret with_pair(const PairFormat& format, const Secret& content, const Pair& fresh) {
  std::string text = content.expose([&](std::string_view old) {
    const auto pair = format.find(old);
    if (!pair) throw Unfit{.what = "it holds no access key any more"};
    return fresh.secret.expose([&](std::string_view secret) {
      if (!carried(pair->id, fresh.id.text()) || !carried(pair->secret, secret)) {
        throw Unfit{.what = "the new value has a character that can't stand there as itself"};
      }
      return spliced(old, *pair, fresh.id.text(), secret);
    });
  });
  return Secret::taking(std::move(text));
}

// What IAM and RAM hand out are letters and digits; anything else in the id's place is not an id.
bool is_key_id(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  });
}

bool is_access_key(const AccessKeyId& id, const rotation::SecretAccessKey& secret) {
  return is_key_id(id.text()) && secret.expose(is_secret);
}

std::string difference(const Holding& now, const Holding& expected) {
  if (now.mark != expected.mark) return "it was written by somebody else since it was looked at";
  const std::string holds = "it holds " + (now.id ? now.id->text() : "no key");
  if (now.id != expected.id) return holds + ", not " + (expected.id ? expected.id->text() : "a key");
  if (expected.secret && now.secret && !now.secret->same_as(*expected.secret)) {
    return holds + " with another secret than the one looked at";
  }
  return {};
}

std::string difference(const Pair& now, const Holding& expected) {
  return difference(Holding{.id = now.id, .secret = now.secret.clone()}, expected);
}

std::size_t line_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
}

std::optional<PairAt> both_or_none(std::string_view text, const std::optional<ValueAt>& id,
                                   const std::optional<ValueAt>& secret) {
  if (!id && !secret) return std::nullopt;
  if (!id || !secret) {
    throw Unfit{.line = line_of(text, (id ? id : secret)->range.begin),
                .what = id ? "an access key id without its secret" : "a secret without its access key id"};
  }
  return PairAt{*id, *secret};
}

Unfit session_beside(std::size_t line) {
  return {.why = rotation::Refusal::unsupported,
          .line = line,
          .what =
              "a session token: temporary credentials are not rotated. Where it is a leftover beside a long-lived "
              "key, remove the line"};
}

void require_long_lived(std::span<const ProfileKind> kinds, std::string_view key, std::string_view word,
                        std::size_t line) {
  const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const ProfileKind& one) { return one.name == word; });
  if (kind == kinds.end()) {
    throw Unfit{.line = line, .what = "a " + std::string(key) + " of profile that this version does not know"};
  }
  if (kind->unfit.empty()) return;
  throw Unfit{.why = rotation::Refusal::unsupported,
              .line = line,
              .what = std::string(key) + " " + std::string(kind->name) + ": " + std::string(kind->unfit)};
}

}  // namespace secrets_adapters
