#include "cli/drive.hpp"

#include <exception>
#include <nlohmann/json.hpp>

#include "cli/clean_warn.hpp"
#include "cli/dry_run.hpp"
#include "cli/exit_codes.hpp"
#include "cli/guided.hpp"
#include "cli/json.hpp"
#include "cli/output.hpp"
#include "cli/render_problem.hpp"
#include "cli/render_rotation.hpp"
#include "cli/standing.hpp"
#include "rotation/drafts.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

// Its row says neither how long its grace is nor what was agreed to.
rotation::Next next_of(const Driven& driven, const rotation::Instant& now) {
  return driven.row_only ? rotation::Next{} : rotation::next(driven.view, now);
}

RotationReport report_of(House& house, const Driven& driven) {
  return {.view = &driven.view, .next = next_of(driven, house.now()), .error = driven.failure};
}

std::optional<Failure> failure_in(const rotation::Result& result) {
  if (result.ending == rotation::Ending::ok) return std::nullopt;
  return Failure{.ending = result.ending, .problem = result.problem.value_or(rotation::Problem{})};
}

Bench bench_for(House& house, store::JournalStore& store, const rotation::View& view) {
  return Bench{house, view, [&store] { return store.reader().holds_wrapped_key(); }};
}

// Somebody tried the key during its grace, and at the start it was said that it is to work again then.
bool to_reactivate(const rotation::View& view) {
  const bool tried = view.attention && view.attention->code == rotation::AttentionCode::check_failed;
  return tried && view.batch && view.batch->on_use == rotation::OnUse::reactivate &&
         view.state == rotation::State::deactivated && view.direction == rotation::Direction::forward;
}

// Agreed to as one of many that nobody uses; it was used, and nothing has been done to it yet.
bool to_leave_alone(const rotation::View& view) {
  return view.batch && !view.standing && !view.consent_over.empty() && !view.old_maybe_inactive &&
         view.state < rotation::State::deactivated && view.direction == rotation::Direction::forward && !view.pending;
}

// Noted once, so that whoever only reads the journal is told, too.
void note_agreement(House& house, rotation::Journal& journal) {
  const rotation::View& view = journal.view();
  if (!view.open() || !view.standing || !view.standing->by_config) return;
  const auto step = rotation::next(view, house.now()).step;
  if (!step || !view.standing->steps.contains(*step) || view.direction == rotation::Direction::back) return;
  const bool agrees = house.still_agreed(view, *step);
  if (agrees != view.standing->withdrawn) return;
  journal.append(rotation::observation(agrees ? "consent_renewed" : "consent_withdrawn", house.now()), {});
}

// Its owner was to be told first, and the config has nobody any more who would do that.
bool waits_for_nobody(House& house, const rotation::View& view) {
  if (!untold(view) || view.state < rotation::State::verified) return false;
  try {
    return !house.config().clean.warn;
  } catch (const rotation::Trouble&) {
    return false;
  }
}

rotation::Result nobody_tells(const rotation::View& view) {
  return {.ending = rotation::Ending::needs_operator,
          .problem = rotation::Problem{
              .message = "The owner of " + view.old_key.text() + ", " + view.batch->owner +
                         ", was to be told before it goes, and clean.warn is gone from the config: nobody tells him.",
              .keys = rotation::keys_now(view),
              .hint = rotation::rollback_command(view) +
                      " ends it; with clean.warn back in the config: " + rotation::clean_command(view)}};
}

rotation::Result lead(House& house, Bench& bench, rotation::Journal& journal, const rotation::Wishes& wishes,
                      Person whom) {
  Guided guided{house, bench};
  Standing person{journal, whom == Person::asked ? &guided : nullptr,
                  [&house](const rotation::View& view, rotation::Step step) { return house.still_agreed(view, step); }};
  rotation::Ports ports = bench.ports(journal, person);
  if (journal.view().standing && journal.view().standing->withdrawn) note_agreement(house, journal);
  rotation::Result result = rotation::advance(ports, wishes);
  if (to_reactivate(journal.view())) {
    return rotation::roll_back(ports, "it was tried during its grace: " + journal.view().attention->message, wishes);
  }
  if (result.ending == rotation::Ending::needs_operator) note_agreement(house, journal);
  if (result.ending == rotation::Ending::waiting && waits_for_nobody(house, journal.view())) {
    return nobody_tells(journal.view());
  }
  const bool settled = result.ending == rotation::Ending::needs_operator || result.ending == rotation::Ending::waiting;
  if (whom == Person::nobody && settled && to_leave_alone(journal.view())) {
    return rotation::roll_back(ports, journal.view().consent_over, wishes);
  }
  return result;
}

using Work = std::function<rotation::Result(rotation::Ports&)>;

enum class Late : bool { no, yes };  // a completed rotation may be turned back, too

Rehearsed imagine(House& house, store::JournalStore& store, const rotation::RotationId& id, Late late,
                  const Work& work) {
  const auto journal = store.open(id, house.actor());
  Rehearsed rehearsed;
  if (!journal->view().open() && !(late == Late::yes && journal->view().late_undo())) {
    rehearsed.driven.view = journal->view();
    return rehearsed;
  }
  Bench bench = bench_for(house, store, journal->view());
  DryRun imagined{journal->view(), bench.world(), journal.get(),
                  [&](const std::string& line) { rehearsed.would.push_back(line); }};
  rehearsed.driven = drive(imagined.journal(), [&] {
    rotation::Ports ports = imagined.ports();
    return work(ports);
  });
  return rehearsed;
}

// `would_end`: how the real run would end at last; that the rehearsal found it is no error.
std::string with_rehearsal(const std::string& document, const std::vector<std::string>& would, bool would_end) {
  auto json = nlohmann::ordered_json::parse(document);
  if (would_end) {
    const auto& end = json["error"];
    json["would_end"] = {{"code", end["code"]}, {"message", end["message"]}, {"hint", end["hint"]}};
    json.erase("error");
  }
  json["dry_run"] = true;
  json["would"] = would;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

Driven drive(rotation::Journal& journal, const std::function<rotation::Result()>& work) {
  Driven driven;
  try {
    driven.failure = failure_in(work());
  } catch (...) {
    driven.failure = failure_of(std::current_exception());
  }
  journal.release_lease();
  driven.view = journal.view();
  return driven;
}

std::set<std::string> unused_words(const store::JournalReader& reader, const rotation::View& before,
                                   const rotation::Wishes& wishes) {
  std::set<std::string> unused;
  for (const std::string& word : wishes.accept) {
    if (!before.accepted.contains(word)) unused.insert(word);
  }
  if (unused.empty()) return unused;
  for (const rotation::Record& record : reader.records(before.id)) {
    if (record.seq <= before.seq || record.what.kind != rotation::Kind::decision) continue;
    unused.erase(rotation::get(record.what.detail, "word").value_or(""));
    if (record.what.location) unused.erase("waive_location:" + record.what.location->text());
  }
  return unused;
}

Driven start_and_go(House& house, Bench& bench, const rotation::Prospect& prospect, const rotation::Wishes& wishes) {
  store::JournalStore store = house.store();
  house.end_late_undos(store);
  const auto journal = store.begin(prospect.start, house.actor(), prospect.caller,
                                   [&](const rotation::RotationId& id) { return bench.sealed_at_start(prospect, id); });
  bench.now_of(journal->view());
  const rotation::View before = journal->view();
  Driven driven = drive(*journal, [&] { return lead(house, bench, *journal, wishes, Person::asked); });
  driven.unused = unused_words(store.reader(), before, wishes);
  return driven;
}

Driven go_on(House& house, store::JournalStore& store, const rotation::RotationId& id, const rotation::Wishes& wishes,
             Person whom) {
  if (whom == Person::asked) house.end_late_undos(store);
  const auto journal = store.open(id, house.actor());
  const rotation::View before = journal->view();
  if (!before.open()) return {.view = before, .failure = {}, .unused = wishes.accept};
  Driven driven = drive(*journal, [&] {
    Bench bench = bench_for(house, store, journal->view());
    return lead(house, bench, *journal, wishes, whom);
  });
  driven.unused = unused_words(store.reader(), before, wishes);
  return driven;
}

Rehearsed rehearse(House& house, store::JournalStore& store, const rotation::RotationId& id,
                   const rotation::Wishes& wishes) {
  return imagine(house, store, id, Late::no, [&](rotation::Ports& ports) { return rotation::advance(ports, wishes); });
}

Rehearsed rehearse_rollback(House& house, store::JournalStore& store, const rotation::RotationId& id,
                            const std::string& reason, const rotation::Wishes& wishes) {
  return imagine(house, store, id, Late::yes,
                 [&](rotation::Ports& ports) { return rotation::roll_back(ports, reason, wishes); });
}

Rehearsed rehearse_start(House& house, Bench& bench, const rotation::Prospect& prospect,
                         const rotation::Wishes& wishes) {
  Rehearsed rehearsed;
  const auto say = [&](const std::string& line) { rehearsed.would.push_back(line); };
  DryRun imagined{imagined_start(prospect.start, house.actor().person, house.now().wall), bench.world(), nullptr, say};
  imagined.adopt(prospect);
  rehearsed.driven = drive(imagined.journal(), [&] {
    rotation::Ports ports = imagined.ports();
    return rotation::advance(ports, wishes);
  });
  return rehearsed;
}

namespace {

void warn_of_unused(const std::set<std::string>& words) {
  for (const std::string& word : words)
    warn("Warning: --accept " + visible(word) + " was not asked for and did nothing.\n");
}

}  // namespace

int report(House& house, const Driven& driven) {
  house.person().clear_line();
  const RotationReport shown = report_of(house, driven);
  if (house.options().json) {
    print_line(json::rotation(shown));
  } else {
    print(rotation_text(shown, house.now().wall, out_style(house.options())));
    if (driven.failure) warn(problem_text(*driven.failure, driven.view, err_style(house.options())));
  }
  warn_of_unused(driven.unused);
  return exit_code(driven.ending());
}

std::vector<RotationReport> reports_of(std::span<const Driven> all, const rotation::Instant& now) {
  std::vector<RotationReport> shown;
  for (const Driven& each : all) {
    shown.push_back({.view = &each.view, .next = next_of(each, now), .error = each.failure});
  }
  return shown;
}

void warn_of_failures(const Options& options, std::span<const Driven> all) {
  for (const Driven& each : all) {
    if (!each.failure) continue;
    warn(rotation::target_words(each.view.target) + ":\n");
    warn(problem_text(*each.failure, each.view, err_style(options)));
  }
}

int report_all(House& house, const std::vector<Driven>& all) {
  house.person().clear_line();
  const std::vector<RotationReport> shown = reports_of(all, house.now());
  std::vector<rotation::Ending> endings;
  std::set<std::string> unused = all.empty() ? std::set<std::string>{} : all.front().unused;
  for (const Driven& driven : all) {
    std::erase_if(unused, [&](const std::string& word) { return !driven.unused.contains(word); });
    endings.push_back(driven.ending());
  }
  if (house.options().json) {
    print_line(json::rotations(shown));
  } else {
    print(open_list_text(shown, house.now().wall, out_style(house.options())));
    warn_of_failures(house.options(), all);
  }
  warn_of_unused(unused);
  return exit_code(together(endings));
}

int report(House& house, const Rehearsed& rehearsed) {
  const auto& failure = rehearsed.driven.failure;
  // Nothing waits or is asked in a dry run: that the real one would is one more thing to say.
  const bool waits =
      failure && (failure->ending == rotation::Ending::waiting ||
                  (failure->ending == rotation::Ending::needs_operator && !rehearsed.driven.view.attention));
  if (house.options().json) {
    print_line(with_rehearsal(json::rotation(report_of(house, rehearsed.driven)), rehearsed.would, waits));
  } else {
    for (const std::string& line : rehearsed.would) print_line(visible(line));
    if (rehearsed.would.empty()) print_line("nothing would be sent");
    if (waits) print_line("then: " + visible(failure->problem.message));
    print_line("Nothing was changed.");
    if (failure && !waits) warn(problem_text(*failure, rehearsed.driven.view, err_style(house.options())));
  }
  return waits ? exit_code(rotation::Ending::ok) : exit_code(rehearsed.driven.ending());
}

int report_turned(House& house, const rotation::Turned& turned) {
  if (house.options().json) {
    print_line(json::turned(turned));
  } else {
    warn(turned_text(turned, err_style(house.options())));
  }
  return exit_code(turned.ending);
}

}  // namespace cli
