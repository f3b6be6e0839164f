#include "cli/output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <system_error>

#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/render_problem.hpp"
#include "rotation/time.hpp"

namespace cli {
namespace {

// The first failure of a write to stdout; later ones say nothing new.
int first_output_error = 0;

KeptOutput* keeper = nullptr;
constexpr std::size_t most_kept = 1 << 20;

std::string quoted(std::string_view text) {
  std::string all = "\"";
  for (const char each : text) {
    if (each == '"' || each == '\\') {
      all += '\\';
      all += each;
    } else if (static_cast<unsigned char>(each) < 0x20) {
      all += fmt::format("\\u{:04x}", static_cast<unsigned char>(each));
    } else {
      all += each;
    }
  }
  return all + '"';
}

void to_stderr(std::string_view text) {
  // Where stderr is gone there is nobody left to tell.
  if (std::fwrite(text.data(), 1, text.size(), stderr) != text.size()) return;
}

}  // namespace

ColorWish color_of(const Options& options) { return parse_color_wish(options.color).value_or(ColorWish::automatic); }
Style out_style(const Options& options) { return style_for(surroundings_of(STDOUT_FILENO), color_of(options)); }
Style err_style(const Options& options) { return style_for(surroundings_of(STDERR_FILENO), color_of(options)); }

KeptOutput::KeptOutput() { keeper = this; }
KeptOutput::~KeptOutput() { keeper = nullptr; }
std::string KeptOutput::take() { return text_ + (cut_ ? "\n(cut: it is longer than 1 MiB)\n" : ""); }

void print(std::string_view text) {
  if (keeper != nullptr) {
    const std::size_t room = most_kept - keeper->text_.size();
    keeper->cut_ = keeper->cut_ || text.size() > room;
    keeper->text_ += text.substr(0, room);
    return;
  }
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() && first_output_error == 0) {
    first_output_error = errno;
  }
}

void print_line(std::string_view document) {
  print(document);
  print("\n");
}

void warn(std::string_view text) {
  if (keeper != nullptr) {
    keeper->warnings_ += text.substr(0, most_kept - keeper->warnings_.size());
    return;
  }
  std::fflush(stdout);  // where both go to one place, it comes behind what was printed before it
  to_stderr(text);
}
void log(const Options& options, std::string_view event, std::string_view text) {
  if (options.verbose) log_always(options, event, text);
}

void log_always(const Options& options, std::string_view event, std::string_view text) {
  const std::string at = rotation::rfc3339(std::chrono::floor<rotation::Seconds>(std::chrono::system_clock::now()));
  if (options.log_format == "json") {
    to_stderr(fmt::format("{{\"at\":\"{}\",\"event\":{},\"text\":{}}}\n", at, quoted(event), quoted(visible(text))));
  } else {
    to_stderr(fmt::format("{} {}: {}\n", at, event, visible(text)));
  }
}

int show_failure(const Failure& failure, bool json, ColorWish color) {
  if (json) {
    print_line(json::error(failure));
  } else {
    warn(problem_text(failure, style_for(surroundings_of(STDERR_FILENO), color)));
  }
  return exit_code(failure.ending);
}

Failure failure_of(const std::exception_ptr& caught) {
  try {
    std::rethrow_exception(caught);
  } catch (const rotation::Trouble& trouble) {
    return {.ending = trouble.ending(), .problem = trouble.problem()};
  } catch (const std::system_error& trouble) {
    return {.ending = rotation::Ending::storage,
            .problem = {.message = std::string("This machine refused: ") + trouble.what() + ".",
                        .keys = "What had been done before stands in the journal; nothing more was started.",
                        .hint = "keybaton status"}};
  } catch (const std::exception& bug) {
    return {.ending = rotation::Ending::internal,
            .problem = {.message = std::string("A bug of ours: ") + bug.what() + ".",
                        .keys = "What had been done before stands in the journal; no key was chosen by guess.",
                        .hint = "keybaton status"}};
  }
}

std::optional<Failure> finish_output() {
  if (std::fflush(stdout) != 0 && first_output_error == 0) first_output_error = errno;
  if (first_output_error == 0 || first_output_error == EPIPE) return std::nullopt;
  return Failure{
      .ending = rotation::Ending::storage,
      .problem = {.message = std::string("The output could not be written: ") + std::strerror(first_output_error) + ".",
                  .keys = "The journal is not concerned: what was done stands there.",
                  .hint = "keybaton status"}};
}

}  // namespace cli
