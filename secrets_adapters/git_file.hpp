// A location that is a pair in a file *as it is committed* in git: what consumers get who are fed from the repository.
//
// Which commit counts
//   merged_into   the tip of that branch (origin/main: as the remote has it now); what a branch of ours holds is a
//   proposal branch alone  the tip of that branch - the remote's with push, the local one without - or, before it is
//   there, what
//                 it will be based on
//   neither       HEAD; with push the tip of its upstream, as the remote has it now
// A remote that can't be read leaves the place unread (Refused or Unknown): no older copy stands in for it.
//
// A write with `branch` touches neither work tree nor index:
//   1 objects: the file's new text, a tree, a commit on the base            crash: loose objects that nothing refers to
//   2 the local branch moves to it, by compare-and-set (update-ref)         crash: the commit is local alone. It counts
//   for
//     nothing yet; the next write finds it, and pushes it if it holds that write's pair. If not, and all that is not at
//     the remote is ours (by the trailer of its messages), it is dropped.
//   3 push, forwards alone and by compare-and-set (--force-with-lease)      crash: it is there, and the next read sees
//   it A push that is refused undoes step 2. The new commit is made so that a merge of the branch gives the new pair:
//   on the merged branch's tip, whose history it has, or - for a pair that goes back and was never merged - on the
//   branch itself, so that a late merge changes nothing.
// A write on the current branch:
//   1 the file in the work tree is replaced (EditedFile)                    crash: it is dirty. The next write takes it
//   for
//     ours if it holds that write's pair and is in all other bytes what HEAD has.
//   2 git commit --only, with the person's hooks and signature              crash: HEAD is ahead of its upstream by
//   commits of
//     ours alone; the next write pushes them
//   3 push                                                                  crash: the next read sees it
//   A commit or push that is refused undoes what went before it.
// A git that is killed itself (a power cut) may leave its own lock file in .git; git says so, and so do we.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "secrets_adapters/kind.hpp"
#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {

enum class Pushing : std::uint8_t { no, yes };

struct GitSettings {
  std::string location;  // its name, for the commit's message
  std::string rotation;  // its id; may be empty
  Pushing push = Pushing::no;
  std::string remote;         // empty: by merged_into, by the upstream of HEAD, else "origin"
  std::string branch;         // empty: the current one, or not known before there is a rotation
  bool per_rotation = false;  // the branch has the rotation's id in its name, so that it is ours alone
  std::string merged_into;    // "origin/main", or a local branch
  std::shared_ptr<const WriteBudget> budget;
};

// git.commit, git.push, git.remote, git.branch, git.merged_into
void check_git(const rotation::LocationSpec& spec, Findings& findings);
[[nodiscard]] std::unique_ptr<rotation::Location> git_file(const rotation::LocationSpec& spec,
                                                           std::filesystem::path path,
                                                           std::unique_ptr<const PairText> text,
                                                           const Surroundings& surroundings);

}  // namespace secrets_adapters
