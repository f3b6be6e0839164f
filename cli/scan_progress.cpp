#include "cli/scan_progress.hpp"

#include <cmath>

namespace cli {
namespace {

using rotation::Millis;

constexpr Millis first_line{500}, between{200}, remembered{5000};

std::string grouped(std::size_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t at = 0; at < digits.size(); ++at) {
    if (at > 0 && (digits.size() - at) % 3 == 0) text += ',';
    text += digits[at];
  }
  return text;
}

}  // namespace

std::string scan_progress_text(std::span<const Aimed> accounts, std::span<const inventory::AccountScan> scans,
                               double users_a_second) {
  inventory::ScanCount all{.list_is_whole = true};
  std::size_t done = 0;
  double slowest = 0;
  for (const inventory::AccountScan& scan : scans) {
    const inventory::ScanCount& one = scan.tally();
    all.users += one.users;
    all.listed += one.listed;
    all.keys += one.keys;
    all.list_is_whole = all.list_is_whole && one.list_is_whole;
    if (scan.done()) {
      ++done;
    } else if (scan.bucket().rate > 0) {
      slowest = slowest > 0 ? std::min(slowest, scan.bucket().rate) : scan.bucket().rate;
    }
  }
  std::string text = "Scanning ";
  text += accounts.size() == 1 ? accounts.front().name.text()
                               : std::to_string(done) + " of " + std::to_string(accounts.size()) + " accounts done";
  text += ": " + grouped(all.users) + " of " + (all.list_is_whole ? "" : "at least ") + grouped(all.listed) +
          " users, " + grouped(all.keys) + " keys";
  if (users_a_second > 0) {
    text += ", " + grouped(static_cast<std::size_t>(std::lround(users_a_second))) + " users/s";
    const auto left =
        static_cast<rotation::Seconds::rep>(std::ceil(static_cast<double>(all.listed - all.users) / users_a_second));
    if (all.list_is_whole) text += ", " + rotation::duration_text(rotation::Seconds{left}) + " left";
  }
  if (slowest > 0)
    text += "; the cloud allows " + grouped(static_cast<std::size_t>(std::lround(slowest))) + " requests/s";
  return text;
}

void ScanProgress::show(std::span<const Aimed> accounts, std::span<const inventory::AccountScan> scans) {
  const Millis now = clock_.now().boot;
  if (now - began_ < first_line || now - drawn_ < between) return;
  drawn_ = now;
  std::size_t users = 0;
  for (const inventory::AccountScan& scan : scans) users += scan.tally().users;
  past_.emplace_back(now, users);
  while (now - past_.front().first > remembered) past_.pop_front();
  const auto span = static_cast<double>((now - past_.front().first).count()) / 1000;
  const double rate = span > 0 ? static_cast<double>(users - past_.front().second) / span : 0;
  line_.show(scan_progress_text(accounts, scans, rate));
}

}  // namespace cli
