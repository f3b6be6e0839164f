#include "secrets_adapters/closed_pair.hpp"

#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {
namespace {

using rotation::Answer;
using rotation::Custody;
using rotation::Done;
using rotation::done;
using rotation::Holding;
using rotation::Nothing;
using rotation::Refusal;
using rotation::Refused;
using rotation::refused;
using rotation::Secret;
using rotation::Unknown;
using rotation::unknown;
using rotation::Written;

// Longer than the second in which a mark of whole seconds can stand still.
constexpr rotation::Millis a_second_later{1'100};

constexpr Half other_of(Half half) { return half == Half::id ? Half::secret : Half::id; }

std::string mark_of(const ShownPair& seen) {
  if (!seen.id || !seen.secret) return {};
  return seen.id->mark + ", " + seen.secret->mark;
}

bool ends_so(const Secret& value, const std::string& end) {
  return value.expose([&](std::string_view text) { return text.ends_with(end); });
}

// What an entry shows of a write to it.
enum class Trace : std::uint8_t {
  none,       // nothing has changed
  likely,     // its mark has moved, by whomever
  plain,      // its value ends as ours does, and did not before
  other_end,  // its value ends otherwise
};

Trace trace_of(const Secret& value, const Shown& before, const Shown& now) {
  if (!now.end.empty() && !ends_so(value, now.end)) return Trace::other_end;
  if (!now.end.empty() && now.end != before.end) return Trace::plain;
  // An end that stays is no trace of a write, nor does it speak against one.
  return now.mark != before.mark || !now.end.empty() ? Trace::likely : Trace::none;
}

}  // namespace

Refused ClosedPair::refuse(Refusal why, const std::string& what) const {
  return {.why = why, .code = {}, .message = store_->place() + ": " + what, .request_id = {}};
}

Refused ClosedPair::refuse(Refused no) const {
  no.message = store_->place() + ": " + no.message;
  return no;
}

Unknown ClosedPair::unsure(const std::string& what) const { return Unknown{store_->place() + ": " + what}; }

template <class To, class From>
Answer<To> ClosedPair::not_done(const Answer<From>& answer) const {
  if (const Refused* no = refused(answer)) return refuse(*no);
  const Unknown* lost = unknown(answer);
  return unsure(lost != nullptr ? lost->why : "an answer without a value");
}

std::optional<Refused> ClosedPair::half_a_pair(const ShownPair& seen) const {
  if (seen.id.has_value() == seen.secret.has_value()) return std::nullopt;
  const Half there = seen.id ? Half::id : Half::secret;
  return refuse(Refusal::invalid, store_->name(there) + " is there without " + store_->name(other_of(there)));
}

Answer<ShownPair> ClosedPair::signed_look() const {
  const auto signed_in = store_->sign_in();
  if (done(signed_in) == nullptr) return rotation::pass_on<ShownPair>(signed_in);
  auto seen = store_->look();
  if (done(seen) == nullptr || done(seen)->id || done(seen)->secret) return seen;
  const auto visible = store_->visible();
  return done(visible) != nullptr ? std::move(seen) : rotation::pass_on<ShownPair>(visible);
}

Answer<Holding> ClosedPair::read() {
  const auto seen = signed_look();
  if (done(seen) == nullptr) return not_done<Holding>(seen);
  if (auto half = half_a_pair(*done(seen))) return *half;
  return Done<Holding>{{.id = {}, .custody = Custody::closed, .mark = mark_of(*done(seen))}};
}

Answer<Nothing> ClosedPair::ready() const {
  const auto seen = signed_look();
  if (done(seen) == nullptr) return not_done<Nothing>(seen);
  if (auto half = half_a_pair(*done(seen))) return *half;
  if (!done(seen)->id) return refuse(Refusal::conflict, "neither is there: set both once by hand, and try again");
  const auto writable = store_->writable();
  if (done(writable) == nullptr) return not_done<Nothing>(writable);
  return Done<Nothing>{};
}

Answer<Written> ClosedPair::write(const rotation::Change& change) {
  if (!is_access_key(change.id, change.secret)) {
    return refuse(Refusal::invalid, "the new pair has characters that no access key has");
  }
  auto look = signed_look();
  if (const Unknown* lost = unknown(look)) return refuse(Refusal::other, lost->why + "; nothing was written");
  if (done(look) == nullptr) return not_done<Written>(look);
  ShownPair& seen = *done(look);
  if (auto half = half_a_pair(seen)) return *half;
  if (!seen.id) return refuse(Refusal::conflict, "neither is there any more");
  const Holding now{.id = {}, .custody = Custody::closed, .mark = mark_of(seen)};
  if (const std::string other = difference(now, change.expected); !other.empty()) {
    return refuse(Refusal::conflict, other);
  }
  if (auto stop = put(Half::secret, change.secret, seen)) return std::move(*stop);
  const Secret id(change.id.text());
  if (auto stop = put(Half::id, id, seen)) return std::move(*stop);
  return Done<Written>{{.mark = mark_of(seen)}};
}

// nullopt: it was written, and `seen` is what the store shows after it.
std::optional<Answer<Written>> ClosedPair::put(Half half, const Secret& value, ShownPair& seen) {
  const std::string name = store_->name(half);
  for (bool first = true;; first = false) {
    const auto put = store_->put(half, value);
    if (const Refused* no = refused(put)) {
      if (half == Half::secret && first) return refuse(*no);
      return unsure(no->message + "; what went before it was written, so that id and secret may not belong together");
    }
    auto look = store_->look();
    const Unknown* lost = unknown(put);
    const std::string so_far = lost != nullptr ? lost->why : name + " was written";
    if (done(look) == nullptr) return unsure(so_far + ", and can't be looked at any more");
    const ShownPair& now = *done(look);
    if (auto why = doubt(half, value, seen, now)) return unsure(so_far + ", but " + *why);
    const Trace trace = trace_of(value, *seen.of(half), *now.of(half));
    // A mark that moved does not tell by whom.
    if (lost != nullptr && trace != Trace::plain) return unsure(lost->why);
    if (trace != Trace::none) {
      seen = now;
      return std::nullopt;
    }
    if (!first || !pause_ || !pause_(a_second_later)) return unsure(so_far + ", but its mark has not moved");
  }
}

// What speaks against the write having been the only one.
std::optional<std::string> ClosedPair::doubt(Half half, const Secret& value, const ShownPair& before,
                                             const ShownPair& now) const {
  const Half other = other_of(half);
  if (!now.id || !now.secret) return "one of the two is gone";
  if (now.of(other)->mark != before.of(other)->mark) {
    return "somebody else wrote " + store_->name(other) + " in the same moment";
  }
  if (trace_of(value, *before.of(half), *now.of(half)) == Trace::other_end) {
    return store_->name(half) + " ends otherwise than what was written";
  }
  return std::nullopt;
}

}  // namespace secrets_adapters
