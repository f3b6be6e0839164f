// A person at the terminal while a rotation waits for its old key to be quiet: shown who still uses it and where it
// still stands, and offered the places that were forgotten.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/compose.hpp"
#include "cli/finding.hpp"

namespace cli {

class Guided final : public rotation::Operator {
 public:
  Guided(House& house, Bench& bench) : house_(house), bench_(bench) {}

  [[nodiscard]] rotation::Consent confirm(const rotation::Question& question) override;
  void tell(const rotation::Progress& progress) override;
  void waiting(const std::string& what, rotation::Millis left) override;
  // Throws Trouble (interrupted).
  [[nodiscard]] std::vector<rotation::Draft> still_used(const rotation::View& view) override;

 private:
  using Specs = std::vector<rotation::LocationSpec>;

  [[nodiscard]] Finding search(const rotation::View& view, const Config& config);
  void show_the_others(const Finding& finding, const rotation::View& view);
  [[nodiscard]] Specs agreed(const rotation::View& view, const Config& config, const Finding& finding);
  [[nodiscard]] Specs described_anew(const rotation::View& view, const Config& config, const Finding& finding);
  [[nodiscard]] Specs left_out(const rotation::View& view, const Config& config, const Finding& finding);
  [[nodiscard]] bool yes_to(const std::string& prompt);

  House& house_;
  Bench& bench_;
  std::set<std::string> offered_;  // places that were offered in this command: asked about once
};

}  // namespace cli
