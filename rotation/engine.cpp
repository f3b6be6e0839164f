#include "rotation/engine.hpp"

#include <algorithm>
#include <utility>

#include "rotation/drafts.hpp"
#include "rotation/engine_parts.hpp"
#include "rotation/evidence.hpp"
#include "rotation/stops.hpp"
#include "rotation/telling.hpp"

namespace rotation {
namespace {

// Between two waits; far beyond any real command: a loop of ours must not spin against the cloud.
constexpr int turns_allowed = 10000;

Result interrupted(const View& view) {
  return {
      .ending = Ending::interrupted,
      .problem = Problem{
          .message = "Stopped by a signal, at a safe point.", .keys = keys_now(view), .hint = resume_command(view)}};
}

// What a pause may sum up to in one command: settling, the probes, and a contradiction or two.
Millis pause_budget(const View& view) {
  const Spacing gaps = spacing(view);
  return 3 * (gaps.settle + gaps.in_flight) + gaps.probe_budget + 6 * gaps.contradiction + Seconds{30};
}

Problem unanswered(const View& view, const Question& question, Consent consent) {
  const bool said_no = consent == Consent::declined;
  return {
      .message = (said_no ? "Not done, for you did not agree: " : "Not done without consent: ") + question.what + ".",
      .keys = keys_now(view),
      .hint = resume_command(view) + (said_no ? "" : " --yes=" + std::string(word(question.step)))};
}

// What removes a key wants its last four characters, like any other delete.
Question question_of(const Attention& attention, const std::string& accept_word) {
  Question question{.op = Op::create_key, .what = attention.message, .accept_word = accept_word};
  if (attention.code == AttentionCode::orphan) {
    question.key = AccessKeyId{accept_word.substr(accept_word.find(':') + 1)};
    question.typed = true;
  }
  return question;
}

std::string sentence(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text + ".";
}

}  // namespace

std::string purpose_of(const LocationName& location) { return "old:" + location.text(); }

Instant Engine::now() { return ports_.clock.now(); }

void Engine::append(Draft draft, Attachments attachments) {
  ports_.journal.append(std::move(draft), std::move(attachments));
}

// Whoever looks at the journal now must not read of a stop that the world has passed.
void Engine::attention_is_over() {
  if (view().attention) append(observation("attention_over", now()));
}

void Engine::raise(const Attention& attention) {
  if (view().attention == attention) return;
  Draft draft = attention_draft(attention, now());
  if (const KeyList* listed = seen_.keys ? done(seen_.keys->answer) : nullptr) {
    draft.detail["old_key_is"] = shown(*listed, view().old_key);
    if (view().new_key) draft.detail["new_key_is"] = shown(*listed, *view().new_key);
  }
  append(std::move(draft));
}

void Engine::begin_burst() {
  if (!burst_began_) burst_began_ = now().wall;
}

void Engine::forget_reads() {
  seen_.keys.reset();
  seen_.keys_run.clear();
  seen_.keys_fresh = false;
  seen_.locations.clear();
  seen_.candidates.clear();
}

Result Engine::run() {
  for (turns_ = 0; turns_ < turns_allowed; ++turns_) {
    if (ports_.clock.interrupted()) return interrupted(view());
    choose_signer();
    const Decision decision = decide(view(), seen_, wishes_, now());
    if (decision.cell != nullptr) ports_.person.thought(decision.at, *decision.cell);
    End end = std::visit([this](const auto& each) { return act(each); }, decision.action);
    if (end) return told_as_seen(std::move(*end));
  }
  KEYBATON_ASSERT(false && "the engine decides without end");
  return {};
}

// What the stop means for the keys, by what was seen last rather than by what the journal remembers.
Result Engine::told_as_seen(Result result) const {
  if (!result.problem) return result;
  const auto code = view().attention ? std::optional{view().attention->code} : std::nullopt;
  if (code == AttentionCode::user_missing || code == AttentionCode::user_recreated) {
    result.problem->keys = "The keys of this rotation went with the user that had them; nothing else was touched.";
  } else if (const KeyList* listed = seen_.keys ? done(seen_.keys->answer) : nullptr) {
    result.problem->keys = keys_listed(view(), *listed);
  }
  return result;
}

Engine::End Engine::act(const Look& look) {
  begin_burst();
  End end;
  switch (look.at) {
    case At::caller: look_caller(); break;
    case At::user: seen_.user = {.answer = ports_.cloud.user(view().target.user), .at = now()}; break;
    case At::keys: look_keys(); break;
    case At::location: look_location(look.location); break;
    case At::last_used: end = look_last_used(look.key); break;
    case At::candidate:
      seen_.candidates.insert_or_assign(
          look.key, Sighting<LastUsed>{.answer = ports_.cloud.last_used(view().target.user, look.key), .at = now()});
      break;
    case At::probe: look_probe(); break;
    case At::spill: look_spill(); break;
  }
  if (const auto offset = ports_.cloud.clock_offset()) ports_.clock.set_server_offset(*offset);
  return end;
}

Engine::End Engine::wait(Millis span, const std::string& what) {
  const auto tick = [&](Millis left) { ports_.person.waiting(what, left); };
  if (ports_.clock.wait(span, tick) == Waited::interrupted) return interrupted(view());
  return {};
}

Engine::End Engine::act(const Pause& pause) {
  paused_ += pause.span;
  if (paused_ > pause_budget(view())) {
    return Result{.ending = Ending::unknown,
                  .problem = not_known(view(), "settling what is not known",
                                       "the cloud's reads still contradict our own "
                                       "changes after the propagation delay")};
  }
  if (auto end = wait(pause.span, pause.what)) return end;
  seen_.keys_fresh = false;
  seen_.candidates.clear();
  return {};
}

Engine::End Engine::act(const Sit& sit) {
  attention_is_over();
  const Time not_before = now().wall + std::chrono::ceil<Seconds>(sit.left);
  if (!wishes_.wait) {
    return Result{.ending = Ending::waiting,
                  .problem = Problem{.message = sentence(sit.what),
                                     .keys = keys_now(view()),
                                     .hint = "after " + rfc3339(not_before) + ": " + resume_command(view())},
                  .waiting = Waiting{.step = sit.step, .not_before = not_before, .what = sit.what}};
  }
  ports_.journal.release_lease();  // a colleague may look after it meanwhile
  if (!newcomers_join()) {
    // What is shown is the time to the end of the wait, not to the next look.
    const Millis afterwards = std::max(sit.left - sit.look_again, Millis{0});
    const auto tick = [&](Millis left) { ports_.person.waiting(sit.what, left + afterwards); };
    if (ports_.clock.wait(sit.look_again, tick) == Waited::interrupted) return interrupted(view());
    ports_.journal.take_lease(Seize::no);
  }
  seen_ = {};
  paused_ = {};
  turns_ = 0;
  unknowns_ = 0;
  burst_began_.reset();
  return {};
}

Engine::End Engine::act(const Write& write) {
  if (write.draft.kind == Kind::outcome) attention_is_over();
  const std::string text = told(view(), write.draft);
  const Step step = write.draft.step.value_or(Step::verify);
  const Direction led = view().direction;  // a row that is to be done again on the way forward is no undo
  append(write.draft, {.wrapped_key = {}, .sealed = {}, .shred = write.shred});
  if (!text.empty()) ports_.person.tell({.step = step, .direction = led, .text = text});
  // One consent, one answer: what it allowed may not happen again in a command that goes on for days.
  if (write.draft.kind == Kind::decision) wishes_.accept.erase(get(write.draft.detail, "word").value_or(""));
  if (write.draft.direction == Direction::forward && get(write.draft.detail, "state")) seen_.moved = true;
  // A row that was undone or a question that was answered asks for new reads and new consents.
  if (write.draft.kind == Kind::outcome) seen_.locations.clear();
  return {};
}

Engine::End Engine::act(const Perform& perform) {
  attention_is_over();
  switch (perform.op) {
    case Op::create_key: return create();
    case Op::write_location:
    case Op::restore_location: return change_location(perform);
    case Op::activate_key:
    case Op::deactivate_key:
    case Op::delete_key:
    case Op::undelete_key: return change_key(perform);
  }
  return {};
}

Engine::End Engine::act(const Ask& ask) {
  attention_is_over();
  Question question = ask.question;
  if (question.op == Op::deactivate_key) {
    question.undo_command = ports_.cloud.command_for(Op::activate_key, view().target.user, question.key);
  }
  const Consent consent = ports_.person.confirm(question);
  if (ports_.clock.interrupted()) return interrupted(view());
  if (consent != Consent::given)
    return Result{.ending = Ending::needs_operator, .problem = unanswered(view(), question, consent)};
  Draft draft = decision("consent", now());
  draft.step = question.step;
  draft.direction = question.direction;
  draft.key = question.key;
  draft.detail["to"] = question.what;
  const bool agreed = question.direction == Direction::forward && view().batch && stands(view(), question.step);
  if (agreed) draft.detail["under"] = view().batch->id;
  append(std::move(draft));
  seen_.consents.insert({question.step, question.direction});
  return {};
}

Engine::End Engine::act(const StopFor& stop) {
  const Attention& attention = stop.attention;
  raise(attention);
  for (const std::string& word_to_accept : attention.accept) {
    const Question question = question_of(attention, word_to_accept);
    const Consent consent = ports_.person.confirm(question);
    if (ports_.clock.interrupted()) return interrupted(view());
    if (consent == Consent::nobody_to_ask) break;
    if (consent == Consent::declined) continue;
    wishes_.accept.insert(word_to_accept);
    return {};
  }
  return Result{.ending = stop.ending,
                .problem = Problem{.message = attention.message, .keys = keys_now(view()), .hint = attention.hint}};
}

Engine::End Engine::act(const GiveUp& give_up) { return Result{.ending = give_up.ending, .problem = give_up.problem}; }
Engine::End Engine::act(const Closed&) { return Result{}; }
Engine::End Engine::act(const Reached&) { return Result{}; }

}  // namespace rotation
