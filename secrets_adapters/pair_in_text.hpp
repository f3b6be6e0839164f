// Two values - an access key's id and its secret - at their places in a text that people and other programs own too:
// how they are found, read and replaced, with every other byte left as it is.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "platform/ini.hpp"
#include "rotation/ports.hpp"

namespace secrets_adapters {

struct ValueAt {
  platform::Range range;
  bool (*carries)(char c) = nullptr;  // can this character stand here and mean itself?
};

struct PairAt {
  ValueAt id;
  ValueAt secret;
};

// Thrown by a format: the text cannot be read, or should not be written. Never with a word of the text itself, save
// the name of a profile.
struct Unfit {
  rotation::Refusal why = rotation::Refusal::invalid;
  std::size_t line = 0;  // from 1; 0 where no line is to blame
  std::string what;
  std::string remedy = {};  // as in rotation::Refused
};

class PairFormat {
 public:
  virtual ~PairFormat() = default;
  // Where the two values stand; nullopt if neither is there. Throws Unfit, also for half a pair.
  [[nodiscard]] virtual std::optional<PairAt> find(std::string_view text) const = 0;
  // The place within the text, for messages: "profile dev".
  [[nodiscard]] virtual std::string place() const = 0;
};

// ---- for those who read and write ---------------------------------------------------------------------------

struct Pair {
  rotation::AccessKeyId id;
  rotation::SecretAccessKey secret;
};

// A text with one access key in it, however it stands there: plainly, or encrypted.
class PairText {
 public:
  virtual ~PairText() = default;
  // Empty where no key is there. Closed, with a mark of the bytes that stand there, where they can't be opened with
  // what is at hand. Throws Unfit, also where what stands there is no access key.
  [[nodiscard]] virtual rotation::Holding read(const rotation::Secret& text) const = 0;
  // `text`, which holds a key, with this pair in its place and every other byte as it is. Throws Unfit.
  [[nodiscard]] virtual rotation::Secret with(const rotation::Secret& text, const Pair& fresh) const = 0;
  // What a write leaves as it is: `text` with nothing in the pair's place. Throws Unfit.
  [[nodiscard]] virtual rotation::Secret rest(const rotation::Secret& text) const = 0;
  // Throws Unfit for a text that can be read and not written, as far as that shows before there is a fresh pair.
  virtual void require_writable(const rotation::Secret& /*text*/) const {}
  // The place within the text, for messages: "profile dev".
  [[nodiscard]] virtual std::string place() const = 0;
};
// One whose values stand there as themselves.
[[nodiscard]] std::unique_ptr<const PairText> plain_text(std::unique_ptr<const PairFormat> format);

// Throws Unfit, also where what stands there is no access key.
[[nodiscard]] std::optional<Pair> pair_in(const PairFormat& format, const rotation::Secret& content);
// `content`, which holds a pair, with this one in its place. Throws Unfit for a value that can't stand there as itself.
[[nodiscard]] rotation::Secret with_pair(const PairFormat& format, const rotation::Secret& content, const Pair& fresh);
// `content` with nothing in the pair's place. Throws Unfit.
[[nodiscard]] rotation::Secret without_pair(const PairFormat& format, const rotation::Secret& content);
// Could a cloud have handed this out?
[[nodiscard]] bool is_key_id(std::string_view text);
[[nodiscard]] bool is_access_key(const rotation::AccessKeyId& id, const rotation::SecretAccessKey& secret);
// Why `now` is not what is expected; empty if it is.
[[nodiscard]] std::string difference(const rotation::Holding& now, const rotation::Holding& expected);
[[nodiscard]] std::string difference(const Pair& now, const rotation::Holding& expected);
// The same for a place whose two values may have been written one after the other: each may be the new one already.
[[nodiscard]] std::string difference_in_parts(const rotation::Holding& now, const rotation::Change& change);

// ---- for formats --------------------------------------------------------------------------------------------

[[nodiscard]] std::size_t line_of(std::string_view text, std::size_t offset);  // from 1
// Throws Unfit for one without the other.
[[nodiscard]] std::optional<PairAt> both_or_none(std::string_view text, const std::optional<ValueAt>& id,
                                                 const std::optional<ValueAt>& secret);
[[nodiscard]] Unfit session_beside(std::size_t line);  // a session token stands beside the pair

// A way in which a profile can come by its credentials, as its own tool calls it.
struct ProfileKind {
  std::string_view name;
  std::string_view unfit;  // why its pair is none to rotate; empty: it is a long-lived access key
};
// Throws Unfit for a kind without one, and for a word that is none of them. `key` is the one that `word` stands at.
void require_long_lived(std::span<const ProfileKind> kinds, std::string_view key, std::string_view word,
                        std::size_t line);

}  // namespace secrets_adapters
