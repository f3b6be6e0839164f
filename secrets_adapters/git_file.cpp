#include "secrets_adapters/git_file.hpp"

#include <algorithm>
#include <utility>

#include "secrets_adapters/git_place.hpp"

namespace secrets_adapters {
namespace {

using rotation::Change;
using rotation::Direction;
using rotation::Holding;
using rotation::LocationSpec;
using rotation::Refusal;
using rotation::Refused;
using rotation::Unknown;

constexpr std::string_view placeholder = "{rotation}";

// The rules of git check-ref-format, as far as they can be broken by hand.
bool is_branch_name(std::string_view name) {
  const bool odd = std::any_of(name.begin(), name.end(), [](char c) {
    return c <= ' ' || c == '~' || c == '^' || c == ':' || c == '?' || c == '*' || c == '[' || c == '\\' || c == '\x7F';
  });
  const auto has = [&](std::string_view piece) { return name.find(piece) != std::string_view::npos; };
  return !odd && !name.empty() && !name.starts_with('-') && !name.starts_with('/') && !name.starts_with('.') &&
         !name.ends_with('/') && !name.ends_with('.') && !name.ends_with(".lock") && !has("..") && !has("//") &&
         !has("@{") && !has("/.") && name != "@" && name != "HEAD";
}

std::string filled(std::string_view name, const std::string& rotation) {
  std::string text(name);
  for (std::size_t at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder)) {
    text.replace(at, placeholder.size(), rotation);
  }
  return text;
}

}  // namespace

void check_git(const LocationSpec& spec, Findings& findings) {
  const auto settings = tree_of(spec, "git");
  if (settings.empty()) return;
  const bool more = settings.size() > (settings.contains("commit") ? 1U : 0U);
  if (more && !truth_of(spec, "git.commit")) {
    findings.push_back({"git", false, "the other settings of git need git.commit: true"});
  }
  if (settings.contains("branch") && !is_branch_name(filled(settings.at("branch"), "r-0"))) {
    findings.push_back({"git", false, "git.branch is no name that a branch can have"});
  }
  if (settings.contains("merged_into") && !settings.contains("branch")) {
    findings.push_back({"git", false, "git.merged_into needs git.branch, the branch that is to be merged"});
  }
  if (settings.contains("merged_into") && !is_branch_name(settings.at("merged_into"))) {
    findings.push_back({"git", false, "git.merged_into is no name that a branch can have"});
  }
  if (settings.contains("remote") && !is_branch_name(settings.at("remote"))) {
    findings.push_back({"git", false, "git.remote is no name that a remote can have"});
  }
}

std::unique_ptr<rotation::Location> git_file(const LocationSpec& spec, std::filesystem::path path,
                                             std::unique_ptr<const PairText> text, const Surroundings& surroundings) {
  const std::string& rotation = surroundings.rotation;
  const std::string_view branch = text_of(spec, "git.branch");
  const bool per_rotation = branch.find(placeholder) != std::string_view::npos;
  GitSettings settings{.location = spec.name.text(),
                       .rotation = rotation,
                       .push = truth_of(spec, "git.push") ? Pushing::yes : Pushing::no,
                       .remote = std::string(text_of(spec, "git.remote")),
                       .branch = per_rotation && rotation.empty() ? std::string() : filled(branch, rotation),
                       .per_rotation = per_rotation,
                       .merged_into = std::string(text_of(spec, "git.merged_into")),
                       .budget = surroundings.budget};
  if (branch.empty()) return git_head_file(std::move(settings), std::move(path), std::move(text));
  return git_branch_file(std::move(settings), std::move(path), std::move(text));
}

// ---- what both kinds share ------------------------------------------------------------------------------------

Refused GitPlace::refused(Refusal why, const std::string& what) const {
  return {.why = why,
          .code = {},
          .message = text_->place() + " in " + tree_.file().string() + " as committed: " + what,
          .request_id = {}};
}

Unknown GitPlace::told(const Unknown& lost) const {
  return {text_->place() + " in " + tree_.file().string() + " as committed: " + lost.why};
}

Holding GitPlace::holding_at(const Commit& commit) const {
  const auto text = tree_.text_at(commit);
  return text ? text_->read(*text) : Holding{};
}

bool GitPlace::holds(const Commit& commit, const Change& change) const {
  const Holding now = holding_at(commit);
  if (!now.mark.empty()) return tree_.key_written(commit) == change.id.text();
  return now.id == change.id && (!now.secret || now.secret->same_as(change.secret));
}

void GitPlace::require_expected(const Commit& commit, const Change& change) const {
  const Holding now = holding_at(commit);
  if (!now.id && now.mark.empty()) git_stop(Refusal::conflict, "it holds no access key any more");
  if (const std::string other = difference(now, change.expected); !other.empty()) git_stop(Refusal::conflict, other);
}

Commit GitPlace::committed(const Commit& tree_of, std::vector<Commit> parents, const Change& change) const {
  const auto text = tree_.text_at(tree_of);
  if (!text) git_stop(Refusal::conflict, "the file is not there any more");
  // A clone, so that one object carries the pair.
  const auto fresh = text_->with(*text, Pair{change.id, change.secret.clone()});
  return tree_.commit({.tree_of = tree_of, .parents = std::move(parents), .text = fresh, .message = message(change)});
}

std::string GitPlace::message(const Change& change) const {
  const std::string before = change.expected.id ? change.expected.id->text() : std::string();
  std::string text = settings_.location + ": ";
  if (change.direction == Direction::back) {
    text += "put access key " + change.id.text() + " back" +
            (before.empty() || before == change.id.text() ? "" : " in place of " + before);
  } else {
    text += before.empty() ? "access key " + change.id.text() : "access key " + before + " -> " + change.id.text();
  }
  text += "\n\nMade by keybaton" + (settings_.rotation.empty() ? std::string() : " in rotation " + settings_.rotation) +
          ".\n\n";
  if (!settings_.rotation.empty()) text += "Keybaton-Rotation: " + settings_.rotation + "\n";
  return text + "Keybaton-Key: " + change.id.text() + "\n";
}

}  // namespace secrets_adapters
