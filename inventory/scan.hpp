// One account being scanned: its users, the keys of each, the last use of each key. The three levels overlap: nothing
// waits for a level to be finished.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "inventory/pace.hpp"
#include "inventory/shortlist.hpp"
#include "rotation/listing.hpp"

namespace inventory {

struct FoundKey {
  rotation::AccessKey key;
  std::optional<rotation::LastUsed> used;  // empty: could not be read, which is not "never used"
};

// A user of whom everything is known.
struct FoundUser {
  std::size_t place = 0;  // in the cloud's own order
  rotation::User user;
  std::vector<FoundKey> keys;
};

struct ScanCount {
  std::size_t users = 0;       // read to the end, or passed over
  std::size_t listed = 0;      // known of so far
  bool list_is_whole = false;  // `listed` is all of them
  std::size_t keys = 0;
  std::size_t requests = 0, refusals = 0, faults = 0;
};

// Pure: what to ask next, and what the answers add up to. A page is never skipped, a refused or failed question is
// asked again, and what vanishes between two questions was simply not there any more. An account that answers nothing,
// or does nothing but refuse for minutes, is given up.
class AccountScan {
 public:
  explicit AccountScan(Pace::Settings pace) : pace_(pace) {}

  struct Question {
    std::uint64_t tag = 0;
    rotation::Inquiry ask;
  };
  // Who we are is asked as well, beside the users.
  void ask_caller() { again_.push_back({.ask = {.what = rotation::Inquiry::What::caller}}); }
  // Once it was told; else what was handed in.
  [[nodiscard]] const std::optional<rotation::Caller>& caller() const { return caller_; }
  void know_caller(rotation::Caller caller) { caller_ = std::move(caller); }
  // Only the users are listed until `shorten` or `go_on` says whose keys are to be read.
  void hold() { held_ = true; }
  void shorten(Shortlist shortlist);
  void go_on() { held_ = false; }
  [[nodiscard]] const std::optional<Shortlist>& shortlist() const { return shortlist_; }
  // What to ask now; nullopt: nothing for the moment.
  [[nodiscard]] std::optional<Question> next(rotation::Millis now);
  // When to look again, if nothing is answered before; nullopt: not before.
  [[nodiscard]] std::optional<rotation::Millis> next_at() const;
  // The users that became whole by it.
  [[nodiscard]] std::vector<FoundUser> told(std::uint64_t tag, rotation::Told told, rotation::Millis now);

  [[nodiscard]] bool done() const;
  [[nodiscard]] const ScanCount& tally() const { return tally_; }
  [[nodiscard]] Bucket bucket() const { return pace_.bucket(); }
  // Why not everything was read; empty where it was. The first few reasons, and how many more there are.
  [[nodiscard]] std::string trouble() const;
  // Nothing more is asked. What is under way may still be told.
  void give_up(const std::string& why);

 private:
  struct Waiting {
    rotation::Inquiry ask;
    std::size_t place = 0;           // of the user
    int tries = 0;                   // that met a fault while others were answered
    std::size_t answers_before = 0;  // in all, at the latest fault
    bool second_look = false;        // a list of keys that only tells whether `doubted` is still there
    rotation::AccessKeyId doubted = {};
  };
  struct UnderWay {
    Waiting what;
    rotation::Millis sent{};
  };
  struct OpenUser {
    rotation::User user;
    std::vector<FoundKey> keys;
    std::set<std::string> markers;
    std::size_t outstanding = 0;  // questions about this user that are not answered yet
  };
  using Users = std::vector<FoundUser>;

  [[nodiscard]] std::optional<Waiting> pick();
  [[nodiscard]] bool first_seen(const rotation::User& user);
  [[nodiscard]] bool passed_over(const rotation::User& user);
  void heard(rotation::Millis now);
  void throttled(const UnderWay& was, const rotation::Later& later, rotation::Millis now);
  void ask_again(Waiting what, const rotation::Later& later, const UnderWay& was, rotation::Millis now);
  void take(const Waiting& what, rotation::Caller caller);
  void take(const Waiting& what, rotation::UsersPage page);
  void take(const Waiting& what, rotation::KeysPage page);
  void take(const Waiting& what, rotation::LastUsed used);
  void take(const Waiting& what, const rotation::Refused& no);
  void take(const Waiting& what, const rotation::Unknown& lost);
  void second_look(const Waiting& what, const rotation::KeysPage& page);
  void not_read(const Waiting& what, const std::string& why);
  void forget(const Waiting& what);
  void settle(std::size_t place, Users& whole);
  void add_trouble(std::string text);
  [[nodiscard]] OpenUser& open(const Waiting& what);

  Pace pace_;
  ScanCount tally_;
  std::optional<rotation::Caller> caller_;
  bool users_asked_ = false;  // the next page of users is under way, or there is none
  std::string marker_;
  std::set<std::string> markers_;
  std::unordered_set<std::size_t> seen_;  // hashes of user ids: of many users little may be kept
  bool stopped_ = false;
  bool held_ = false;
  std::optional<Shortlist> shortlist_;
  std::deque<Waiting> again_, uses_, pages_, users_;
  std::unordered_map<std::size_t, OpenUser> open_;
  std::unordered_map<std::uint64_t, UnderWay> under_way_;
  std::uint64_t last_tag_ = 0;
  bool keys_were_told_ = false, use_was_told_ = false;  // so the permission is there
  std::size_t denied_ = 0;
  std::optional<rotation::Millis> heard_at_;  // when the cloud last gave an answer; before one, when it was first asked
  std::size_t answers_ = 0;
  int faults_in_silence_ = 0;
  std::optional<rotation::Millis> refused_since_;  // since when there was no answer but refusals
  int refusals_in_a_row_ = 0;
  std::vector<std::string> troubles_;
  std::size_t more_troubles_ = 0;
};

}  // namespace inventory
