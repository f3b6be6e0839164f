// completion: what a shell or man needs to know of the command line, made of the command line itself.
#include "cli/command_words.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/output.hpp"
#include "cli/version.hpp"

namespace cli {
namespace {

std::string text_for(const std::string& reader) {
  if (reader == "bash") return completion(Shell::bash, all_words());
  if (reader == "zsh") return completion(Shell::zsh, all_words());
  if (reader == "fish") return completion(Shell::fish, all_words());
  if (reader == "man") return man_page(all_words(), version);
  throw usage("There is no completion for \"" + visible(reader) + "\".", "keybaton completion bash|zsh|fish|man");
}

}  // namespace

void describe_completion(Describer& front) {
  auto reader = std::make_shared<std::string>();
  Describer command = front.command("completion", "print the completion for bash, zsh or fish, or the man page");
  command.required_text("reader", *reader, "bash, zsh, fish or man", "bash|zsh|fish|man")
      .examples("  source <(keybaton completion bash)");
  command.runs([reader](const Options&) {
    print(text_for(*reader));
    return exit_code(rotation::Ending::ok);
  });
}

}  // namespace cli
