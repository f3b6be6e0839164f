// From the rows of a scan to the keys that monitoring is told of.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "inventory/key_row.hpp"
#include "inventory/metrics.hpp"

namespace inventory {

// What stands for each of one user's keys: the ids, or the last four characters of each; more where four would make two
// keys one. Ids that are given twice get the same label.
[[nodiscard]] std::vector<std::string> key_labels(const std::vector<std::string>& ids, KeyIds how);

struct KeyRules {
  KeyIds ids = KeyIds::whole;
  std::function<Seconds(const rotation::AccountName&, const rotation::UserName&)> max_age;
  std::function<std::string(const std::string&)> clean;  // makes a cloud's text UTF-8; empty: it is
};

// Takes rows in the order account, user, key.
class KeyGathering {
 public:
  // `metrics.accounts` are those that are scanned; it must outlive this.
  KeyGathering(Metrics& metrics, KeyRules rules) : metrics_(metrics), rules_(std::move(rules)) {}

  // Of an account that is not among them: not taken.
  void take(KeyRow row);
  // After the last row: keys of the `incomplete` accounts go, the others are complete.
  void finish(const std::set<std::string>& incomplete);

 private:
  void end_user();

  Metrics& metrics_;
  KeyRules rules_;
  std::vector<KeyRow> user_;  // the keys of one user, as far as they have come
};

}  // namespace inventory
