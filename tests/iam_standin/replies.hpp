// What the stand-in answers, as each cloud writes it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "account.hpp"
#include "request.hpp"

namespace iam_standin {

struct Reply {
  int status = 200;
  std::string body;
  std::string_view type = "text/xml";
};

// Which users and keys were asked for, so that what was left out can be told.
struct Asked {
  explicit Asked(std::size_t count) : user(count), key(2 * count) {}
  std::vector<bool> user, key;
  std::size_t users = 0, keys = 0;  // each counted once
};

// How often a report is said to be in the making before it is there.
struct Report {
  int polls_left = 1;
  std::string content;  // base64, made once
};

[[nodiscard]] Reply aws_reply(const Account& account, const Form& form, Asked& asked, Report& report);
[[nodiscard]] Reply ram_reply(const Account& account, std::string_view action, const Form& form, Asked& asked);

enum class Sort : std::uint8_t { sender, receiver };
[[nodiscard]] Reply refusal(Cloud cloud, int status, std::string_view code, std::string_view message,
                            Sort sort = Sort::sender);

// The marker after which the page begins, and the page's size. Throws Reply for a word that is none.
struct Page {
  std::size_t first = 0;
  std::size_t end = 0;
};
[[nodiscard]] Page page_of(const Account& account, const Form& form, Cloud cloud);
[[nodiscard]] std::string marker_at(std::size_t user);

void note_user(Asked& asked, std::size_t user);
void note_key(Asked& asked, Slot slot);

// The credential report as CSV.
[[nodiscard]] std::string credential_report(const Account& account);
// Every key, one a line: user, key id, status, created, last used or "-".
[[nodiscard]] std::string every_key(const Account& account, Cloud cloud);

}  // namespace iam_standin
