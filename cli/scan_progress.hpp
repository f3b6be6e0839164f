// How far a scan is, on one line of a terminal: "1,234 of 5,000 users, 2,468 keys, 812 users/s, 5s left".
#pragma once

#include <deque>
#include <span>
#include <string>
#include <utility>

#include "cli/progress_line.hpp"
#include "cli/scan_wires.hpp"
#include "inventory/scan.hpp"

namespace cli {

class ScanProgress {
 public:
  ScanProgress(Style style, rotation::Clock& clock) : line_(style), clock_(clock), began_(clock.now().boot) {}

  // Draws at most some times a second, and nothing in the first half of one: what is over by then needs no line.
  void show(std::span<const Aimed> accounts, std::span<const inventory::AccountScan> scans);
  void clear() { line_.clear(); }

 private:
  ProgressLine line_;
  rotation::Clock& clock_;
  rotation::Millis began_{}, drawn_{};
  std::deque<std::pair<rotation::Millis, std::size_t>> past_;  // users read to the end, in the last seconds
};

// The text alone. `users_a_second` is zero where nothing can be said yet.
[[nodiscard]] std::string scan_progress_text(std::span<const Aimed> accounts,
                                             std::span<const inventory::AccountScan> scans, double users_a_second);

}  // namespace cli
