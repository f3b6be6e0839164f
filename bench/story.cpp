#include "bench/story.hpp"

#include <string>
#include <utility>

#include "rotation/drafts.hpp"

namespace bench {
namespace {

using rotation::AccessKeyId;
using rotation::Direction;
using rotation::Draft;
using rotation::Instant;
using rotation::LocationName;
using rotation::Op;
using rotation::Outcome;
using rotation::Pending;
using rotation::State;
using rotation::Step;

// As long as what the sealer makes: nonce, forty sealed bytes, tag, header.
const std::string sealed_bytes(96, 's');

class Teller {
 public:
  Teller(const Cast& cast, const Instant& now) : old_(cast.old_key), new_(cast.new_key), now_(now) {}

  void create() {
    Draft intent = begin(Op::create_key, Step::create);
    intent.detail["keys_before"] = old_.text();
    add(std::move(intent), {.wrapped_key = sealed_bytes});
    Draft made = moving(end(Op::create_key, Step::create), State::created);
    made.key = new_;
    made.detail["created"] = rotation::rfc3339(now_.wall);
    add(std::move(made), {.sealed = {{.purpose = "new", .key = new_, .bytes = sealed_bytes}}});
    Draft probe = rotation::observation("probe", now_);
    probe.key = new_;
    add(std::move(probe));
  }

  void deploy() {
    consent(Step::deploy, new_, "write the new key " + new_.text() + " to its locations");
    Draft intent = at_service(begin(Op::write_location, Step::deploy));
    intent.detail["old_sealed"] = "yes";
    add(std::move(intent), {.sealed = {{.purpose = "old:service", .key = old_, .bytes = sealed_bytes}}});
    add(at_service(end(Op::write_location, Step::deploy)));
    add(moving(rotation::row_done(Step::deploy, Direction::forward, now_), State::deployed));
  }

  void verify(int looks) {
    const rotation::LastUsed used{.at = now_.wall, .service = "s3", .region = "eu-central-1"};
    for (int look = 0; look < looks; ++look) {
      for (const AccessKeyId* key : {&new_, &old_}) {
        add(rotation::sample_draft(*key, rotation::Done<rotation::LastUsed>{used}, now_));
      }
    }
    add(moving(rotation::row_done(Step::verify, Direction::forward, now_), State::verified));
  }

  void remove(Op op, Step step, State state, const std::string& words) {
    consent(step, old_, words);
    Draft intent = begin(op, step);
    intent.key = old_;
    add(std::move(intent));
    Draft outcome = moving(end(op, step), state);
    outcome.key = old_;
    add(std::move(outcome));
  }

  [[nodiscard]] std::vector<Line> told() { return std::move(lines_); }

 private:
  Draft begin(Op op, Step step) {
    // A hexadecimal number of 32 digits, as attempts have.
    attempt_ = old_.text().substr(4) + std::to_string(1000000000000000 + ++attempts_);
    return rotation::intent({.op = op, .step = step}, rotation::AttemptId{attempt_}, now_);
  }
  Draft end(Op op, Step step) {
    const Pending pending{.op = op, .step = step, .attempt = rotation::AttemptId{attempt_}};
    return rotation::outcome(pending, Outcome::done, now_);
  }
  Draft at_service(Draft draft) {
    draft.location = LocationName{"service"};
    draft.key = new_;
    return draft;
  }
  void consent(Step step, const AccessKeyId& key, std::string words) {
    Draft draft = rotation::decision("consent", now_);
    draft.step = step;
    draft.key = key;
    draft.detail["to"] = std::move(words);
    add(std::move(draft));
  }
  void add(Draft draft, rotation::Attachments attachments = {}) {
    lines_.push_back({std::move(draft), std::move(attachments)});
  }

  AccessKeyId old_, new_;
  Instant now_;
  std::string attempt_;
  int attempts_ = 0;
  std::vector<Line> lines_;
};

}  // namespace

std::vector<Line> five_steps(const Cast& cast, const Instant& now, int looks) {
  Teller teller(cast, now);
  teller.create();
  teller.deploy();
  teller.verify(looks);
  teller.remove(Op::deactivate_key, Step::deactivate, State::deactivated, "deactivate the old key " + cast.old_key);
  teller.remove(Op::delete_key, Step::delete_key, State::completed, "delete the old key " + cast.old_key);
  return teller.told();
}

}  // namespace bench
