#include "secrets_adapters/versioned_secret.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace secrets_adapters {
namespace {

using rotation::AccessKeyId;
using rotation::Answer;
using rotation::Done;
using rotation::done;
using rotation::Holding;
using rotation::Refusal;
using rotation::Refused;
using rotation::refused;
using rotation::Secret;
using rotation::Unknown;
using rotation::unknown;

constexpr int longest_contest = 5;

// FNV-1a. Nothing hangs on it but that two versions seldom get one name, which the store would refuse.
std::string digest(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  std::string result;
  for (int shift = 60; shift >= 0; shift -= 4)
    result += "0123456789abcdef"[(hash >> static_cast<unsigned>(shift)) & 15U];
  return result;
}

// 1 to 64 characters in KMS, 32 to 64 in AWS Secrets Manager. Made of what is no secret: anybody may list versions.
constexpr std::string_view version_prefix = "keybaton-";

std::string version_after(const std::string& replaced, const AccessKeyId& id) {
  return std::string(version_prefix) + id.text().substr(0, 38) + "-" + digest(replaced + "\n" + id.text());
}

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

template <class T>
bool is_refused(const Answer<T>& answer, Refusal why) {
  const Refused* no = refused(answer);
  return no != nullptr && no->why == why;
}

}  // namespace

VersionedSecret::VersionedSecret(std::string name, std::unique_ptr<const PairFormat> format,
                                 std::unique_ptr<VersionedSecrets> store, StoreWords words)
    : name_(std::move(name)), format_(std::move(format)), store_(std::move(store)), words_(words) {}

Refused VersionedSecret::refuse(Refusal why, const std::string& what) const {
  return {.why = why,
          .code = {},
          .message = format_->place() + " in " + std::string(words_.store) + " secret " + name_ + ": " + what,
          .request_id = {}};
}

Refused VersionedSecret::refuse(const Unfit& unfit) const {
  return refuse(unfit.why, (unfit.line > 0 ? "line " + std::to_string(unfit.line) + ": " : std::string()) + unfit.what);
}

// What the store said. Its `conflict` is about a request, not about what the place holds.
Refused VersionedSecret::refuse(const Refused& no) const {
  Refused ours = refuse(no.why == Refusal::conflict ? Refusal::other : no.why, no.message);
  ours.code = no.code;
  ours.request_id = no.request_id;
  return ours;
}

// Throws Unfit.
void VersionedSecret::require_fit(const SecretVersion& version) const {
  const auto unsupported = [](std::string what) { return Unfit{.why = Refusal::unsupported, .what = std::move(what)}; };
  if (version.type != words_.plain_type) {
    const std::string plain(words_.plain_type);
    throw unsupported(
        "a secret of " + (is_word(version.type) ? "type " + version.type : "another type") +
        ", which the store itself manages; " +
        (plain.empty() ? "only one of your own can be written" : "only one of type " + plain + " can be written"));
  }
  if (version.rotated != Rotated::by_nobody) {
    throw unsupported(
        "the store rotates this secret itself, and two would overwrite each other; switch its automatic "
        "rotation off, or remove this location");
  }
  if (version.content != Content::text) throw unsupported("a binary secret; only text can be written");
}

// Throws Unfit. A pending label of the store's own can be that of another rotation, halfway through: its version would
// lose the label and become current all the same, or never. On the current version it is what a finished one has left.
void VersionedSecret::require_no_other_rotation(const SecretVersion& now) const {
  if (words_.previous.empty()) return;
  const auto pending = now.stages.find(std::string(words_.pending));
  if (pending == now.stages.end() || pending->second == now.id || pending->second.starts_with(version_prefix)) return;
  throw Unfit{.why = Refusal::conflict,
              .what = "its label " + std::string(words_.pending) +
                      " is on a version that is not keybaton's, so somebody else is about to replace it; let that "
                      "finish, or take the label away"};
}

Answer<rotation::Nothing> VersionedSecret::ready() const {
  if (words_.previous.empty()) return Done<rotation::Nothing>{};  // read() has seen all that there is to see
  const auto answer = store_->current(name_);
  if (is_refused(answer, Refusal::no_such_entity)) return Done<rotation::Nothing>{};
  if (const Refused* no = refused(answer)) return refuse(*no);
  if (done(answer) == nullptr) return rotation::pass_on<rotation::Nothing>(answer);
  try {
    require_fit(*done(answer));
    require_no_other_rotation(*done(answer));
  } catch (const Unfit& unfit) {
    return refuse(unfit);
  }
  return Done<rotation::Nothing>{};
}

Answer<Holding> VersionedSecret::read() {
  const auto answer = store_->current(name_);
  if (is_refused(answer, Refusal::no_such_entity)) return Done<Holding>{};
  if (const Refused* no = refused(answer)) return refuse(*no);
  const SecretVersion* now = done(answer);
  if (now == nullptr) return rotation::pass_on<Holding>(answer);
  try {
    require_fit(*now);
    auto pair = pair_in(*format_, now->data);
    if (!pair) return Done<Holding>{};
    return Done<Holding>{{.id = pair->id, .secret = std::move(pair->secret)}};
  } catch (const Unfit& unfit) {
    return refuse(unfit);
  }
}

Answer<rotation::Written> VersionedSecret::write(const rotation::Change& change) {
  if (!is_access_key(change.id, change.secret)) {
    return refuse(Refusal::invalid, "the new pair has characters that no access key has");
  }
  const Pair fresh{change.id, change.secret.clone()};  // a clone, so that one object carries the pair
  try {
    for (int tries = 0; tries < longest_contest; ++tries) {
      if (auto answer = try_write(change, fresh)) return std::move(*answer);
    }
  } catch (const Unfit& unfit) {  // comes of looks alone
    return refuse(unfit);
  }
  return refuse(Refusal::conflict, "somebody else keeps writing new versions; it is as they left it");
}

// nullopt: another version became current under our hands, and is.
std::optional<VersionedSecret::Written> VersionedSecret::try_write(const rotation::Change& change, const Pair& fresh) {
  const auto answer = store_->current(name_);
  if (is_refused(answer, Refusal::no_such_entity)) return refuse(Refusal::conflict, "the secret is not there any more");
  if (const Refused* no = refused(answer)) return refuse(*no);
  if (const Unknown* lost = unknown(answer)) return refuse(Refusal::other, lost->why + "; nothing was written");
  const SecretVersion* before = done(answer);
  require_fit(*before);
  const auto now = pair_in(*format_, before->data);
  if (!now) return refuse(Refusal::conflict, "it holds no access key any more");
  if (const std::string other = difference(*now, change.expected); !other.empty())
    return refuse(Refusal::conflict, other);
  require_no_other_rotation(*before);
  const Secret wanted = with_pair(*format_, before->data, fresh);
  if (change.direction == rotation::Direction::back) {
    if (const auto version = previous_with(*before, wanted)) {
      return make_current({.from = before->id, .to = *version}, fresh, Staged::no);
    }
  }
  const std::string version = version_after(before->id, fresh.id);
  if (auto no = stage(version, wanted)) return std::move(*no);
  return make_current({.from = before->id, .to = version}, fresh, Staged::yes);
}

// The version that was current before, if its text is the wanted one to the last byte: then no other is made.
std::optional<std::string> VersionedSecret::previous_with(const SecretVersion& now, const Secret& wanted) {
  const auto previous = now.stages.find(std::string(words_.previous));
  if (words_.previous.empty() || previous == now.stages.end() || previous->second == now.id) return std::nullopt;
  const auto answer = store_->version(name_, previous->second);
  const SecretVersion* seen = done(answer);
  if (seen == nullptr || seen->content != Content::text || !seen->data.same_as(wanted)) return std::nullopt;
  return previous->second;
}

// The new version, checked; whatever becomes of it, the current one is as it was. A put whose reply was lost needs no
// settling of its own: the version is there as it should be, or it is not.
std::optional<Refused> VersionedSecret::stage(const std::string& version, const Secret& data) {
  const auto put = store_->put(name_, version, data, std::string(words_.pending));
  if (const Refused* no = refused(put)) return refuse(*no);
  const auto there = store_->version(name_, version);
  const SecretVersion* seen = done(there);
  if (seen != nullptr && seen->content == Content::text && seen->data.same_as(data)) return std::nullopt;
  const std::string rest = "; the current version is as it was";
  if (seen != nullptr) return refuse(Refusal::other, "version " + version + " reads back another text" + rest);
  if (const Unknown* lost = unknown(there)) return refuse(Refusal::other, "the new version: " + lost->why + rest);
  if (!is_refused(there, Refusal::no_such_entity)) return refuse(*refused(there));
  const Unknown* lost = unknown(put);
  return refuse(Refusal::other, "the new version is not there" + (lost != nullptr ? ": " + lost->why : "") + rest);
}

std::optional<VersionedSecret::Written> VersionedSecret::make_current(const StageMove& move, const Pair& fresh,
                                                                      Staged staged) {
  auto answer = try_move(move, fresh);
  const bool settled = !answer || unknown(*answer) == nullptr;  // the label may still lead on, to what was put
  if (staged == Staged::yes && settled) drop_label(move.to);
  return answer;
}

std::optional<VersionedSecret::Written> VersionedSecret::try_move(const StageMove& move, const Pair& fresh) {
  const auto moved = store_->move_stage(name_, std::string(words_.current), move);
  if (const Unknown* lost = unknown(moved)) return read_back(fresh, lost->why);
  const Refused* no = refused(moved);
  if (no == nullptr) return read_back(fresh, "it was written");
  if (no->why != Refusal::conflict) return refuse(*no);
  const auto now = store_->current(name_);
  // Another version, or perhaps: then what that one holds decides.
  if (done(now) == nullptr || done(now)->id != move.from) return std::nullopt;
  return refuse(*no);
}

// The current version alone tells whether the label has moved. A version that holds the pair is as good as ours.
Answer<rotation::Written> VersionedSecret::read_back(const Pair& fresh, const std::string& doubt) {
  const auto answer = store_->current(name_);
  const std::string where = std::string(words_.store) + " secret " + name_ + ": " + doubt;
  if (const Unknown* lost = unknown(answer)) return Unknown{where + ", but not read back: " + lost->why};
  if (const Refused* no = refused(answer)) return Unknown{where + ", but not read back: " + no->message};
  try {
    const auto now = pair_in(*format_, done(answer)->data);
    if (now && now->id == fresh.id && now->secret.same_as(fresh.secret)) return Done<rotation::Written>{};
    return Unknown{where + ", but its current version holds another value"};
  } catch (const Unfit&) {
    return Unknown{where + ", but its current version can't be understood"};
  }
}

// Best effort: the next write moves a label that stays.
void VersionedSecret::drop_label(const std::string& version) {
  (void)store_->move_stage(name_, std::string(words_.pending), {.from = version, .to = {}});
}

}  // namespace secrets_adapters
