// One file of a git repository, by the real git: an argv, no shell, the person's own configuration, no prompt. What git
// says is never shown: it may hold an address with a password in it.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "platform/files.hpp"
#include "platform/process.hpp"
#include "rotation/answer.hpp"
#include "rotation/secret.hpp"
#include "secrets_adapters/write_budget.hpp"

namespace secrets_adapters {

// Thrown where git does not go on; the answer to give.
struct GitStop {
  std::variant<rotation::Refused, rotation::Unknown> answer;
};
[[noreturn]] void git_stop(rotation::Refusal why, std::string message);

using Commit = std::string;  // its id, in hex

struct CommitDraft {
  Commit tree_of;  // all files as there, but for the one
  std::vector<Commit> parents;
  const rotation::Secret& text;
  std::string message;
};

class GitWorkTree {
 public:
  // `budget`: of the writes; may be null.
  GitWorkTree(std::filesystem::path file, std::shared_ptr<const WriteBudget> budget)
      : file_(std::move(file)), budget_(std::move(budget)) {}

  // To be called first. false: there is no directory that the file could be in. Stops where that is no work tree.
  [[nodiscard]] bool open();
  [[nodiscard]] platform::Fd lock() const;  // our own processes take turns; stops after 10 s
  void require_identity() const;            // who commits is known by configuration, not guessed

  // ---- what there is -----------------------------------------------------------------------------------------
  [[nodiscard]] std::optional<Commit> commit_of(const std::string& revision) const;
  [[nodiscard]] std::optional<std::string> head() const;  // "refs/heads/main"; none: detached
  [[nodiscard]] std::string setting(const std::string& name) const;
  [[nodiscard]] bool has_remote(const std::string& name) const;
  [[nodiscard]] bool checked_out(const std::string& ref) const;  // in any work tree
  [[nodiscard]] std::string unfinished() const;                  // "a merge"; empty: nothing is under way
  [[nodiscard]] bool dirty() const;                              // the file differs between HEAD, index and work tree
  [[nodiscard]] std::optional<rotation::Secret> text_at(const Commit& commit) const;
  [[nodiscard]] rotation::Secret checkout_text_at(const Commit& commit) const;  // as git would put it in the work tree
  [[nodiscard]] bool is_ancestor(const Commit& one, const Commit& of) const;
  [[nodiscard]] std::optional<Commit> merge_base(const Commit& a, const Commit& b) const;
  [[nodiscard]] bool changes_elsewhere(const Commit& from, const Commit& to) const;  // in another file than ours
  // Which key the latest commit up to this one that changed the file says it wrote; empty if it is not one of ours.
  [[nodiscard]] std::string key_written(const Commit& commit) const;
  [[nodiscard]] bool all_ours(const Commit& from, const Commit& to) const;  // every commit after `from`, up to `to`

  // ---- the other side ----------------------------------------------------------------------------------------
  // What it has at these refs now, with the objects fetched. Stops (not_sent, denied, or unknown) where it can't be
  // read.
  [[nodiscard]] std::map<std::string, Commit> remote_tips(const std::string& remote,
                                                          const std::vector<std::string>& refs) const;
  // Only if the ref is there what is expected (none: not there), and only forwards. On a stop the other side has it
  // not.
  void push(const std::string& remote, const Commit& commit, const std::string& ref,
            const std::optional<Commit>& expected) const;
  void try_push(const std::string& remote, const Commit& commit) const;  // a dry run

  // ---- changes -----------------------------------------------------------------------------------------------
  [[nodiscard]] Commit commit(const CommitDraft& draft) const;  // objects alone: no ref, no work tree
  // From this value to that one, or not at all: a compare-and-set. None: not there.
  void move(const std::string& ref, const std::optional<Commit>& to, const std::optional<Commit>& from) const;
  void commit_file(const std::string& message) const;  // the file as it is in the work tree, on HEAD
  void restore_file() const;                           // the file, in index and work tree, as HEAD has it

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  enum class Index : std::uint8_t { users, ours };
  // What others can hold up: a server, or a hook of the repository. Both keep to the budget of a write.
  enum class Waits : std::uint8_t { for_nobody, to_look, to_change };
  struct Asked {
    std::string_view input = {};
    Index index = Index::users;
    Waits waits = Waits::for_nobody;
  };
  [[nodiscard]] std::chrono::milliseconds deadline(Waits waits) const;  // stops where nothing is left
  [[nodiscard]] platform::Finished run(const std::vector<std::string>& words, Asked asked) const;
  [[nodiscard]] platform::Finished run(const std::vector<std::string>& words) const { return run(words, Asked{}); }
  [[nodiscard]] std::string ask(const std::vector<std::string>& words,
                                Asked asked) const;  // one line; stops if it fails
  [[nodiscard]] std::string ask(const std::vector<std::string>& words) const { return ask(words, Asked{}); }
  [[nodiscard]] std::string tree_with(const CommitDraft& draft, const std::string& blob) const;
  [[nodiscard]] std::string mode_at(const Commit& commit) const;  // empty: not there

  std::filesystem::path file_;
  std::shared_ptr<const WriteBudget> budget_;
  std::filesystem::path top_;
  std::filesystem::path git_;  // this work tree's own directory for it
  std::string name_;           // of the file, from the top
};

}  // namespace secrets_adapters
