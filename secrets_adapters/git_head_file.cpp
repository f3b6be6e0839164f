// The pair on the branch that is checked out: in its work tree, and committed there.
#include <utility>

#include "secrets_adapters/edited_file.hpp"
#include "secrets_adapters/git_place.hpp"

namespace secrets_adapters {
namespace {

using rotation::Answer;
using rotation::Change;
using rotation::Done;
using rotation::Holding;
using rotation::Nothing;
using rotation::Refusal;
using rotation::Secret;
using rotation::Unknown;
using rotation::Written;

const std::string heads = "refs/heads/";

// For the file in the work tree, which has the same text format as the committed one.
class Borrowed final : public PairText {
 public:
  explicit Borrowed(const PairText& owner) : owner_(owner) {}
  [[nodiscard]] Holding read(const Secret& text) const override { return owner_.read(text); }
  [[nodiscard]] Secret with(const Secret& text, const Pair& fresh) const override { return owner_.with(text, fresh); }
  [[nodiscard]] Secret rest(const Secret& text) const override { return owner_.rest(text); }
  void require_writable(const Secret& text) const override { owner_.require_writable(text); }
  [[nodiscard]] std::string place() const override { return owner_.place(); }

 private:
  const PairText& owner_;
};

struct Upstream {
  std::string remote;
  std::string ref;  // there
  Commit tip;
};

class GitHeadFile final : public GitPlace {
 public:
  GitHeadFile(GitSettings settings, std::filesystem::path path, std::unique_ptr<const PairText> text)
      : GitPlace(std::move(settings), std::move(path), std::move(text)),
        file_(tree_.file(), std::make_unique<Borrowed>(*text_)) {}

  [[nodiscard]] Answer<Holding> read() override {
    return guarded<Holding>([&]() -> Answer<Holding> {
      // A mount that is away looks like that: it says nothing of what the place holds.
      if (!tree_.open()) return refused(Refusal::other, "its directory is not there");
      return Done<Holding>{holding_at(pushes() ? upstream().tip : head())};
    });
  }

  [[nodiscard]] Answer<Nothing> ready() const override {
    return guarded<Nothing>([&]() -> Answer<Nothing> {
      if (!tree_.open()) return refused(Refusal::conflict, "its directory is not there");
      tree_.require_identity();
      require_quiet();
      if (tree_.dirty()) git_stop(Refusal::conflict, "the file has changes that are not committed");
      if (pushes()) {
        const Upstream there = upstream();
        require_level(there);
        tree_.try_push(there.remote, there.tip);
      }
      return file_.ready();
    });
  }

  [[nodiscard]] Answer<Written> write(const Change& change) override {
    if (!is_access_key(change.id, change.secret)) {
      return refused(Refusal::invalid, "the new pair has characters that no access key has");
    }
    return guarded<Written>([&]() -> Answer<Written> {
      if (!tree_.open()) return refused(Refusal::conflict, "its directory is not there any more");
      tree_.require_identity();
      require_quiet();
      const auto lock = tree_.lock();
      const auto there = pushes() ? std::optional(upstream()) : std::nullopt;
      if (there) require_level(*there);
      const Commit start = head();
      if (!holds(start, change)) {
        if (auto no = write_file(change)) return std::move(*no);
        commit_or_undo(start, change);
      }
      if (there && head() != there->tip) push_or_undo(*there);
      return read_back(change);
    });
  }

 private:
  [[nodiscard]] bool pushes() const { return settings_.push == Pushing::yes; }
  [[nodiscard]] Commit head() const {
    const auto tip = tree_.commit_of("HEAD");
    if (!tip) git_stop(Refusal::no_such_entity, "there is no commit yet");
    return *tip;
  }
  [[nodiscard]] std::string branch() const {
    const auto ref = tree_.head();
    if (ref) return *ref;
    git_stop(Refusal::conflict, "no branch is checked out (HEAD is detached)");
  }

  [[nodiscard]] Upstream upstream() const {
    const std::string name = branch().substr(heads.size());
    Upstream found{.remote = tree_.setting("branch." + name + ".remote"),
                   .ref = tree_.setting("branch." + name + ".merge"),
                   .tip = {}};
    if (found.remote.empty() || found.remote == "." || found.ref.empty() ||
        (!settings_.remote.empty() && settings_.remote != found.remote)) {
      git_stop(Refusal::unsupported,
               "the branch " + name + " has no upstream to push to (git push -u REMOTE " + name + ")");
    }
    const auto tips = tree_.remote_tips(found.remote, {found.ref});
    if (!tips.contains(found.ref)) git_stop(Refusal::no_such_entity, found.remote + " has no branch " + found.ref);
    found.tip = tips.at(found.ref);
    return found;
  }

  void require_quiet() const {
    (void)branch();
    if (const std::string under_way = tree_.unfinished(); !under_way.empty()) {
      git_stop(Refusal::conflict, "the work tree is in the middle of " + under_way + "; end it first");
    }
  }

  // HEAD is where the remote's branch is, or further on by commits of ours that a crash kept from the push.
  void require_level(const Upstream& there) const {
    const Commit here = head();
    if (here == there.tip) return;
    const auto fork = tree_.merge_base(here, there.tip);
    if (fork == there.tip) {
      if (tree_.all_ours(there.tip, here)) return;
      git_stop(Refusal::conflict, "the branch has commits that are not pushed, and would go out too; push them first");
    }
    if (fork == here) git_stop(Refusal::conflict, "the work tree is behind its upstream; pull first");
    git_stop(Refusal::conflict,
             fork && tree_.all_ours(*fork, here)
                 ? "the branch has a commit of ours that was not pushed before the upstream moved on; "
                   "rebase it (git pull --rebase), and this write pushes it"
                 : "the branch and its upstream went different ways; bring them together first");
  }

  // The file in the work tree: as a write cut short has left it, or written now. An answer if it can't be.
  [[nodiscard]] std::optional<Answer<Written>> write_file(const Change& change) {
    if (tree_.dirty()) {
      require_expected(head(), change);
      if (!is_left_by_us(change)) {
        git_stop(Refusal::conflict, "the file has changes that are not committed; commit them or take them back");
      }
      return std::nullopt;
    }
    require_expected(head(), change);
    Answer<Written> written = file_.write(change);
    if (rotation::done(written) != nullptr) return std::nullopt;
    return written;
  }
  [[nodiscard]] bool is_left_by_us(const Change& change) const {
    auto bytes = platform::read_file(tree_.file(), 1U << 20U);
    if (!bytes) return false;
    const Secret now = Secret::taking(std::move(*bytes));
    const Holding held = text_->read(now);
    return held.id == change.id && (!held.secret || held.secret->same_as(change.secret)) &&
           text_->rest(now).same_as(text_->rest(tree_.checkout_text_at(head())));
  }

  // From here on the work tree is changed: what can't be put back is unknown.
  void commit_or_undo(const Commit& start, const Change& change) const {
    try {
      tree_.commit_file(message(change));
    } catch (const GitStop&) {
      if (!is_undone(start, change)) throw GitStop{Unknown{"it is in the work tree, but not surely committed"}};
      throw;
    }
    try {
      if (holds(head(), change)) return;
    } catch (const Unfit&) {
      // The same as another value.
    } catch (const GitStop&) {
      // Neither.
    }
    throw GitStop{Unknown{"it was committed, but reads back another value: a hook may have changed it"}};
  }
  [[nodiscard]] bool is_undone(const Commit& start, const Change& change) const {
    try {
      if (head() != start) return false;
      if (is_left_by_us(change)) tree_.restore_file();
      return !tree_.dirty();
    } catch (const GitStop&) {
      return false;
    }
  }

  void push_or_undo(const Upstream& there) const {
    const Commit ours = head();
    try {
      tree_.push(there.remote, ours, there.ref, there.tip);
    } catch (const GitStop& stop) {
      if (std::holds_alternative<Unknown>(stop.answer)) throw;
      try {
        const bool as_committed = !tree_.dirty();
        tree_.move(branch(), there.tip, ours);
        if (as_committed) tree_.restore_file();
      } catch (const GitStop&) {
        // The commit stays here, or the file as it was committed; the next write finds either.
      }
      throw;
    }
  }

  [[nodiscard]] Answer<Written> read_back(const Change& change) const {
    try {
      const Commit counted = pushes() ? upstream().tip : head();
      if (holds(counted, change)) return Done<Written>{{.mark = holding_at(counted).mark}};
    } catch (const GitStop&) {
      return Unknown{"it was committed, but can't be read back"};
    } catch (const Unfit&) {
      return Unknown{"it was committed, but can't be understood now"};
    }
    return Unknown{"it was committed, but reads back another value"};
  }

  EditedFile file_;  // the one in the work tree
};

}  // namespace

std::unique_ptr<rotation::Location> git_head_file(GitSettings settings, std::filesystem::path path,
                                                  std::unique_ptr<const PairText> text) {
  return std::make_unique<GitHeadFile>(std::move(settings), std::move(path), std::move(text));
}

}  // namespace secrets_adapters
