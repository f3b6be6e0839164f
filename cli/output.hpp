// What reaches the two streams: results on stdout, everything else on stderr.
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "cli/options.hpp"
#include "cli/reports.hpp"
#include "cli/style.hpp"

namespace cli {

[[nodiscard]] ColorWish color_of(const Options& options);
[[nodiscard]] Style out_style(const Options& options);
[[nodiscard]] Style err_style(const Options& options);

void print(std::string_view text);           // stdout, as it is
void print_line(std::string_view document);  // stdout, with a line break
void warn(std::string_view text);            // stderr, as it is
// A line of the structured log, with -v alone. Never a secret, never a provider's raw body.
void log(const Options& options, std::string_view event, std::string_view text);

// The same without -v: of a worker, whose log is all that anybody sees of it.
void log_always(const Options& options, std::string_view event, std::string_view text);

// While it lives, what would go to stdout and stderr is kept here instead, up to a limit; the log is not. One at a
// time.
class KeptOutput {
 public:
  KeptOutput();
  ~KeptOutput();
  KeptOutput(const KeptOutput&) = delete;
  KeptOutput& operator=(const KeptOutput&) = delete;
  // All of it; what was too long ends with a line that says so.
  [[nodiscard]] std::string take();
  [[nodiscard]] const std::string& warnings() const { return warnings_; }

 private:
  friend void print(std::string_view text);
  friend void warn(std::string_view text);
  std::string text_, warnings_;
  bool cut_ = false;
};

// Three parts to stderr or, with --json, an error document to stdout. Gives the exit code.
[[nodiscard]] int show_failure(const Failure& failure, bool json, ColorWish color);

// What the exception that is being handled means for the person: our own trouble as it stands, the machine's as
// `storage`, anything else as a bug.
[[nodiscard]] Failure failure_of(const std::exception_ptr& caught);

// Empties stdout. A reader that went away (`| head`) is no failure; a disk that took only half is.
[[nodiscard]] std::optional<Failure> finish_output();

}  // namespace cli
