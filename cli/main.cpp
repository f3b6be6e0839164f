#include <exception>

#include "cli/exit_codes.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "platform/harden.hpp"
#include "platform/signals.hpp"

namespace {

int run(int argc, char** argv) {
  platform::install_signal_handlers();
  const cli::Parsed parsed = cli::parse(argc, argv);
  if (!parsed.action) {
    cli::print(parsed.text.value_or(""));
    return cli::exit_code(rotation::Ending::ok);
  }
  return parsed.action(parsed.options);
}

}  // namespace

int main(int argc, char** argv) {
  const bool hardened = platform::harden_process();
  const bool json = cli::says_json(argc, argv);
  if (!hardened)
    cli::warn("keybaton: the kernel refused to shield this process's memory; core files may be possible.\n");
  int code = 0;
  try {
    code = run(argc, argv);
  } catch (...) {
    code = cli::show_failure(cli::failure_of(std::current_exception()), json, cli::ColorWish::automatic);
  }
  if (const auto lost = cli::finish_output(); lost && code == 0) {
    code = cli::show_failure(*lost, false, cli::ColorWish::automatic);
  }
  return code;
}
