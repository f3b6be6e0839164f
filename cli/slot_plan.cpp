#include "cli/slot_plan.hpp"

#include <algorithm>
#include <map>

#include "cli/alone.hpp"
#include "cli/finding.hpp"
#include "cli/output.hpp"
#include "cli/progress_line.hpp"
#include "rotation/stops.hpp"
#include "secrets_adapters/registry.hpp"

namespace cli {
namespace {

using inventory::Held;
using inventory::NextStep;
using inventory::SlotKey;
using inventory::SlotPlace;
using rotation::AccessKeyId;
using Sight = SlotPlace::Sight;

// As everywhere: whom nobody has needed for a quarter of a year.
constexpr rotation::Seconds long_unused{90 * 24 * 3600};

// ---- policies ----------------------------------------------------------------------------------------------------

class Policies {
 public:
  Policies(House& house, const Config& config, std::optional<rotation::Seconds> unused_for)
      : house_(house), config_(config), unused_for_(unused_for.value_or(long_unused)) {}

  // Throws Trouble (usage) for a policy below the floors.
  void put_into(PlannedUser& user) {
    user.policy = of(user);
    const rotation::Seconds quiet = std::max(user.policy.quiet, user.policy.cadence.value_or(rotation::Seconds{}));
    user.times.quiet = quiet + user.policy.lag + user.policy.granularity;
    user.times.long_unused = std::max(unused_for_, user.times.quiet);
    user.times.max_age = user.policy.max_age;
  }

  [[nodiscard]] bool excludes(const PlannedUser& user) const {
    const auto names = [&](const PolicyPatch& patch) {
      return patch.exclude_users && std::ranges::find(*patch.exclude_users, user.user) != patch.exclude_users->end();
    };
    const Account* account = config_.account(user.account);
    return names(config_.policy) || (account != nullptr && names(account->policy));
  }

  // Whether these calls are signed with it. Asked for few keys: finding it out may need a person's code.
  [[nodiscard]] bool signs(const PlannedUser& user, const AccessKeyId& key) {
    Cloud& cloud = cloud_of(user.account);
    if (!cloud.asked) {
      cloud.asked = true;
      if (cloud.access) cloud.signing = cloud.access->cloud().signing_key();
    }
    return cloud.signing == key;
  }

 private:
  struct Cloud {
    std::unique_ptr<CloudAccess> access;  // null: not to be had, which a look at remembered keys survives
    bool asked = false;
    std::optional<AccessKeyId> signing;
    std::optional<rotation::Policy> usual;  // of users without a target
  };

  Cloud& cloud_of(const rotation::AccountName& account) {
    const auto [found, fresh] = clouds_.try_emplace(account);
    const Account* described = config_.account(account);
    if (!fresh || described == nullptr) return found->second;
    try {
      found->second.access = house_.cloud(connection_of(*described, config_));
    } catch (const rotation::Trouble& trouble) {
      log(house_.options(), "plan", account.text() + ": " + trouble.problem().message);
    }
    return found->second;
  }

  rotation::Policy of(const PlannedUser& user) {
    Cloud& cloud = cloud_of(user.account);
    const bool own = config_.target(user.account, user.user) != nullptr;
    if (!own && cloud.usual) return *cloud.usual;
    const rotation::ProviderFacts facts = cloud.access ? cloud.access->cloud().facts() : rotation::ProviderFacts{};
    const bool loopback = facts.loopback || !cloud.access;
    const rotation::Policy policy = effective_policy(config_, user.account, user.user, {},
                                                     loopback ? Loopback::yes : Loopback::no, facts.granularity)
                                        .policy;
    if (!own) cloud.usual = policy;
    return policy;
  }

  House& house_;
  const Config& config_;
  rotation::Seconds unused_for_;
  std::map<rotation::AccountName, Cloud> clouds_;
};

// ---- open rotations ----------------------------------------------------------------------------------------------

class OpenRotations {
 public:
  explicit OpenRotations(House& house) {
    const auto reader = house.reader();
    if (!reader) return;
    for (const rotation::Summary& each : reader->rotations(store::Which::open)) {
      if (!open_.try_emplace(mark(each.target.provider, each.target.account_id, each.target.user)).second) continue;
      open_[mark(each.target.provider, each.target.account_id, each.target.user)] = {
          .id = each.id,
          .procedure = each.procedure,
          .next = rotation::next(as_it_stands(*reader, each.id).view, house.now())};
    }
  }

  [[nodiscard]] std::optional<OpenSlot> of(const PlannedUser& user) const {
    const auto found = open_.find(mark(user.provider, user.account_id, user.user));
    return found == open_.end() ? std::nullopt : std::optional{found->second};
  }

 private:
  static std::string mark(const std::string& provider, const rotation::AccountId& account,
                          const rotation::UserName& user) {
    return provider + "/" + account.text() + "/" + user.text();
  }
  std::map<std::string, OpenSlot> open_;
};

// ---- places ------------------------------------------------------------------------------------------------------

bool is_silent(const rotation::Holding& holds) {
  return holds.custody == rotation::Custody::by_hand ||
         (holds.custody == rotation::Custody::closed && !holds.mark.empty());
}

// What every key's home is looked up in.
class Homes {
 public:
  explicit Homes(WideSweep swept) : swept_(std::move(swept)) {
    for (const ReadPlace& place : swept_.locations) {
      by_target_[place.at.target].push_back(&place);
      if (place.holds.id) by_key_[*place.holds.id].push_back(&place);
      if (!place.trouble.empty()) gaps_.push_back(words_of(place.at) + " (" + place.trouble + ")");
    }
    for (const Unsearched& gap : swept_.unsearched) gaps_.push_back(gap.place.string() + " (" + gap.why + ")");
    for (const Unsearched& gap : swept_.absent) gaps_.push_back(gap.why);
  }

  [[nodiscard]] const std::vector<std::string>& gaps() const { return gaps_; }

  [[nodiscard]] const std::vector<const ReadPlace*>& of_target(const std::string& target) const {
    static const std::vector<const ReadPlace*> none;
    const auto found = by_target_.find(target);
    return found == by_target_.end() ? none : found->second;
  }

  void find(KeyOfUser& key, const std::string& own) const {
    bool elsewhere = false;
    const auto& places = holders_of(key.row.key.id);
    for (const ReadPlace* place : places) {
      key.homes.push_back({.target = place->at.target, .location = place->at.spec.name.text()});
      elsewhere = elsewhere || place->at.target != own;
    }
    const std::size_t configured = key.homes.size();
    add_files(key, places);
    if (elsewhere || key.homes.size() > configured) {
      key.facts.held = Held::elsewhere;
    } else if (configured > 0) {
      key.facts.held = Held::own;
    } else {
      const auto silent = [](const ReadPlace* place) { return is_silent(place->holds); };
      const bool all_seen = gaps_.empty() && std::ranges::none_of(of_target(own), silent);
      key.facts.held = all_seen ? Held::nowhere : Held::unknown;
    }
  }

 private:
  using Places = std::vector<const ReadPlace*>;

  [[nodiscard]] const Places& holders_of(const AccessKeyId& key) const {
    static const Places none;
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? none : found->second;
  }

  void add_files(KeyOfUser& key, const Places& places) const {
    const auto files = swept_.files.find(key.row.key.id);
    if (files == swept_.files.end()) return;
    for (const secrets_adapters::SearchedFile& file : files->second) {
      for (const secrets_adapters::Spot& spot : file.spots) {
        const auto is_it = [&](const ReadPlace* place) { return is_spot_of(place->at.spec, file, spot); };
        if (std::ranges::none_of(places, is_it)) {
          key.homes.push_back({.target = {}, .location = {}, .file = file.file, .line = spot.line});
        }
      }
      if (file.more > 0) key.homes.push_back({.target = {}, .location = {}, .file = file.file, .more = file.more});
    }
  }

  WideSweep swept_;
  std::map<std::string, Places> by_target_;
  std::map<AccessKeyId, Places> by_key_;
  std::vector<std::string> gaps_;
};

// Nobody can tell which of two secrets beside the same id is the right one.
bool agrees(const ReadPlace& place, const std::vector<const ReadPlace*>& all) {
  if (!place.holds.secret || rotation::is_derived(place.at.spec)) return true;
  return std::ranges::all_of(all, [&](const ReadPlace* other) {
    const bool comparable = other->holds.secret && other->holds.id == place.holds.id;
    return !comparable || rotation::is_derived(other->at.spec) || other->holds.secret->same_as(*place.holds.secret);
  });
}

std::vector<SlotPlace> slot_places(const std::vector<const ReadPlace*>& places) {
  std::vector<SlotPlace> all;
  for (const ReadPlace* place : places) {
    const bool silent = is_silent(place->holds);
    all.push_back({.holds = place->holds.id,
                   .sight = !place->trouble.empty() ? Sight::unreadable
                            : silent                ? Sight::silent
                                                    : Sight::open,
                   .shows_secret = place->holds.secret.has_value() && !rotation::is_derived(place->at.spec),
                   .writable = place->not_writable.empty(),
                   .optional = place->at.spec.optional,
                   .same_secret = agrees(*place, places)});
  }
  return all;
}

// ---- all together ------------------------------------------------------------------------------------------------

class Planner {
 public:
  Planner(House& house, const Config& config, const SlotPlanWords& words)
      : house_(house), config_(config), words_(words), policies_(house, config, words.unused_for), open_(house) {}

  void take(KeyRow row) {
    const bool same = !users_.empty() && collecting_ && users_.back().account == row.account &&
                      users_.back().account_id == row.account_id && users_.back().user == row.user;
    if (!same) begin_user(row);
    PlannedUser& user = users_.back();
    ++plan_.counts.keys;
    const auto& used = row.used;
    SlotKey facts{.key = row.key,
                  .used_at = used ? used->at : std::nullopt,
                  .use = inventory::slot_use(row.key, used, user.times, row.seen_at),
                  .held = Held::unknown,
                  .too_old = row.seen_at - row.key.created_at > user.times.max_age};
    user.keys.push_back({.row = std::move(row), .facts = std::move(facts)});
  }

  // The user whose keys have all come: stays if there is something to look into.
  void end_user() {
    if (!collecting_) return;
    collecting_ = false;
    const PlannedUser& user = users_.back();
    const auto notable = [](const KeyOfUser& key) {
      return key.facts.too_old || key.row.key.status != rotation::KeyStatus::active;
    };
    if (words_.all || user.open || user.keys.size() > 1 || std::ranges::any_of(user.keys, notable)) return;
    ++plan_.counts.next.at(static_cast<std::size_t>(NextStep::nothing));
    users_.pop_back();
  }

  [[nodiscard]] SlotPlan run(rotation::Time now) {
    const Homes homes{look()};
    plan_.not_looked_into = homes.gaps();
    for (PlannedUser& user : users_) decide(user, homes, now);
    std::ranges::stable_sort(users_, {}, [](const PlannedUser& user) { return user.advice.next; });
    plan_.users = std::move(users_);
    return std::move(plan_);
  }

  SlotCounts& counts() { return plan_.counts; }

 private:
  void begin_user(const KeyRow& row) {
    end_user();
    collecting_ = true;
    ++plan_.counts.with_key;
    users_.push_back({.account = row.account,
                      .provider = row.provider,
                      .account_id = row.account_id,
                      .user = row.user,
                      .user_id = row.user_id});
    policies_.put_into(users_.back());
    users_.back().open = open_.of(users_.back());
  }

  [[nodiscard]] WideSweep look() {
    std::vector<AccessKeyId> ids;
    for (const PlannedUser& user : users_) {
      for (const KeyOfUser& key : user.keys) ids.push_back(key.row.key.id);
    }
    if (ids.empty()) return {};
    ProgressLine line{err_style(house_.options())};
    return sweep_for(house_, config_, ids, Writing::asked,
                     {.more_paths = {}, .progress = [&](const std::string& text) { line.show(text); }});
  }

  void decide(PlannedUser& user, const Homes& homes, rotation::Time now) {
    inventory::UserSlots slots;
    const auto& places = homes.of_target(user.target());
    for (KeyOfUser& key : user.keys) {
      homes.find(key, user.target());
      slots.keys.push_back(key.facts);
    }
    slots.places = slot_places(places);
    slots.open_rotation = user.open.has_value();
    slots.excluded = policies_.excludes(user);
    user.advice = inventory::advise(slots);
    if (user.advice.next == NextStep::retire) {
      for (SlotKey& key : slots.keys) key.signs = policies_.signs(user, key.key.id);
      user.advice = inventory::advise(slots);
    }
    ++plan_.counts.next.at(static_cast<std::size_t>(user.advice.next));
    put_into_words(user, places, homes.gaps().empty() ? std::string() : homes.gaps().front(), now);
  }

  House& house_;
  const Config& config_;
  const SlotPlanWords& words_;
  Policies policies_;
  OpenRotations open_;
  std::vector<PlannedUser> users_;
  bool collecting_ = false;  // the last of them may have more keys
  SlotPlan plan_;
};

}  // namespace

SlotPlan plan_slots(House& house, const Config& config, KeysSeen& seen, const SlotPlanWords& words) {
  const rotation::Time now = seen.scanned().as_of;
  Planner planner{house, config, words};
  seen.each([&](KeyRow row) { planner.take(std::move(row)); });
  planner.end_user();
  for (const inventory::ScanLine& scan : seen.scanned().scans) planner.counts().users += scan.users;
  return planner.run(now);
}

}  // namespace cli
