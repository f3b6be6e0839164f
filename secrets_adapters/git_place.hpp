// What the two kinds of places in git share: the text of a pair at a commit, and how trouble becomes an answer.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "rotation/ports.hpp"
#include "secrets_adapters/git_file.hpp"
#include "secrets_adapters/git_work_tree.hpp"
#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {

class GitPlace : public rotation::Location {
 protected:
  GitPlace(GitSettings settings, std::filesystem::path path, std::unique_ptr<const PairText> text)
      : settings_(std::move(settings)), text_(std::move(text)), tree_(std::move(path), settings_.budget) {}

  [[nodiscard]] rotation::Holding holding_at(const Commit& commit) const;  // empty where the file is not there
  // The change's new pair. Of a closed place the commit's own word counts: which key it wrote.
  [[nodiscard]] bool holds(const Commit& commit, const rotation::Change& change) const;
  // Stops (conflict) unless the commit holds what the change expects.
  void require_expected(const Commit& commit, const rotation::Change& change) const;
  // The commit's text with the change's pair in it, as objects alone.
  [[nodiscard]] Commit committed(const Commit& tree_of, std::vector<Commit> parents,
                                 const rotation::Change& change) const;
  [[nodiscard]] std::string message(const rotation::Change& change) const;
  [[nodiscard]] rotation::Refused refused(rotation::Refusal why, const std::string& what) const;

  // What `work` answers; where it stops, that.
  template <class T, class Work>
  [[nodiscard]] rotation::Answer<T> guarded(Work&& work) const {
    try {
      return std::forward<Work>(work)();
    } catch (const GitStop& stop) {
      if (const auto* lost = std::get_if<rotation::Unknown>(&stop.answer)) return told(*lost);
      const auto& no = std::get<rotation::Refused>(stop.answer);
      return refused(no.why, no.message);
    } catch (const Unfit& unfit) {
      return refused(unfit.why,
                     (unfit.line > 0 ? "line " + std::to_string(unfit.line) + ": " : std::string()) + unfit.what);
    } catch (const std::system_error& error) {
      return refused(rotation::Refusal::other, error.what());  // the lock alone
    }
  }

  GitSettings settings_;
  std::unique_ptr<const PairText> text_;
  mutable GitWorkTree tree_;  // open() only finds where it is

 private:
  [[nodiscard]] rotation::Unknown told(const rotation::Unknown& lost) const;
};

[[nodiscard]] std::unique_ptr<rotation::Location> git_branch_file(GitSettings settings, std::filesystem::path path,
                                                                  std::unique_ptr<const PairText> text);
[[nodiscard]] std::unique_ptr<rotation::Location> git_head_file(GitSettings settings, std::filesystem::path path,
                                                                std::unique_ptr<const PairText> text);

}  // namespace secrets_adapters
