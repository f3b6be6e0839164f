// A git repository with a work tree, its bare remote, and a colleague's clone of it.
#pragma once

#include <stdlib.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "platform/process.hpp"
#include "secrets_adapters/env_file.hpp"
#include "secrets_adapters/git_file.hpp"
#include "secrets_adapters/held_place.hpp"
#include "tests/platform/workbench.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace places::git {

inline const std::string old_text = "# mine\nID=" + old_id + "\nS=" + old_secret + "\n";
inline const std::string new_text = "# mine\nID=" + new_id + "\nS=" + new_secret + "\n";

class Repository {
 public:
  Repository() {
    workbench::put(here_ / "config",
                   "[user]\n name = Place Keeper\n email = places@keybaton.example\n[init]\n defaultBranch = main\n");
    ::setenv("GIT_CONFIG_GLOBAL", (here_ / "config").c_str(), 1);
    ::setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    in(here_.path(), {"init", "--quiet", "--bare", "origin.git"});
    in(here_.path(), {"clone", "--quiet", "origin.git", "work"});
    std::filesystem::create_directory(work() / "data");
    put(old_text);
    workbench::put(work() / "README", "one\n");
    commit(work(), "begin");
    in(work(), {"push", "--quiet", "-u", "origin", "main"});
    in(here_.path(), {"clone", "--quiet", "origin.git", "other"});
  }

  [[nodiscard]] std::filesystem::path work() const { return here_ / "work"; }
  [[nodiscard]] std::filesystem::path other() const { return here_ / "other"; }  // the colleague's
  [[nodiscard]] std::filesystem::path origin() const { return here_ / "origin.git"; }
  [[nodiscard]] std::filesystem::path file() const { return work() / "data" / "app.env"; }
  [[nodiscard]] std::filesystem::path config() const { return here_ / "config"; }
  [[nodiscard]] std::string text() const { return workbench::get(file()); }
  void put(const std::string& text) const { workbench::put(file(), text, 0644); }

  // What git says, without its last line feed. Throws if it fails.
  static std::string in(const std::filesystem::path& at, std::vector<std::string> words) {
    platform::Command command;
    command.argv = {"git", "-C", at.string()};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    command.pass_env = {"GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"};
    auto finished = platform::run(command);
    if (finished.exit_code != 0) throw std::runtime_error("git " + words.front() + ": " + finished.err);
    if (finished.out.ends_with('\n')) finished.out.pop_back();
    return finished.out;
  }
  static void commit(const std::filesystem::path& at, const std::string& subject) {
    in(at, {"add", "-A"});
    in(at, {"commit", "--quiet", "-m", subject});
  }
  // The file's text there; empty where it, or the revision, is not.
  [[nodiscard]] std::string at(const std::filesystem::path& where, const std::string& revision) const {
    try {
      return in(where, {"cat-file", "blob", revision + ":data/app.env"}) + "\n";
    } catch (const std::runtime_error&) {
      return {};
    }
  }
  [[nodiscard]] std::string published(const std::string& branch) const { return at(origin(), branch); }
  [[nodiscard]] int commits(const std::string& range) const { return commits_in(work(), range); }
  [[nodiscard]] static int commits_in(const std::filesystem::path& where, const std::string& range) {
    return std::stoi(in(where, {"rev-list", "--count", range}));
  }
  [[nodiscard]] std::string status() const { return in(work(), {"status", "--porcelain"}); }

  // The colleague commits and pushes.
  void colleague(const std::string& path, const std::string& text, const std::string& branch = "main") const {
    workbench::put(other() / path, text, 0644);
    commit(other(), "by a colleague");
    in(other(), {"push", "--quiet", "origin", "HEAD:" + branch});
  }

  using Settings = std::map<std::string, std::string>;
  [[nodiscard]] std::unique_ptr<rotation::Location> place(Settings git, const std::string& rotation = "r-1",
                                                          std::function<rotation::Millis()> boot = {}) const {
    rotation::LocationSpec spec{
        .name = rotation::LocationName("app"), .type = "eyaml", .optional = false, .settings = {{"git.commit", "yes"}}};
    for (const auto& [name, value] : git) spec.settings["git." + name] = value;
    const auto here = secrets_adapters::with_budget({.rotation = rotation, .boot = std::move(boot)});
    return secrets_adapters::held(
        secrets_adapters::git_file(spec, file(),
                                   secrets_adapters::plain_text(secrets_adapters::env_file_format("ID", "S")), here),
        here, secrets_adapters::Compares::itself);
  }

 private:
  workbench::Directory here_;
};

// "id secret, proposed ID: WHERE"
inline std::string with_proposal(const Answer<Holding>& answer) {
  const auto* held = rotation::done(answer);
  if (held == nullptr || !held->proposed) return said(answer);
  return said(answer) + ", proposed " + held->proposed->id.text() + ": " + held->proposed->where;
}

// What the engine does: it reads, and hands on what it read.
inline Answer<Written> hand_over_as_read(rotation::Location& place) {
  const auto seen = place.read();
  if (const auto* held = rotation::done(seen)) return place.write({*held, AccessKeyId(new_id), Secret(new_secret)});
  return rotation::pass_on<Written>(seen);
}
inline Answer<Written> put_back_as_read(rotation::Location& place) {
  const auto seen = place.read();
  if (const auto* held = rotation::done(seen)) {
    return place.write({*held, AccessKeyId(old_id), Secret(old_secret), rotation::Direction::back});
  }
  return rotation::pass_on<Written>(seen);
}

}  // namespace places::git
