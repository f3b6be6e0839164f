// Invariants 1 to 21 in every reachable state: each sequence of faults, crashes, meddling and turning back, explored
// breadth first from every durable state that was reached before.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "fake_world.hpp"

namespace fake {
namespace {

struct Node {
  World world;
  int faults_left = 0;
  bool may_turn_back = true;
  std::string story;  // what led here, for a failure's message
};

struct Tally {
  long runs = 0, crashes = 0, ends = 0, nodes = 0;
  std::set<const Cell*> cells;
};

Policy quick_policy() {
  Policy policy;
  policy.quiet = Seconds{3600};
  policy.grace = Seconds{7200};
  policy.lag = Seconds{600};
  policy.granularity = Seconds{60};
  policy.check_every = Seconds{900};
  return policy;
}

Policy late_undo_policy() {
  Policy policy = quick_policy();
  policy.late_undo = std::chrono::hours{24 * 30};
  return policy;
}

int depth() {
  const char* wanted = std::getenv("KEYBATON_FAULTS");
  return wanted != nullptr ? std::atoi(wanted) : 2;
}

// What was being tried, for the case that our own assertion ends the process.
std::string& trying() {
  static std::string text;
  return text;
}

class Explorer {
 public:
  explicit Explorer(const Scene& scene)
      : scene_(scene), people_(std::ranges::any_of(scene.sites, [](const Site& each) {
          return each.nature == Nature::by_hand || each.nature == Nature::reviewed;
        })) {}

  void explore(int faults) {
    World world = opening(scene_);
    if (scene_.through) run(world, {.through = scene_.through, .faults = {}});
    push({.world = std::move(world), .faults_left = faults, .may_turn_back = true, .story = "start"});
    while (!nodes_.empty() && failures_ < 5) {
      const Node node = std::move(nodes_.front());
      nodes_.pop_front();
      ++tally.nodes;
      if (node.world.view.open()) visit(node, {}, {}, 0);
      if (node.may_turn_back) {
        Command back{.rollback = true, .accept = {}, .override_reason = {}, .through = {}, .faults = {}};
        visit(node, back, {}, 0);
      }
      // And what a person may answer to what this state asks.
      if (node.world.view.attention) {
        for (const std::string& accept : node.world.view.attention->accept) {
          Command answer{.rollback = false, .accept = {accept}, .override_reason = {}, .through = {}, .faults = {}};
          visit(node, answer, " --accept " + accept, 0);
        }
      }
      people_act(node);
      must_end(node);
    }
  }

  Tally tally;

 private:
  void push(Node node) {
    // Completed where the delete can be undone for a while is not the end of all.
    if (!node.world.view.open() && !(node.world.view.late_undo() && node.may_turn_back)) return;
    std::string key = fingerprint(node.world) + std::to_string(node.faults_left) + (node.may_turn_back ? "t" : "");
    if (seen_.insert(std::move(key)).second) nodes_.push_back(std::move(node));
  }

  void report(const World& world, const std::string& story) {
    for (const std::string& broken : world.broken) ADD_FAILURE() << broken << "\n  after: " << story;
    if (!world.broken.empty()) ++failures_;
  }

  // What is done beside keybaton: a person puts the pair into a place of his, a reviewer merges what he finds.
  void people_act(const Node& node) {
    for (const auto& [name, place] : node.world.places) {
      if (place.nature == Nature::by_hand && node.world.view.open()) {
        visit(node, {.by_hand = name, .accept = {}, .override_reason = {}, .through = {}, .faults = {}},
              " by hand in " + name.text(), 0);
      }
    }
    Node merged = node;
    if (!reviewer_merges(merged.world)) return;
    merged.story += "; merged";
    report(merged.world, merged.story);
    push(std::move(merged));
  }

  // One command with the faults chosen so far, and then with one more at each later call.
  void visit(const Node& node, Command command, const std::string& told, int from) {
    World world = node.world;
    if (!command.rollback && world.view.direction == Direction::back) command.rollback = true;
    trying() = node.story + (command.rollback ? "; rollback" : "; resume") + told;
    const Ran ran = run(world, command, &tally.cells);
    ++tally.runs;
    if (!ran.result) ++tally.crashes;
    const std::string story = node.story + (command.rollback ? "; rollback" : "; resume") + told;
    if (!world.view.open()) {
      ++tally.ends;
      check_end(world);
      undo_late(node, world, story, static_cast<int>(command.faults.size()));
    }
    report(world, story);
    if (failures_ >= 5) return;
    const int used = static_cast<int>(command.faults.size());
    // Where a person has his part, a command ends before the rotation does although all went well.
    const bool well = used == 0 && !command.rollback && !command.by_hand && command.accept.empty();
    const bool only_waits = people_ && well;
    if (used > 0 || command.rollback || command.by_hand || only_waits || !command.accept.empty()) {
      world.broken.clear();
      push({.world = std::move(world),
            .faults_left = only_waits ? std::min(node.faults_left, 1) : node.faults_left - used,
            .may_turn_back = node.may_turn_back && !command.rollback,
            .story = story});
    }
    if (used == node.faults_left) return;
    for (int call = from; call < static_cast<int>(ran.calls.size()); ++call) {
      for (const Fault fault : faults_at(ran.calls[static_cast<std::size_t>(call)], scene_.cloud)) {
        Command worse = command;
        worse.faults[call] = fault;
        visit(node, worse,
              told + " [fault " + std::to_string(static_cast<int>(fault)) + " at " + std::to_string(call) + "]",
              call + 1);
      }
    }
  }

  void undo_late(const Node& node, const World& world, const std::string& story, int used) {
    if (!world.broken.empty() || !world.view.late_undo()) return;
    // One fault less than elsewhere: the way back from here is long, and much of it was walked from the other states.
    const int left = std::max(0, std::min(node.faults_left - used, depth() - 1));
    push({.world = world, .faults_left = left, .may_turn_back = node.may_turn_back, .story = story});
  }

  // Invariant 18: with everything well again, the hints alone lead to an end.
  void must_end(const Node& node) {
    World world = node.world;
    Command command{.rollback = world.view.direction == Direction::back || !world.view.open(),
                    .accept = {},
                    .override_reason = {},
                    .through = {},
                    .faults = {}};
    std::string told;
    for (int commands = 0; commands < 12; ++commands) {
      trying() = node.story + told;
      const Ran ran = run(world, command, &tally.cells);
      ++tally.runs;
      if (!world.view.open()) {
        check_end(world);
        report(world, node.story + told);
        return;
      }
      told += "; then exit " + std::string(word(ran.result->ending)) + ": " +
              (ran.result->problem ? ran.result->problem->message + " -> " + ran.result->problem->hint : "");
      command = follow(world, *ran.result);
      person_clears(world, *ran.result);
      reviewer_merges(world);
    }
    for (const Record& record : world.records) {
      std::printf("%d %s %s", record.seq, rfc3339(record.at).c_str(), std::string(word(record.what.kind)).c_str());
      for (const auto& [key, value] : record.what.detail) std::printf(" %s=%s", key.c_str(), value.c_str());
      std::printf(" %s\n", record.what.outcome ? std::string(word(*record.what.outcome)).c_str() : "");
    }
    ADD_FAILURE() << "invariant 18: no end in 12 commands\n  after: " << node.story << told;
    ++failures_;
  }

  Scene scene_;
  bool people_;
  std::deque<Node> nodes_;
  std::unordered_set<std::string> seen_;
  int failures_ = 0;
};

struct Named {
  const char* name;
  Scene scene;
};

const int told_at_exit = std::atexit([] {
  if (!trying().empty()) std::printf("ended while trying: %s\n", trying().c_str());
});

// One test, so that the rows of all scenes are counted together.
TEST(Exhaustive, every_fault_leads_to_a_safe_end_by_the_hints_alone_and_takes_each_row_of_the_table) {
  const std::vector<Named> scenes{
      {"rotate", {.sites = {{}, {}}, .policy = quick_policy()}},
      {"deployed", {.policy = quick_policy(), .through = Step::deploy}},
      {"self-rotation", {.self = true, .policy = quick_policy()}},
      {"retire", {.procedure = Procedure::retire, .policy = quick_policy()}},
      {"rotate-with-bin", {.cloud = Habits::recycles, .policy = quick_policy()}},
      {"late-undo", {.cloud = Habits::recycles, .policy = late_undo_policy()}},
      {"retire-with-bin", {.cloud = Habits::recycles, .procedure = Procedure::retire, .policy = quick_policy()}},
      {"closed", {.sites = {{.nature = Nature::closed}, {}}, .policy = quick_policy()}},
      {"people", {.sites = {{.nature = Nature::by_hand}, {.nature = Nature::reviewed}}, .policy = quick_policy()}},
      {"in-parts",
       {.sites = {{.nature = Nature::two_step}, {.nature = Nature::derived_part}}, .policy = quick_policy()}},
      {"canary", {.sites = {{.optional = true}, {.canary = true}}, .policy = quick_policy()}}};
  // One scene alone takes a share of the time, and of the rows.
  const char* only = std::getenv("KEYBATON_SCENE");
  std::set<const Cell*> taken;
  for (const Named& each : scenes) {
    if (only != nullptr && each.name != std::string_view{only}) continue;
    Explorer explorer{each.scene};
    explorer.explore(depth());
    trying().clear();
    const Tally& tally = explorer.tally;
    std::printf("%s: %ld runs, %ld of them crashed, %ld ends, from %ld states, over %zu rows of the table\n", each.name,
                tally.runs, tally.crashes, tally.ends, tally.nodes, tally.cells.size());
    taken.insert(tally.cells.begin(), tally.cells.end());
  }
  ASSERT_FALSE(taken.empty()) << "there is no scene " << only;
  if (only != nullptr) return;
  for (const Cell& cell : reconcile_table()) {
    EXPECT_TRUE(taken.contains(&cell)) << "row " << &cell - reconcile_table().data() << ": " << word(cell.resume)
                                       << ", " << cell.why;
  }
}

}  // namespace
}  // namespace fake
