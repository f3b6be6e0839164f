#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "cli/command_words.hpp"

namespace fs = std::filesystem;
using cli::CommandWords;
using cli::Shell;

namespace {

CommandWords sample() {
  const CommandWords list{.name = "list", .help = "one user's keys", .options = {}, .positionals = {}, .commands = {}};
  const CommandWords key{
      .name = "key", .help = "single calls: list", .options = {}, .positionals = {}, .commands = {list}};
  const CommandWords rotate{
      .name = "rotate",
      .help = "start one \\ go on",
      .options =
          {{.names = {"--yes"}, .value = "STEPS", .help = "consent", .choices = {"deploy", "delete"}, .attached = true},
           {.names = {"--through"}, .value = "STEP", .help = "stop after", .choices = {"create", "deploy"}}},
      .positionals = {"TARGET"},
      .commands = {}};
  return {.name = "keybaton",
          .help = "front",
          .options = {{.names = {"--config"}, .value = "PATH", .help = "config file…", .choices = {}},
                      {.names = {"--verbose", "-v"}, .value = "", .help = "say more", .choices = {}}},
          .positionals = {},
          .commands = {key, rotate}};
}

class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "keybaton-completion-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { fs::remove_all(path_); }
  [[nodiscard]] std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }

 private:
  fs::path path_;
};

struct Ran {
  int status = -1;
  std::string out;
};

Ran run(const std::string& command) {
  Ran ran;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return ran;
  std::array<char, 4096> bytes{};
  while (std::fgets(bytes.data(), static_cast<int>(bytes.size()), pipe) != nullptr) ran.out += bytes.data();
  ran.status = ::pclose(pipe);
  return ran;
}

bool have(const std::string& program) { return run("command -v " + program).status == 0; }

// What bash offers for these words, the last of which is being typed.
std::string bash_offers(const std::string& words) {
  const Scratch scratch;
  const std::string script = scratch.file("keybaton", cli::completion(Shell::bash, sample()));
  const std::string probe = scratch.file("probe", "source " + script + "\nCOMP_WORDS=(" + words +
                                                      ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_keybaton\n"
                                                      "echo \"${COMPREPLY[*]}\"\n");
  const Ran ran = run("bash " + probe);
  EXPECT_EQ(ran.status, 0) << ran.out;
  return ran.out;
}

}  // namespace

TEST(Completion, bash_offers_the_commands_of_the_place) {
  EXPECT_EQ(bash_offers("keybaton r"), "rotate\n");
  EXPECT_EQ(bash_offers("keybaton key ''"), "list --config --verbose -v --help\n");
  EXPECT_EQ(bash_offers("keybaton -v key l"), "list\n");
  EXPECT_EQ(bash_offers("keybaton rotate --"), "--yes --through --config --verbose --help\n");
}

TEST(Completion, bash_offers_the_values_of_an_option) {
  EXPECT_EQ(bash_offers("keybaton rotate --through ''"), "create deploy\n");
  EXPECT_EQ(bash_offers("keybaton rotate --through = d"), "deploy\n");
  EXPECT_EQ(bash_offers("keybaton rotate --yes = de"), "deploy delete\n");
}

TEST(Completion, the_word_behind_a_bare_yes_is_not_its_value) {
  EXPECT_EQ(bash_offers("keybaton rotate --yes --th"), "--through\n");
  EXPECT_EQ(bash_offers("keybaton rotate --yes de"), "\n");
}

// Which shell somebody has is his own choice: `make deps` installs none, and what is not there cannot be asked.
TEST(Completion, zsh_and_fish_read_what_is_made_for_them) {
  const Scratch scratch;
  int read = 0;
  for (const auto& [shell, name] : {std::pair{Shell::zsh, "zsh"}, std::pair{Shell::fish, "fish"}}) {
    const std::string text = cli::completion(shell, sample());
    if (!have(name)) continue;
    const Ran ran = run(std::string(name) + " -n " + scratch.file(name, text));
    EXPECT_EQ(ran.status, 0) << ran.out;
    ++read;
  }
  if (read == 0) GTEST_SKIP() << "neither zsh nor fish is installed";
}

// As above: only where fish is installed.
TEST(Completion, fish_offers_the_commands_of_the_place) {
  if (!have("fish")) GTEST_SKIP() << "fish is not installed";
  const Scratch scratch;
  const std::string file = scratch.file("keybaton.fish", cli::completion(Shell::fish, sample()));
  const Ran ran =
      run("HOME=/nonexistent XDG_CONFIG_HOME=/nonexistent XDG_DATA_HOME=/nonexistent fish --no-config -c 'source " +
          file + "; complete -C \"keybaton key l\"; complete -C \"keybaton rotate --through c\"'");
  EXPECT_EQ(ran.status, 0);
  EXPECT_NE(ran.out.find("list\tone user's keys\n"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("create\tstop after\n"), std::string::npos) << ran.out;
}

TEST(ManPage, names_every_command_and_option_and_every_exit_code) {
  const std::string page = cli::man_page(sample(), "1.2.3");
  for (const char* piece : {".TH KEYBATON 1 \"\" \"keybaton 1.2.3\"", ".SS \"key list\"", ".SS \"rotate [TARGET]\"",
                            "\\fB\\-\\-yes\\fR[=\\fISTEPS\\fR]", "\\fB\\-\\-through\\fR \\fISTEP\\fR",
                            "\\fB\\-\\-verbose\\fR, \\fB\\-v\\fR", "start one \\e go on", "config file\\[u2026]"}) {
    EXPECT_NE(page.find(piece), std::string::npos) << piece;
  }
  for (const char* code : {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "130"}) {
    EXPECT_NE(page.find(std::string(".B ") + code + "\n"), std::string::npos) << code;
  }
}

// The page is read by man-db, which a machine that only builds need not have.
TEST(ManPage, troff_finds_nothing_to_complain_about) {
  if (!have("groff")) GTEST_SKIP() << "groff is not installed";
  const Scratch scratch;
  const Ran ran = run("groff -man -Tutf8 -ww -z " + scratch.file("keybaton.1", cli::man_page(sample(), "1.2.3")));
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out, "");
}
