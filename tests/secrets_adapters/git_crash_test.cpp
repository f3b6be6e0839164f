// A write of a place in git, killed before and after every call of git that changes something.
#include <gtest/gtest.h>
#include <signal.h>

#include <iostream>

#include "tests/secrets_adapters/eyaml_places.hpp"
#include "tests/secrets_adapters/git_repository.hpp"

namespace {

using namespace places;
using git::Repository;
using workbench::Directory;
using workbench::put;

const std::string old_text = "# mine\nid: " + old_id + "\nsecret: " + eyaml::secret_token + "\n";

struct Case {
  std::string name;
  eyaml::Settings git;
  std::string counted;  // the revision in the remote (or, without push, here) that is to hold the new pair
};

const std::vector<Case> cases{
    {"proposed",
     {{"git.push", "yes"}, {"git.branch", "rotate-{rotation}"}, {"git.merged_into", "origin/main"}},
     "rotate-r-1"},
    {"a branch alone", {{"git.push", "yes"}, {"git.branch", "live"}}, "live"},
    {"a local branch", {{"git.branch", "live"}}, "live"},
    {"HEAD", {}, "main"},
    {"HEAD and its upstream", {{"git.push", "yes"}}, "main"},
};

// One repository, copied for each crash.
class Template {
 public:
  Template() {
    repository_.put(old_text);
    Repository::commit(repository_.work(), "eyaml");
    Repository::in(repository_.work(), {"push", "--quiet"});
    Repository::in(repository_.work(), {"remote", "set-url", "origin", "../origin.git"});
  }
  void copy_to(const std::filesystem::path& to) const {
    for (const auto& part : {repository_.work(), repository_.origin()}) {
      std::filesystem::copy(part, to / part.filename(), std::filesystem::copy_options::recursive);
    }
    (void)Repository::in(to / "work", {"update-index", "--refresh"});
  }

 private:
  Repository repository_;
};

// A git that kills its caller before or after the n-th call that changes something; `when` empty: only counts.
void put_killer(const Directory& here, const std::string& when, int n) {
  std::filesystem::create_directory(here / "bin");
  const std::string kill = "{ kill -9 $PPID; exit 1; }\n";
  const std::string at = "[ \"$n\" = " + std::to_string(n) + " ] && ";
  put(here / "bin" / "git",
      "#!/bin/sh\nn=0\ncase \" $* \" in\n*' hash-object '*|*' read-tree '*|*' update-index '*|*' write-tree '*|*' "
      "commit-tree "
      "'*|*' update-ref '*|*' commit '*|*' push '*|*' fetch '*|*' restore '*)\n n=$(($(cat '" +
          (here / "count").string() + "') + 1))\n echo $n > '" + (here / "count").string() + "'\nesac\n" +
          (when == "before" ? at + kill : "") + "PATH=${PATH#*:}\ngit \"$@\"\ncode=$?\n" +
          (when == "after" ? at + kill : "") + "exit $code\n",
      0755);
  put(here / "count", "0\n");
}

platform::Finished write(const Directory& here, const Case& one, const std::string& way, const std::string& path) {
  platform::Command command;
  command.argv = {"env", "PATH=" + path, LOCATION_WRITER, way, "r-1", "eyaml"};
  auto spec = eyaml::spec_of(here / "work" / "data" / "app.env", one.git);
  spec.settings["git.commit"] = "yes";
  for (const auto& [name, value] : spec.settings) command.argv.push_back(name + "=" + value);
  command.pass_env = {"GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"};
  return platform::run(command);
}

// In memory where that is possible: every call of git syncs what it writes.
std::filesystem::path scratch() {
  const std::filesystem::path memory = "/dev/shm";
  return ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
}

std::string usual_path() { return std::getenv("PATH"); }

// What stands there, and how it came to be there.
void expect_whole(const Directory& here, const Case& one, const std::string& pair, int commits,
                  const std::string& point) {
  const auto at = here / (one.git.contains("git.push") ? "origin.git" : "work");
  const std::string text = Repository::in(at, {"cat-file", "blob", one.counted + ":data/app.env"}) + "\n";
  EXPECT_EQ(said(eyaml::File(text)->read()), pair) << point;
  EXPECT_EQ(Repository::commits_in(at, one.counted), 2 + commits) << point;
  EXPECT_EQ(Repository::in(here / "work", {"status", "--porcelain"}), "") << point;
  EXPECT_EQ(Repository::in(at, {"diff", "--stat", "--name-only", one.counted + "~1", one.counted}), "data/app.env");
  EXPECT_FALSE(std::filesystem::exists(here / "work" / ".git" / "keybaton.index")) << point;
}

// False once the writer came through alive.
bool crash_and_go_on(const Template& from, const Case& one, const std::string& way, const std::string& when, int n) {
  const std::string point = one.name + ", " + way + ", " + when + " call " + std::to_string(n);
  Directory here(scratch());
  from.copy_to(here.path());
  const bool back = way == "--back";
  if (back) {
    EXPECT_EQ(write(here, one, "--forward", usual_path()).exit_code, 0) << point;
  }
  put_killer(here, when, n);
  const auto killed = write(here, one, way, (here / "bin").string() + ":" + usual_path());
  const auto again = write(here, one, way, usual_path());
  EXPECT_EQ(again.exit_code, 0) << point << ": " << again.err;
  expect_whole(here, one, back ? old_pair : new_pair, back ? 2 : 1, point);
  if (killed.exit_code == 0) return false;
  EXPECT_EQ(killed.exit_code, 128 + SIGKILL) << point << ": " << killed.err;
  return killed.exit_code == 128 + SIGKILL;
}

std::string tip_of(const Directory& here, const std::string& branch) {
  return Repository::in(here / "origin.git", {"rev-parse", branch});
}

// Without the private key nobody here can tell what stands there, but for the commit's own word.
TEST(GitClosed, AWriteIsKnownAgainByTheKeyThatItsCommitNames) {
  const Template from;
  Directory here;
  from.copy_to(here.path());
  const auto path = here / "work" / "data" / "app.env";
  put(path, "id: " + eyaml::id_token + "\nsecret: " + eyaml::secret_token + "\n");
  Repository::commit(here / "work", "closed");
  Repository::in(here / "work", {"push", "--quiet"});
  auto settings = cases.front().git;
  settings["git.commit"] = "yes";
  settings["keys.private"] = "";
  secrets_adapters::Surroundings surroundings;
  surroundings.rotation = "r-1";
  const auto place = secrets_adapters::make_location(eyaml::spec_of(path, settings), surroundings);
  const auto before = place->read();
  ASSERT_TRUE(eyaml::custody(before).starts_with("closed ")) << said(before);
  EXPECT_EQ(said(place->ready()), "done");
  const rotation::Change change{*rotation::done(before), AccessKeyId(new_id), Secret(new_secret)};
  ASSERT_EQ(said(place->write(change)), "done");
  const std::string tip = tip_of(here, "rotate-r-1");
  ASSERT_EQ(said(place->write(change)), "done");
  EXPECT_EQ(tip_of(here, "rotate-r-1"), tip);
  const auto proposed = place->read();
  EXPECT_EQ(eyaml::custody(proposed), eyaml::custody(before));
  ASSERT_TRUE(rotation::done(proposed)->proposed);
  EXPECT_EQ(rotation::done(proposed)->proposed->id.text(), new_id);
  Repository::in(here / "origin.git", {"update-ref", "refs/heads/main", tip});
  EXPECT_NE(eyaml::custody(place->read()), eyaml::custody(before));
  EXPECT_FALSE(rotation::done(place->read())->proposed);
  EXPECT_EQ(
      said(eyaml::File(Repository::in(here / "origin.git", {"cat-file", "blob", "main:data/app.env"}) + "\n")->read()),
      new_pair);
}

TEST(GitCrash, BeforeAndAfterEveryChangeTheNextWriteEndsWithExactlyOneCommit) {
  const Template from;
  int crashes = 0;
  for (const Case& one : cases) {
    for (const std::string way : {"--forward", "--back"}) {
      for (const std::string when : {"before", "after"}) {
        int n = 1;
        while (crash_and_go_on(from, one, way, when, n)) ASSERT_LT(++n, 40);
        EXPECT_GE(n, 2) << one.name;
        crashes += n - 1;
      }
    }
  }
  std::cout << crashes << " crashes\n";
}

}  // namespace
