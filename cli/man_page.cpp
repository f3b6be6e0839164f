#include <cstdio>
#include <string_view>

#include "cli/command_words.hpp"
#include "cli/utf8.hpp"

namespace cli {
namespace {

// Text as roff takes it literally: no escapes, no hyphen that becomes another character, no line that is a request.
std::string roff(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const utf8::Point next = utf8::first(text);
    if (next.value == '\\') {
      result += "\\e";
    } else if (next.value == '-') {
      result += "\\-";
    } else if (next.value == '\n') {
      result += "\n.br\n";
    } else if (next.value < 0x80) {
      result += text[0];
    } else {
      char name[16];
      (void)std::snprintf(name, sizeof name, "\\[u%04X]", static_cast<unsigned>(next.value));
      result += name;
    }
    text.remove_prefix(next.length);
  }
  return result.starts_with('.') || result.starts_with('\'') ? "\\&" + result : result;
}

std::string item(const std::string& head, const std::string& text) { return ".TP\n" + head + "\n" + roff(text) + "\n"; }

std::string option_head(const OptionWords& option) {
  std::string head;
  for (const std::string& name : option.names) head += (head.empty() ? "" : ", ") + ("\\fB" + roff(name) + "\\fR");
  if (option.value.empty()) return head;
  const std::string value = "\\fI" + roff(option.value) + "\\fR";
  return option.attached ? head + "[=" + value + "]" : head + " " + value;
}

void command_section(const CommandWords& command, const std::string& path, std::string& text) {
  for (const CommandWords& sub : command.commands) {
    const std::string full = path + " " + sub.name;
    std::string head = ".SS \"" + roff(full.substr(1));
    for (const std::string& positional : sub.positionals) head += " [" + roff(positional) + "]";
    text += head + "\"\n" + roff(sub.help) + ".\n";
    for (const OptionWords& option : sub.options) text += item(option_head(option), option.help);
    command_section(sub, full, text);
  }
}

constexpr const char* exit_status = R"(.SH EXIT STATUS
.TP
.B 0
ok: done, and durable
.TP
.B 1
internal: a bug of keybaton
.TP
.B 2
usage: arguments, config or an input file wrong; nothing was done
.TP
.B 3
waiting: all is well, nothing to do before the printed time
.TP
.B 4
needs operator: a confirmation, a stranger, a conflict; printed with the command to run
.TP
.B 5
refused: the provider or a location said no
.TP
.B 6
unknown: an outcome is not known; run
.B keybaton resume
.TP
.B 7
wrong account: the credentials are not those of the pinned account or user
.TP
.B 8
held: another operator holds the rotation or the journal
.TP
.B 9
storage: the journal cannot commit, is damaged or newer than the program, or the sealing key is gone
.TP
.B 10
tampered: history verify found a broken chain or projection
.TP
.B 130
interrupted: by a signal, at a safe point
.SH ENVIRONMENT
.TP
.BR KEYBATON_CONFIG ", " KEYBATON_JOURNAL ", " KEYBATON_ACTOR
the same as
.BR \-\-config ", " \-\-journal " and " \-\-actor
.TP
.B NO_COLOR
no colours, unless
.B \-\-color always
.SH FILES
.TP
.I ~/.config/keybaton/config.yaml
the config; below $XDG_CONFIG_HOME where that is set
.TP
.I ~/.config/keybaton/sealing.key
encrypts the secrets of open rotations in the journal
.TP
.I ~/.local/state/keybaton/journal.db
the journal; below $XDG_STATE_HOME where that is set
)";

}  // namespace

std::string man_page(const CommandWords& front, const std::string& version) {
  std::string text = ".TH KEYBATON 1 \"\" \"keybaton " + roff(version) +
                     "\"\n.SH NAME\nkeybaton \\- hand a cloud access key over from old to new\n"
                     ".SH SYNOPSIS\n.B keybaton\n[\\fIoptions\\fR] [\\fIcommand\\fR [\\fIarguments\\fR]]\n"
                     ".SH DESCRIPTION\n" +
                     roff(front.help) +
                     "\n.PP\nWithout a command it says what is open, and which command comes next.\n.SH OPTIONS\n";
  for (const OptionWords& option : front.options) text += item(option_head(option), option.help);
  text += ".SH COMMANDS\n";
  command_section(front, "", text);
  return text + exit_status;
}

}  // namespace cli
