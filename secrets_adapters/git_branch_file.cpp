// The pair on a branch of its own, which is made, moved and pushed without a look at the work tree.
#include <algorithm>
#include <utility>

#include "secrets_adapters/git_place.hpp"

namespace secrets_adapters {
namespace {

using rotation::Answer;
using rotation::Change;
using rotation::Done;
using rotation::Holding;
using rotation::Nothing;
using rotation::Proposal;
using rotation::Refusal;
using rotation::Unknown;
using rotation::Written;

const std::string heads = "refs/heads/";

struct Tips {
  Commit base;                   // of the branch that counts, or that ours starts from
  std::optional<Commit> local;   // of our branch here
  std::optional<Commit> remote;  // and at the remote; without push the same as `local`
};

// What is to be committed next: nothing, or the pair into this tree on these parents.
struct Next {
  Commit tree_of;
  std::vector<Commit> parents;
};

class GitBranchFile final : public GitPlace {
 public:
  GitBranchFile(GitSettings settings, std::filesystem::path path, std::unique_ptr<const PairText> text)
      : GitPlace(std::move(settings), std::move(path), std::move(text)) {}

  [[nodiscard]] Answer<Holding> read() override {
    return guarded<Holding>([&]() -> Answer<Holding> {
      // A mount that is away looks like that: it says nothing of what the place holds.
      if (!tree_.open()) return refused(Refusal::other, "its directory is not there");
      const Tips tips = look();
      if (!merges()) return Done<Holding>{holding_at(tips.remote.value_or(tips.base))};
      Holding held = holding_at(tips.base);
      if (tips.remote) held.proposed = proposal(tips.base, *tips.remote, held);
      return Done<Holding>{std::move(held)};
    });
  }

  [[nodiscard]] Answer<Nothing> ready() const override {
    return guarded<Nothing>([&]() -> Answer<Nothing> {
      if (!tree_.open()) return refused(Refusal::conflict, "its directory is not there");
      tree_.require_identity();
      const Tips tips = look();
      require_not_checked_out();
      const auto text = tree_.text_at(merges() ? tips.base : tips.remote.value_or(tips.base));
      if (!text) return refused(Refusal::conflict, "the file is not there");
      text_->require_writable(*text);
      if (pushes()) tree_.try_push(remote(), tips.base);
      return Done<Nothing>{};
    });
  }

  [[nodiscard]] Answer<Written> write(const Change& change) override {
    if (!is_access_key(change.id, change.secret)) {
      return refused(Refusal::invalid, "the new pair has characters that no access key has");
    }
    if (settings_.branch.empty()) {
      return refused(Refusal::unsupported, "the branch is named after a rotation, and there is none");
    }
    return guarded<Written>([&]() -> Answer<Written> {
      if (!tree_.open()) return refused(Refusal::conflict, "its directory is not there any more");
      tree_.require_identity();
      const auto lock = tree_.lock();
      const Tips tips = look();
      const auto start = tip(tips, change);
      const auto next = plan(tips, start, change);
      const auto end = next ? std::optional(committed(next->tree_of, next->parents, change)) : start;
      if (end != tips.local) require_not_checked_out();
      publish(tips, end);
      return read_back(change);
    });
  }

 private:
  [[nodiscard]] bool merges() const { return !settings_.merged_into.empty(); }
  [[nodiscard]] bool pushes() const { return settings_.push == Pushing::yes; }
  [[nodiscard]] std::string ref() const { return heads + settings_.branch; }
  [[nodiscard]] std::string where() const {
    return "branch " + settings_.branch + ", to be merged into " + settings_.merged_into;
  }

  // "origin/main" with a remote called origin: "origin". Empty for a local branch.
  [[nodiscard]] std::string merged_remote() const {
    const std::size_t slash = settings_.merged_into.find('/');
    const std::string first = settings_.merged_into.substr(0, slash);
    return slash != std::string::npos && tree_.has_remote(first) ? first : std::string();
  }
  [[nodiscard]] std::string remote() const {
    if (!settings_.remote.empty()) return settings_.remote;
    if (const std::string named = merged_remote(); !named.empty()) return named;
    const std::string upstream = tree_.setting("branch." + short_head() + ".remote");
    return upstream.empty() || upstream == "." ? "origin" : upstream;
  }
  [[nodiscard]] std::string short_head() const {
    const auto head = tree_.head();
    return head ? head->substr(heads.size()) : std::string();
  }

  // The remotes are asked anew each time; one that holds both branches is asked once.
  [[nodiscard]] Tips look() const {
    const std::string there = merged_remote();
    const std::string merged =
        heads + (there.empty() ? settings_.merged_into : settings_.merged_into.substr(there.size() + 1));
    std::map<std::string, std::vector<std::string>> wanted;
    if (!there.empty()) wanted[there].push_back(merged);
    if (pushes() && !settings_.branch.empty()) wanted[remote()].push_back(ref());
    std::map<std::string, std::map<std::string, Commit>> tips;
    for (const auto& [name, refs] : wanted) tips[name] = tree_.remote_tips(name, refs);
    const auto tip = [&](const std::string& name, const std::string& one) {
      const auto found = tips[name].find(one);
      return found == tips[name].end() ? std::nullopt : std::optional(found->second);
    };
    const auto base = !there.empty() ? tip(there, merged) : tree_.commit_of(merges() ? merged : "HEAD");
    if (!base) {
      git_stop(Refusal::no_such_entity,
               merges() ? "there is no branch " + settings_.merged_into : "there is no commit yet");
    }
    const auto local = settings_.branch.empty() ? std::nullopt : tree_.commit_of(ref());
    return {.base = *base, .local = local, .remote = pushes() ? tip(remote(), ref()) : local};
  }

  void require_not_checked_out() const {
    if (settings_.branch.empty() || !tree_.checked_out(ref())) return;
    git_stop(Refusal::conflict, "the branch " + settings_.branch + " is checked out; switch to another one first");
  }

  // What a merge of the branch would bring: nothing where it is merged, or holds the same key.
  [[nodiscard]] std::optional<Proposal> proposal(const Commit& base, const Commit& branch, const Holding& held) const {
    if (tree_.is_ancestor(branch, base)) return std::nullopt;
    try {
      const Holding there = holding_at(branch);
      if (there.id && there.id != held.id) return Proposal{*there.id, where()};
      const std::string key = there.mark == held.mark ? std::string() : tree_.key_written(branch);
      if (!key.empty()) return Proposal{rotation::AccessKeyId(key), where()};
    } catch (const Unfit&) {
      // What can't be understood proposes no key.
    }
    return std::nullopt;
  }

  // Where our branch stands: as the remote has it, or further on by commits that wait for a push. What waits and is
  // not this change is dropped where it is ours alone.
  [[nodiscard]] std::optional<Commit> tip(const Tips& tips, const Change& change) const {
    if (!tips.local || tips.local == tips.remote) return tips.remote;
    if (tips.remote && tree_.is_ancestor(*tips.local, *tips.remote)) return tips.remote;
    if (!tips.remote && tree_.is_ancestor(*tips.local, tips.base)) return std::nullopt;
    const bool ahead = !tips.remote || tree_.is_ancestor(*tips.remote, *tips.local);
    if (ahead && holds(*tips.local, change)) return tips.local;
    if (tree_.all_ours(tips.remote.value_or(tips.base), *tips.local)) return tips.remote;
    git_stop(Refusal::conflict, "the local branch " + settings_.branch +
                                    " has commits that are neither ours nor at the remote; push or delete it");
  }

  [[nodiscard]] std::optional<Next> plan(const Tips& tips, const std::optional<Commit>& start,
                                         const Change& change) const {
    if (!merges()) return plan_alone(start.value_or(tips.base), change);
    const bool merged_already = holds(tips.base, change);
    if (!merged_already) require_expected(tips.base, change);
    if (!start || tree_.is_ancestor(*start, tips.base)) {
      if (merged_already) return std::nullopt;
      return Next{tips.base, {tips.base}};
    }
    if (holds(*start, change)) {
      if (merged_already) return std::nullopt;
      const auto fork = tree_.merge_base(tips.base, *start);
      if (!fork || !holds(*fork, change)) return std::nullopt;  // a merge brings the pair
    } else {
      require_no_stranger(*start, tips.base, change);
      if (merged_already) return Next{*start, {*start}};
    }
    // What the branch holds is merged in another way (squashed), or superseded: a merge of it alone would not bring the
    // pair. Ours goes on the merged branch's tip, and has the branch behind it too, so that it moves forwards.
    const auto fork = tree_.merge_base(tips.base, *start);
    if (!fork || tree_.changes_elsewhere(*fork, *start)) {
      git_stop(Refusal::conflict, "the branch " + settings_.branch + " has other changes that are not in " +
                                      settings_.merged_into + "; merge or delete it");
    }
    return Next{tips.base, {tips.base, *start}};
  }
  [[nodiscard]] std::optional<Next> plan_alone(const Commit& now, const Change& change) const {
    if (holds(now, change)) return std::nullopt;
    require_expected(now, change);
    return Next{now, {now}};
  }

  // A branch that is not named after this rotation may carry somebody else's proposal.
  void require_no_stranger(const Commit& start, const Commit& base, const Change& change) const {
    if (settings_.per_rotation) return;
    const Holding there = holding_at(start);
    const Holding counted = holding_at(base);
    if (there.id == counted.id && there.mark == counted.mark) return;
    if (there.id && change.expected.proposed && change.expected.proposed->id == *there.id) return;
    git_stop(Refusal::conflict, "the branch " + settings_.branch + " proposes " +
                                    (there.id ? there.id->text() : std::string("another key")) +
                                    ", which is not ours; merge or delete it");
  }

  // The branch to `end`, here and there. Where the other side does not take it, it is here as it was.
  void publish(const Tips& tips, const std::optional<Commit>& end) const {
    if (end != tips.local) tree_.move(ref(), end, tips.local);
    if (!pushes() || !end || end == tips.remote) return;
    try {
      tree_.push(remote(), *end, ref(), tips.remote);
    } catch (const GitStop& stop) {
      if (std::holds_alternative<Unknown>(stop.answer) || end == tips.local) throw;
      try {
        tree_.move(ref(), tips.local, end);
      } catch (const GitStop&) {
        // It stays ahead; the next write finds it.
      }
      throw;
    }
  }

  [[nodiscard]] Answer<Written> read_back(const Change& change) const {
    try {
      const Tips tips = look();
      const Commit counted = merges() ? tips.base : tips.remote.value_or(tips.base);
      const bool there = holds(counted, change);
      const Holding now = holding_at(counted);
      if (there) return Done<Written>{{.mark = now.mark}};
      if (merges() && tips.remote && holds(*tips.remote, change)) {
        return Done<Written>{{.mark = now.mark, .proposed = Proposal{change.id, where()}}};
      }
    } catch (const GitStop&) {
      return Unknown{"the branch " + settings_.branch + " was written, but can't be read back"};
    } catch (const Unfit&) {
      return Unknown{"the branch " + settings_.branch + " was written, but can't be understood now"};
    }
    return Unknown{"the branch " + settings_.branch + " was written, but reads back another value"};
  }
};

}  // namespace

std::unique_ptr<rotation::Location> git_branch_file(GitSettings settings, std::filesystem::path path,
                                                    std::unique_ptr<const PairText> text) {
  return std::make_unique<GitBranchFile>(std::move(settings), std::move(path), std::move(text));
}

}  // namespace secrets_adapters
