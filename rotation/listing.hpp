// What a scan asks an account, many questions at a time, and what it is told.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "rotation/answer.hpp"
#include "rotation/names.hpp"
#include "rotation/ports.hpp"

namespace rotation {

struct Inquiry {
  enum class What { caller, users, keys, last_used };
  What what = What::users;
  UserName user = {};       // of keys and last_used
  AccessKeyId key = {};     // of last_used
  std::string marker = {};  // where a list goes on; empty: its first page
};

// One page each; `next` is the marker of the one that follows, empty after the last.
struct UsersPage {
  std::vector<User> users;
  std::string next;
};
struct KeysPage {
  std::vector<AccessKey> keys;
  std::string next;
};

// Nothing is lost: the same question again, later.
struct Later {
  enum class Why { throttled, fault };
  Why why = Why::fault;
  std::optional<Millis> at_least = {};  // as the cloud asked for
  std::string text = {};                // for people, if this was the last try
};

using Told = std::variant<Caller, UsersPage, KeysPage, LastUsed, Later, Refused, Unknown>;

// A key as AWS's credential report has it: without its id.
struct ReportedKey {
  bool active = true;
  Time changed{};                // when it was made, or when its status last changed
  std::optional<LastUsed> used;  // empty: the report does not know
};
struct ReportedUser {
  UserName name;
  Time created{};
  std::vector<ReportedKey> keys;  // two at most, however many there are
};
// May be up to four hours old.
struct CredentialReport {
  Time made_at{};
  std::vector<ReportedUser> users;
};

}  // namespace rotation
