// The made-up account: every user, key, date and id follows from an index, so that a client's result can be checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace iam_standin {

using Seconds = std::int64_t;  // since 1970, UTC

enum class Cloud : std::uint8_t { aws, alibaba };

struct AccountOptions {
  std::size_t users = 1000;  // up to 9,999,999
  std::size_t keys_per_user = 2;
  bool mixed = false;            // 0, 1 and 2 keys in turns instead
  double offenders = 0.10;       // of the users have a key that nothing used for more than 90 days
  std::size_t vanish_every = 0;  // every so many users are listed and then not there; 0: none
  Seconds now = 0;
};

struct Key {
  bool active = true;
  Seconds created = 0;
  std::optional<Seconds> used;
};

// A key by its place: which user's, and which of that user's.
struct Slot {
  std::size_t user = 0;
  std::size_t number = 0;
};

class Account {
 public:
  explicit Account(AccountOptions options) : options_(options) {}

  [[nodiscard]] const AccountOptions& options() const { return options_; }
  [[nodiscard]] std::size_t users() const { return options_.users; }
  [[nodiscard]] std::size_t keys_of(std::size_t user) const;
  [[nodiscard]] bool offends(std::size_t user) const;
  [[nodiscard]] bool vanished(std::size_t user) const;
  [[nodiscard]] Seconds created(std::size_t user) const;
  [[nodiscard]] Key key(Slot slot) const;

  // None for a name or id that this account does not have.
  [[nodiscard]] std::optional<std::size_t> user_called(std::string_view name) const;
  [[nodiscard]] std::optional<Slot> key_called(std::string_view id, Cloud cloud) const;

 private:
  AccountOptions options_;
};

[[nodiscard]] std::string user_name(std::size_t user);             // user-000123
[[nodiscard]] std::string user_id(std::size_t user, Cloud cloud);  // AIDASTANDIN0000000123
[[nodiscard]] std::string key_id(Slot slot, Cloud cloud);          // AKIASTANDIN0000123K1
[[nodiscard]] std::string_view account_number(Cloud cloud);
[[nodiscard]] std::string time_text(Seconds at);  // 2026-01-02T03:04:05Z

}  // namespace iam_standin
