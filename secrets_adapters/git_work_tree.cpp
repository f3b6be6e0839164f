#include "secrets_adapters/git_work_tree.hpp"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

namespace secrets_adapters {
namespace {

namespace fs = std::filesystem;
using rotation::Refusal;
using rotation::Refused;
using rotation::Secret;
using rotation::Unknown;

constexpr std::chrono::milliseconds lock_patience{10000};
constexpr std::chrono::milliseconds local_deadline{60000};
constexpr std::chrono::milliseconds network_deadline{120000};
constexpr std::string_view trailer = "Keybaton-Key";
// What git finds its keys and its configuration by, and who commits.
const std::vector<std::string> passed{"SSH_AUTH_SOCK",
                                      "XDG_CONFIG_HOME",
                                      "XDG_RUNTIME_DIR",
                                      "GNUPGHOME",
                                      "GPG_TTY",
                                      "GIT_SSH",
                                      "GIT_SSH_COMMAND",
                                      "GIT_AUTHOR_NAME",
                                      "GIT_AUTHOR_EMAIL",
                                      "GIT_COMMITTER_NAME",
                                      "GIT_COMMITTER_EMAIL",
                                      "GIT_CONFIG_GLOBAL",
                                      "GIT_CONFIG_SYSTEM",
                                      "GIT_CONFIG_NOSYSTEM"};

bool says(const platform::Finished& finished, const std::vector<std::string_view>& phrases) {
  return std::any_of(phrases.begin(), phrases.end(), [&](std::string_view one) {
    return finished.err.find(one) != std::string::npos || finished.out.find(one) != std::string::npos;
  });
}

const std::vector<std::string_view> shut_out{
    "Permission denied",   "Authentication failed", "could not read Username",     "could not read Password",
    "returned error: 403", "returned error: 401",   "Host key verification failed"};
const std::vector<std::string_view> cut_off{"hung up unexpectedly", "unexpected disconnect", "early EOF", "Broken pipe",
                                            "Connection reset"};

// Nothing of ours can have been changed there: we only looked.
[[noreturn]] void stop_unread(const platform::Finished& finished, const std::string& remote) {
  const std::string what = "the git remote " + remote + " can't be read";
  if (says(finished, shut_out)) {
    git_stop(Refusal::denied, what + ": it does not let us in");
  }
  if (says(finished, {"does not appear to be a git repository", "Repository not found", "not found"})) {
    git_stop(Refusal::no_such_entity, what + ": there is no repository");
  }
  if (says(finished, {"Could not resolve host", "Could not resolve hostname", "Connection refused", "No route to host",
                      "Network is unreachable", "Failed to connect"})) {
    git_stop(Refusal::not_sent, what + ": there is no connection");
  }
  throw GitStop{Unknown{what + (finished.timed_out ? ": it did not answer in time"
                                                   : " (git ended with " + std::to_string(finished.exit_code) + ")")}};
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace

void git_stop(Refusal why, std::string message) {
  throw GitStop{Refused{.why = why, .code = {}, .message = std::move(message), .request_id = {}}};
}

// ---- git, the program -----------------------------------------------------------------------------------------

platform::Finished GitWorkTree::run(const std::vector<std::string>& words, Asked asked) const {
  platform::Command command;
  command.argv = {"env", "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_EDITOR=false"};
  if (asked.index == Index::ours) command.argv.push_back("GIT_INDEX_FILE=" + (git_ / "keybaton.index").string());
  const fs::path& at = top_.empty() ? file_.parent_path() : top_;
  command.argv.insert(command.argv.end(),
                      {"git", "-C", at.string(), "--no-pager", "--literal-pathspecs", "-c", "core.fsync=all", "-c",
                       "core.fsyncMethod=fsync", "-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c",
                       "color.ui=false", "-c", "user.useConfigOnly=true"});
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  command.pass_env = passed;
  command.input = asked.input;
  command.deadline = deadline(asked.waits);
  try {
    auto finished = platform::run(command);
    if (finished.exit_code == 127) git_stop(Refusal::unsupported, "git is needed here, and is not on the PATH");
    if (!finished.output_cut) return finished;
    rotation::wipe(finished.out);
    git_stop(Refusal::invalid, "git said more than 1 MiB");
  } catch (const std::system_error& error) {
    git_stop(Refusal::other, std::string("git can't be run: ") + error.what());
  }
}

// What only this machine does goes on all the same: it puts back what a write that ran out of time has begun.
std::chrono::milliseconds GitWorkTree::deadline(Waits waits) const {
  if (waits == Waits::for_nobody) return local_deadline;
  const auto left = !budget_ ? std::nullopt : waits == Waits::to_change ? budget_->for_changes() : budget_->for_looks();
  if (!left || *left >= network_deadline) return network_deadline;
  if (*left > rotation::Millis{0}) return *left;
  git_stop(Refusal::other, "this write has taken as long as the rotation may be held for it; it goes on with the next");
}

std::string GitWorkTree::ask(const std::vector<std::string>& words, Asked asked) const {
  const auto finished = run(words, asked);
  if (finished.exit_code == 0) return first_line(finished.out);
  git_stop(Refusal::other,
           "git " + words.front() + " failed (it ended with " + std::to_string(finished.exit_code) + ")");
}

bool GitWorkTree::open() {
  top_.clear();
  std::error_code error;
  if (!fs::is_directory(file_.parent_path(), error)) return false;
  const auto finished = run({"rev-parse", "--show-toplevel", "--absolute-git-dir", "--show-prefix"});
  const auto lines = lines_of(finished.out);
  if (finished.exit_code != 0 || lines.size() < 2) {
    git_stop(Refusal::invalid,
             says(finished, {"dubious ownership"})
                 ? "the repository belongs to somebody else, and git does not trust it (safe.directory)"
                 : "it is in no work tree of git");
  }
  top_ = lines[0];
  git_ = lines[1];
  name_ = (lines.size() > 2 ? lines[2] : std::string()) + file_.filename().string();
  return true;
}

platform::Fd GitWorkTree::lock() const {
  auto held = platform::lock_directory(git_, lock_patience);
  if (!held.valid()) git_stop(Refusal::other, "another keybaton keeps writing in this repository; nothing was changed");
  return held;
}

void GitWorkTree::require_identity() const {
  for (const char* who : {"GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"}) {
    if (run({"var", who}).exit_code == 0) continue;
    git_stop(Refusal::unsupported, "git does not know who commits here: set user.name and user.email (git config)");
  }
}

// ---- what there is --------------------------------------------------------------------------------------------

std::optional<Commit> GitWorkTree::commit_of(const std::string& revision) const {
  const auto finished = run({"rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"});
  if (finished.exit_code != 0) return std::nullopt;
  return first_line(finished.out);
}

std::optional<std::string> GitWorkTree::head() const {
  const auto finished = run({"symbolic-ref", "--quiet", "HEAD"});
  if (finished.exit_code != 0) return std::nullopt;
  return first_line(finished.out);
}

std::string GitWorkTree::setting(const std::string& name) const {
  const auto finished = run({"config", "--get", name});
  return finished.exit_code == 0 ? first_line(finished.out) : std::string();
}

bool GitWorkTree::has_remote(const std::string& name) const { return !setting("remote." + name + ".url").empty(); }

bool GitWorkTree::checked_out(const std::string& ref) const {
  return !ask({"for-each-ref", "--format=%(worktreepath)", ref}).empty();
}

std::string GitWorkTree::unfinished() const {
  constexpr std::array<std::pair<const char*, const char*>, 6> signs{{{"MERGE_HEAD", "a merge"},
                                                                      {"rebase-merge", "a rebase"},
                                                                      {"rebase-apply", "a rebase"},
                                                                      {"CHERRY_PICK_HEAD", "a cherry-pick"},
                                                                      {"REVERT_HEAD", "a revert"},
                                                                      {"BISECT_LOG", "a bisect"}}};
  std::error_code error;
  for (const auto& [sign, what] : signs) {
    if (fs::exists(git_ / sign, error)) return what;
  }
  return {};
}

bool GitWorkTree::dirty() const {
  const auto finished =
      run({"status", "--porcelain=v2", "--untracked-files=no", "--ignore-submodules=all", "--", name_});
  if (finished.exit_code != 0) git_stop(Refusal::other, "git can't tell the state of the work tree");
  return !finished.out.empty();
}

std::string GitWorkTree::mode_at(const Commit& commit) const {
  const std::string entry = ask({"ls-tree", "--full-tree", commit, "--", name_});
  return entry.substr(0, entry.find(' '));
}

std::optional<Secret> GitWorkTree::text_at(const Commit& commit) const {
  const std::string mode = mode_at(commit);
  if (mode.empty()) return std::nullopt;
  if (!mode.starts_with("100")) git_stop(Refusal::invalid, "it is no plain file there, but a link or a submodule");
  auto finished = run({"cat-file", "blob", commit + ":" + name_});
  Secret text = Secret::taking(std::move(finished.out));
  if (finished.exit_code != 0) git_stop(Refusal::other, "git can't read the file at " + commit.substr(0, 12));
  return text;
}

Secret GitWorkTree::checkout_text_at(const Commit& commit) const {
  auto finished = run({"cat-file", "--filters", commit + ":" + name_});
  Secret text = Secret::taking(std::move(finished.out));
  if (finished.exit_code != 0) git_stop(Refusal::other, "git can't read the file at " + commit.substr(0, 12));
  return text;
}

bool GitWorkTree::is_ancestor(const Commit& one, const Commit& of) const {
  const auto finished = run({"merge-base", "--is-ancestor", one, of});
  if (finished.exit_code > 1) git_stop(Refusal::other, "git can't compare two commits");
  return finished.exit_code == 0;
}

std::optional<Commit> GitWorkTree::merge_base(const Commit& a, const Commit& b) const {
  const auto finished = run({"merge-base", a, b});
  if (finished.exit_code != 0) return std::nullopt;
  return first_line(finished.out);
}

bool GitWorkTree::changes_elsewhere(const Commit& from, const Commit& to) const {
  const auto finished = run({"diff-tree", "-r", "--name-only", "--no-renames", "-z", from, to});
  if (finished.exit_code != 0) git_stop(Refusal::other, "git can't compare two commits");
  return !finished.out.empty() && finished.out != name_ + '\0';
}

std::string GitWorkTree::key_written(const Commit& commit) const {
  return ask({"log", "-1", "--format=%(trailers:key=" + std::string(trailer) + ",valueonly,separator=%x2C)", commit,
              "--", name_});
}

bool GitWorkTree::all_ours(const Commit& from, const Commit& to) const {
  const auto finished =
      run({"log", "--format=:%(trailers:key=" + std::string(trailer) + ",valueonly,separator=%x2C)", from + ".." + to});
  if (finished.exit_code != 0) git_stop(Refusal::other, "git can't list commits");
  const auto lines = lines_of(finished.out);
  return std::none_of(lines.begin(), lines.end(), [](const std::string& line) { return line == ":"; });
}

// ---- the other side -------------------------------------------------------------------------------------------

std::map<std::string, Commit> GitWorkTree::remote_tips(const std::string& remote,
                                                       const std::vector<std::string>& refs) const {
  std::vector<std::string> words{"ls-remote", "--quiet", remote};
  words.insert(words.end(), refs.begin(), refs.end());
  const Asked far{.input = {}, .index = Index::users, .waits = Waits::to_look};
  const auto listed = run(words, far);
  if (listed.exit_code != 0) stop_unread(listed, remote);
  std::map<std::string, Commit> tips;
  std::vector<std::string> fetch{"fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head",
                                 remote};
  const std::size_t bare = fetch.size();
  for (const std::string& line : lines_of(listed.out)) {
    const std::size_t tab = line.find('\t');
    const std::string ref = tab == std::string::npos ? std::string() : line.substr(tab + 1);
    if (std::find(refs.begin(), refs.end(), ref) == refs.end()) continue;
    tips[ref] = line.substr(0, tab);
    const std::string tracking = "refs/remotes/" + remote + ref.substr(std::string_view("refs/heads").size());
    if (commit_of(tracking) != tips[ref]) fetch.push_back("+" + ref + ":" + tracking);
  }
  if (fetch.size() == bare) return tips;
  if (const auto fetched = run(fetch, far); fetched.exit_code != 0) stop_unread(fetched, remote);
  for (const auto& [ref, tip] : tips) {
    if (!commit_of(tip)) throw GitStop{Unknown{"the branch " + ref + " moves while it is read"}};
  }
  return tips;
}

void GitWorkTree::push(const std::string& remote, const Commit& commit, const std::string& ref,
                       const std::optional<Commit>& expected) const {
  const auto finished = run({"push", "--porcelain", "--no-follow-tags", "--recurse-submodules=no",
                             "--force-with-lease=" + ref + ":" + expected.value_or(""), remote, commit + ":" + ref},
                            {.input = {}, .index = Index::users, .waits = Waits::to_change});
  if (finished.exit_code == 0) return;
  const std::string moved = "the branch moved at the git remote " + remote + "; nothing was changed there";
  if (says(finished, {"[rejected]"})) git_stop(Refusal::conflict, moved);
  // It may have arrived for all that: the other side tells.
  const std::string what = "the push to " + remote +
                           (finished.timed_out ? " did not end in time"
                                               : " failed (git ended with " + std::to_string(finished.exit_code) + ")");
  std::optional<Commit> now;
  try {
    const auto tips = remote_tips(remote, {ref});
    if (tips.contains(ref)) now = tips.at(ref);
  } catch (const GitStop&) {
    throw GitStop{Unknown{what + ", and it can't be read whether it arrived"}};
  }
  if (now && (*now == commit || is_ancestor(commit, *now))) return;
  if (now != expected) git_stop(Refusal::conflict, moved);
  // Of a push that was cut off the other side may still be at work.
  if (finished.timed_out || (says(finished, cut_off) && !says(finished, shut_out))) {
    throw GitStop{Unknown{what + "; it is not to be seen there yet"}};
  }
  git_stop(Refusal::denied, says(finished, {"[remote rejected]"})
                                ? "the git remote " + remote + " does not take it (a hook, or a protected branch)"
                                : what + "; nothing was changed there");
}

void GitWorkTree::try_push(const std::string& remote, const Commit& commit) const {
  const auto finished = run({"push", "--dry-run", "--no-verify", "--porcelain", "--no-follow-tags",
                             "--recurse-submodules=no", remote, commit + ":refs/heads/keybaton-may-push"},
                            {.input = {}, .index = Index::users, .waits = Waits::to_look});
  if (finished.exit_code != 0) git_stop(Refusal::denied, "the git remote " + remote + " lets us read, but not push");
}

// ---- changes --------------------------------------------------------------------------------------------------

std::string GitWorkTree::tree_with(const CommitDraft& draft, const std::string& blob) const {
  // Ours alone by the lock, so that what lies there is what a crash left.
  const auto clear = [&] {
    std::error_code ignored;
    fs::remove(git_ / "keybaton.index", ignored);
    fs::remove(git_ / "keybaton.index.lock", ignored);
  };
  const Asked aside{.input = {}, .index = Index::ours};
  clear();
  const std::string mode = mode_at(draft.tree_of);
  (void)ask({"read-tree", draft.tree_of}, aside);
  (void)ask({"update-index", "--cacheinfo", mode + "," + blob + "," + name_}, aside);
  std::string tree = ask({"write-tree"}, aside);
  clear();
  return tree;
}

Commit GitWorkTree::commit(const CommitDraft& draft) const {
  const std::string blob = draft.text.expose([&](std::string_view bytes) {
    return ask({"hash-object", "-w", "--stdin"}, Asked{.input = bytes});
  });
  std::vector<std::string> words{"commit-tree", tree_with(draft, blob), "-F", "-"};
  for (const Commit& parent : draft.parents) words.insert(words.end(), {"-p", parent});
  // commit-tree alone does not look at this setting.
  if (run({"config", "--type=bool", "--get", "commit.gpgSign"}).out.starts_with("true")) words.emplace_back("-S");
  return ask(words, Asked{.input = draft.message});
}

void GitWorkTree::move(const std::string& ref, const std::optional<Commit>& to,
                       const std::optional<Commit>& from) const {
  const std::string nothing(from ? from->size() : to ? to->size() : 40, '0');
  const auto finished = to ? run({"update-ref", "--create-reflog", "-m", "keybaton", ref, *to, from.value_or(nothing)})
                           : run({"update-ref", "-d", ref, from.value_or(nothing)});
  if (finished.exit_code != 0)
    git_stop(Refusal::conflict, "the branch " + ref + " moved meanwhile, or is locked by another git");
}

void GitWorkTree::commit_file(const std::string& message) const {
  const auto finished = run({"commit", "--only", "--quiet", "--no-edit", "--cleanup=verbatim", "-F", "-", "--", name_},
                            {.input = message, .index = Index::users, .waits = Waits::to_change});
  if (finished.exit_code != 0) {
    git_stop(Refusal::other, "git commit failed (it ended with " + std::to_string(finished.exit_code) +
                                 "): a hook of the repository says no, or its index is locked");
  }
}

void GitWorkTree::restore_file() const {
  (void)ask({"restore", "--source=HEAD", "--staged", "--worktree", "--", name_});
}

}  // namespace secrets_adapters
