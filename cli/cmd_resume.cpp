// resume: settles what was interrupted and goes on as far as it may. All is pinned; the config only
// says whether it still agrees to what it once agreed to, and how many keys of a batch may be at work at once.
#include <algorithm>

#include "cli/alone.hpp"
#include "cli/batch.hpp"
#include "cli/commands.hpp"
#include "cli/compose.hpp"
#include "cli/drive.hpp"
#include "cli/exit_codes.hpp"
#include "cli/named.hpp"
#include "cli/output.hpp"

namespace cli {
namespace {

struct ResumeWords {
  std::vector<std::string> rotations;
  std::optional<std::string> profile;
  std::optional<std::string> location;
  Consents consents;
  bool all = false;
  bool dry_run = false;
};

std::vector<rotation::RotationId> chosen(const House& house, const std::optional<store::JournalReader>& reader,
                                         const ResumeWords& words) {
  std::vector<rotation::RotationId> ids;
  if (words.all) {
    if (!words.rotations.empty() || words.profile) {
      throw usage("--all means every open rotation; it goes with no ROTATION.", "keybaton resume --all");
    }
    if (!reader) return ids;
    for (const rotation::Summary& each : reader->rotations(store::Which::open)) ids.push_back(each.id);
    return ids;
  }
  if (words.rotations.empty()) return {named_rotation(house, reader, {.target = {}, .profile = words.profile})};
  for (const std::string& text : words.rotations) {
    ids.push_back(named_rotation(house, reader, {.target = text, .profile = words.profile}));
  }
  return ids;
}

rotation::Wishes wishes_for(const ResumeWords& words, bool somebody_there) {
  rotation::Wishes wishes = wishes_of(words.consents, somebody_there);
  if (words.location) wishes.only_location = rotation::LocationName{*words.location};
  return wishes;
}

void require_location(const store::JournalReader& reader, const rotation::RotationId& id, const std::string& name) {
  const rotation::View view = reader.view(id);
  if (view.find(rotation::LocationName{name}) != nullptr) return;
  throw usage("Rotation " + id.text() + " has no location \"" + name + "\".", "keybaton status " + id.text());
}

std::vector<Driven> go_on_with_all(House& house, store::JournalStore& store,
                                   const std::vector<rotation::RotationId>& ids, const rotation::Wishes& wishes) {
  std::vector<Driven> all;
  for (const rotation::RotationId& id : ids) {
    all.push_back(alone(house, store.reader(), id, [&] { return go_on(house, store, id, wishes); }));
    if (house.clock().interrupted()) break;
  }
  return all;
}

std::size_t width_of(const House& house) {
  try {
    return house.config().clean.parallel;
  } catch (const rotation::Trouble&) {
    return CleanSettings{}.parallel;
  }
}

// All of a batch, under the consent that each of its rotations has on record: nothing else is agreed to for all of
// them.
int resume_batch(House& house, const std::optional<store::JournalReader>& reader, const ResumeWords& words,
                 const std::string& batch) {
  const bool more = words.rotations.size() > 1 || words.all || words.profile || words.location || words.dry_run;
  if (more) throw usage("A batch is gone on with by itself.", "keybaton resume " + batch);
  const Consents& given = words.consents;
  if (given.yes || !given.accept.empty() || given.override_reason || given.through) {
    throw usage("What is agreed to here would hold for every key of the batch.",
                "keybaton status " + batch + " names each rotation; resume those one by one");
  }
  const Members members = members_of(reader, batch);
  house.share(members.keys);
  std::vector<Driven> all = advance_all(house, members.rotations, width_of(house));
  add_unreadable(house, *reader, members, all);
  return report_batch(house, members.batch, all);
}

std::optional<std::string> batch_meant(const House& house, const std::optional<store::JournalReader>& reader,
                                       const ResumeWords& words) {
  const auto named = std::ranges::find_if(words.rotations, names_batch);
  if (named != words.rotations.end()) return *named;
  const bool unnamed = words.rotations.empty() && !words.profile && !words.all;
  return unnamed ? open_batch(house, reader) : std::nullopt;
}

int resume(const Options& options, const ResumeWords& words) {
  House house{options, words.consents};
  const auto reader = house.reader();
  house.warn_of_missing_journal(reader);
  if (const auto batch = batch_meant(house, reader, words)) return resume_batch(house, reader, words, *batch);
  const std::vector<rotation::RotationId> ids = chosen(house, reader, words);
  if (ids.empty()) {
    // A nightly resume is what brings a late undo to its end.
    if (reader && !words.dry_run) {
      store::JournalStore store = house.store();
      house.end_late_undos(store);
    }
    return report_all(house, {});
  }
  if (words.location) {
    for (const rotation::RotationId& id : ids) require_location(*reader, id, *words.location);
  }
  store::JournalStore store = house.store();
  if (words.dry_run && ids.size() > 1) {
    throw usage("--dry-run takes one rotation at a time.", "keybaton resume " + ids.front().text() + " --dry-run");
  }
  if (words.dry_run) return report(house, rehearse(house, store, ids.front(), wishes_for(words, false)));
  // Several at once never sit through one's quiet while others could move.
  const bool wait = ids.size() == 1 && house.person().somebody_there();
  const rotation::Wishes wishes = wishes_for(words, wait);
  if (ids.size() == 1 && !words.all) {
    return report(house,
                  alone(house, store.reader(), ids.front(), [&] { return go_on(house, store, ids.front(), wishes); }));
  }
  return report_all(house, go_on_with_all(house, store, ids, wishes));
}

}  // namespace

void describe_resume(Describer& front) {
  auto words = std::make_shared<ResumeWords>();
  Describer command = front.command("resume", "settle what was interrupted and go on as far as it may");
  command
      .texts("rotations", words->rotations, "ids, unique prefixes, ACCOUNT/USER, or a batch; none: what is open",
             "ROTATION")
      .text("--profile", words->profile, "the rotation of this profile's key", "NAME")
      .flag("--all", words->all, "every open rotation")
      .text("--location", words->location, "retry just this location", "NAME")
      .flag("--dry-run", words->dry_run, "perform no effect, print what would be sent")
      .consents(words->consents)
      .examples(
          "  keybaton resume                               the one open rotation, or the one open batch\n"
          "  keybaton resume prod/support-api --yes=deactivate\n"
          "  keybaton resume --all --json                  from cron; exit 3 means: come back later\n"
          "  keybaton resume r-01JD --accept orphan:AKIA…  a word that status showed");
  command.runs([words](const Options& options) { return resume(options, *words); });
}

}  // namespace cli
