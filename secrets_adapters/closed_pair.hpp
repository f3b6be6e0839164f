// A pair in a store that takes values and shows none: two named entries, each written on its own, of which the store
// tells at most when it was written and how its value ends.
//
// Read: closed, with both entries' marks as one. Neither entry there: an empty place. One of them alone: Refused.
// Write: looks, and goes on only if the marks are those expected; writes the secret, looks; writes the id, looks. After
// each of the two the entry must show that it was written (its value's end, or else a mark that moved), and the other
// one must be as it was: whoever writes in between is seen, and the write stops as Unknown. Between a look and the
// write after it remains a moment in which another's value would be overwritten unseen: these stores know no
// compare-and-set.
// A crash, or a lost reply, after the first of the two leaves the new secret beside the old id, which nobody can use.
// The mark has moved then; whoever reads it and writes again with the mark read writes both, and is done.
// A mark of whole seconds can stand still for two writes within one: then the same value is written once more, a
// second later.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "rotation/ports.hpp"
#include "secrets_adapters/kind.hpp"

namespace secrets_adapters {

enum class Half : std::uint8_t { id, secret };

// What a store tells of a value that it doesn't show.
struct Shown {
  std::string mark;      // moves with every write, as far as the store can
  std::string end = {};  // the value's last characters; empty where they are not shown
};

struct ShownPair {
  std::optional<Shown> id;
  std::optional<Shown> secret;
  [[nodiscard]] const std::optional<Shown>& of(Half half) const { return half == Half::id ? id : secret; }
};

class ClosedStore {
 public:
  virtual ~ClosedStore() = default;
  [[nodiscard]] virtual std::string place() const = 0;  // for messages: "ID and SECRET in Actions of octo/app"
  [[nodiscard]] virtual std::string name(Half half) const = 0;
  // Before each use: the token is read anew.
  [[nodiscard]] virtual rotation::Answer<rotation::Nothing> sign_in() = 0;
  [[nodiscard]] virtual rotation::Answer<ShownPair> look() = 0;
  // Asked where neither entry is there: would they be seen if they were?
  [[nodiscard]] virtual rotation::Answer<rotation::Nothing> visible() = 0;
  // Would it take a value, as far as can be known?
  [[nodiscard]] virtual rotation::Answer<rotation::Nothing> writable() = 0;
  // Replaces the value of an entry that is there, and nothing else of it. Not sent again once it may have arrived.
  [[nodiscard]] virtual rotation::Answer<rotation::Nothing> put(Half half, const rotation::Secret& value) = 0;
};

class ClosedPair final : public rotation::Location {
 public:
  ClosedPair(std::unique_ptr<ClosedStore> store, std::function<bool(rotation::Millis)> pause)
      : store_(std::move(store)), pause_(std::move(pause)) {}

  [[nodiscard]] rotation::Answer<rotation::Holding> read() override;
  [[nodiscard]] rotation::Answer<rotation::Nothing> ready() const override;
  [[nodiscard]] rotation::Answer<rotation::Written> write(const rotation::Change& change) override;

 private:
  [[nodiscard]] rotation::Answer<ShownPair> signed_look() const;
  [[nodiscard]] std::optional<rotation::Refused> half_a_pair(const ShownPair& seen) const;
  [[nodiscard]] std::optional<rotation::Answer<rotation::Written>> put(Half half, const rotation::Secret& value,
                                                                       ShownPair& seen);
  [[nodiscard]] std::optional<std::string> doubt(Half half, const rotation::Secret& value, const ShownPair& before,
                                                 const ShownPair& now) const;
  [[nodiscard]] rotation::Refused refuse(rotation::Refusal why, const std::string& what) const;
  [[nodiscard]] rotation::Refused refuse(rotation::Refused no) const;  // of this place
  [[nodiscard]] rotation::Unknown unsure(const std::string& what) const;
  template <class To, class From>
  [[nodiscard]] rotation::Answer<To> not_done(const rotation::Answer<From>& answer) const;

  std::unique_ptr<ClosedStore> store_;
  std::function<bool(rotation::Millis)> pause_;
};

}  // namespace secrets_adapters
