// The reconcile table against the design: every line of it by name, the five principles for the rest, and that the
// table is total. The expectations are written down from the design, not from the table.
#include "rotation/reconcile.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace rotation {
namespace {

constexpr auto A = Seen::active, I = Seen::inactive, X = Seen::absent, E = Seen::unusable;
constexpr auto none = Seen::none, orphan = Seen::orphan;
constexpr auto rotate = Procedure::rotate, retire = Procedure::retire;
constexpr auto forward = Direction::forward, back = Direction::back;
constexpr auto planned = State::planned, created = State::created, deployed = State::deployed,
               verified = State::verified, deactivated = State::deactivated;
constexpr auto nothing = Open::nothing;
constexpr auto stranger = Stranger::yes;

std::string told(const Situation& at) {
  std::string text;
  for (const std::string_view part :
       {word(at.procedure), word(at.direction), word(at.state), word(at.open), word(at.old_key), word(at.new_key)}) {
    text += std::string(part) + " | ";
  }
  return text + (at.stranger == Stranger::yes ? "stranger" : "-") + (at.bin == Bin::yes ? " | bin" : "");
}

template <class F>
void each_possible(F&& visit) {
  for (std::size_t p = 0; p < Words<Procedure>::all.size(); ++p) {
    for (std::size_t s = 0; s < Words<State>::all.size(); ++s) {
      for (std::size_t d = 0; d < Words<Direction>::all.size(); ++d) {
        for (std::size_t open = 0; open < Words<Open>::all.size(); ++open) {
          for (std::size_t o = 0; o < Words<Seen>::all.size(); ++o) {
            for (std::size_t n = 0; n < Words<Seen>::all.size(); ++n) {
              for (const Stranger there : {Stranger::no, Stranger::yes}) {
                for (const Bin bin : {Bin::no, Bin::yes}) {
                  const Situation at{.procedure = static_cast<Procedure>(p),
                                     .state = static_cast<State>(s),
                                     .direction = static_cast<Direction>(d),
                                     .open = static_cast<Open>(open),
                                     .old_key = static_cast<Seen>(o),
                                     .new_key = static_cast<Seen>(n),
                                     .stranger = there,
                                     .bin = bin};
                  if (possible(at)) visit(at);
                }
              }
            }
          }
        }
      }
    }
  }
}

Resume resume_at(const Situation& at) {
  const Cell* cell = reconcile(at);
  return cell == nullptr ? Resume::stranger : cell->resume;
}

// ---- the table of section 7, line by line ---------------------------------------------------------------------------

struct Line {
  const char* name;
  Situation at;
  Resume resume;
};

void PrintTo(const Line& line, std::ostream* out) { *out << told(line.at); }

class DesignLine : public testing::TestWithParam<Line> {};

TEST_P(DesignLine, is_what_the_table_says) {
  const Line& line = GetParam();
  ASSERT_TRUE(possible(line.at)) << told(line.at);
  const Cell* cell = reconcile(line.at);
  ASSERT_NE(cell, nullptr) << told(line.at);
  EXPECT_EQ(word(cell->resume), word(line.resume)) << told(line.at) << ": " << cell->why;
}

std::vector<Line> lines_before_the_deploy() {
  return {
      {"planned_A_goes_on", {rotate, planned, forward, nothing, A, none}, Resume::go_on},
      {"planned_A_retire_goes_on", {retire, planned, forward, nothing, A, none}, Resume::go_on},
      {"planned_I_stops", {rotate, planned, forward, nothing, I, none}, Resume::old_not_active},
      {"planned_X_stops", {rotate, planned, forward, nothing, X, none}, Resume::old_not_active},
      {"planned_E_stops", {rotate, planned, forward, nothing, E, none}, Resume::old_not_active},
      {"planned_I_rollback_cancels", {rotate, planned, back, nothing, I, none}, Resume::go_on},
      {"planned_X_rollback_cancels", {rotate, planned, back, nothing, X, none}, Resume::go_on},
      {"create_pending_none_was_never_made", {rotate, planned, forward, Open::create, A, none}, Resume::never_made},
      {"create_pending_one_new_is_an_orphan", {rotate, planned, forward, Open::create, A, orphan}, Resume::orphan},
      {"create_pending_used_or_several_is_a_stranger",
       {rotate, planned, forward, Open::create, A, none, stranger},
       Resume::stranger},
      {"created_A_A_deploys", {rotate, created, forward, nothing, A, A}, Resume::go_on},
      {"created_A_I_offers_to_reactivate_N", {rotate, created, forward, nothing, A, I}, Resume::new_inactive},
      {"created_A_X_lost_N", {rotate, created, forward, nothing, A, X}, Resume::new_lost},
      {"created_I_A_alarm", {rotate, created, forward, nothing, I, A}, Resume::old_off_early},
      {"created_E_A_alarm", {rotate, created, forward, nothing, E, A}, Resume::old_off_early},
      {"deploying_I_A_alarm", {rotate, created, forward, Open::location, I, A}, Resume::old_off_early},
      {"created_X_A_no_way_back", {rotate, created, forward, nothing, X, A}, Resume::old_gone_early},
      {"deploying_X_A_no_way_back", {rotate, created, forward, Open::location, X, A}, Resume::old_gone_early},
      {"location_pending_A_A_reads_it", {rotate, created, forward, Open::location, A, A}, Resume::go_on},
      {"deploying_A_I_locations_dead", {rotate, created, forward, Open::location, A, I}, Resume::locations_dead},
      {"deploying_A_X_locations_dead", {rotate, created, forward, Open::location, A, X}, Resume::locations_dead},
      {"deploying_A_E_locations_dead", {rotate, created, forward, Open::location, A, E}, Resume::locations_dead},
  };
}

std::vector<Line> lines_after_the_deploy() {
  return {
      {"deployed_A_A_goes_on", {rotate, deployed, forward, nothing, A, A}, Resume::go_on},
      {"deployed_A_I_locations_dead", {rotate, deployed, forward, nothing, A, I}, Resume::locations_dead},
      {"deployed_A_X_locations_dead", {rotate, deployed, forward, nothing, A, X}, Resume::locations_dead},
      {"verified_A_I_locations_dead", {rotate, verified, forward, nothing, A, I}, Resume::locations_dead},
      {"verified_A_X_locations_dead", {rotate, verified, forward, nothing, A, X}, Resume::locations_dead},
      {"verified_A_E_locations_dead", {rotate, verified, forward, nothing, A, E}, Resume::locations_dead},
      {"deployed_I_A_closed_outside", {rotate, deployed, forward, nothing, I, A}, Resume::closed_outside},
      {"deployed_X_A_closed_outside", {rotate, deployed, forward, nothing, X, A}, Resume::closed_outside},
      {"verified_I_A_closed_outside", {rotate, verified, forward, nothing, I, A}, Resume::closed_outside},
      {"verified_X_A_closed_outside", {rotate, verified, forward, nothing, X, A}, Resume::closed_outside},
      {"verified_E_A_closed_outside", {rotate, verified, forward, nothing, E, A}, Resume::closed_outside},
      {"verified_A_A_asks_or_verifies_again", {rotate, verified, forward, nothing, A, A}, Resume::go_on},
      {"deactivate_pending_A_A_not_applied",
       {rotate, verified, forward, Open::deactivate_old, A, A},
       Resume::not_applied},
      {"deactivate_pending_I_A_applied", {rotate, verified, forward, Open::deactivate_old, I, A}, Resume::applied},
      {"deactivate_pending_I_I_outage", {rotate, verified, forward, Open::deactivate_old, I, I}, Resume::both_off},
      {"deactivate_pending_I_X_outage", {rotate, verified, forward, Open::deactivate_old, I, X}, Resume::both_off},
      {"deactivated_I_I_outage", {rotate, deactivated, forward, nothing, I, I}, Resume::both_off},
      {"deactivated_I_X_outage", {rotate, deactivated, forward, nothing, I, X}, Resume::both_off},
      {"deactivated_I_E_outage", {rotate, deactivated, forward, nothing, I, E}, Resume::both_off},
      // Section 7, principle 1, where no line says it.
      {"deactivated_A_I_wakes_the_key_that_consumers_hold",
       {rotate, deactivated, forward, nothing, A, I},
       Resume::locations_dead},
      {"deactivated_A_X_restores_at_once", {rotate, deactivated, forward, nothing, A, X}, Resume::locations_dead},
      {"deactivated_A_A_reactivated_outside",
       {rotate, deactivated, forward, nothing, A, A},
       Resume::reactivated_outside},
      {"deactivated_I_A_watches_and_deletes", {rotate, deactivated, forward, nothing, I, A}, Resume::go_on},
      {"deactivated_X_A_completed", {rotate, deactivated, forward, nothing, X, A}, Resume::finished},
      {"delete_pending_X_A_completed", {rotate, deactivated, forward, Open::delete_old, X, A}, Resume::finished},
      {"delete_pending_I_A_gates_again", {rotate, deactivated, forward, Open::delete_old, I, A}, Resume::not_applied},
      {"delete_pending_A_A_reactivated_outside",
       {rotate, deactivated, forward, Open::delete_old, A, A},
       Resume::reactivated_outside},
  };
}

// retire: the rows for deactivate and delete with N = none.
std::vector<Line> lines_of_retire() {
  return {
      {"retire_verified_A_goes_on", {retire, verified, forward, nothing, A, none}, Resume::go_on},
      {"retire_verified_I_closed_outside", {retire, verified, forward, nothing, I, none}, Resume::closed_outside},
      {"retire_verified_X_closed_outside", {retire, verified, forward, nothing, X, none}, Resume::closed_outside},
      {"retire_deactivate_pending_A_not_applied",
       {retire, verified, forward, Open::deactivate_old, A, none},
       Resume::not_applied},
      {"retire_deactivate_pending_I_applied",
       {retire, verified, forward, Open::deactivate_old, I, none},
       Resume::applied},
      {"retire_deactivated_A_reactivated_outside",
       {retire, deactivated, forward, nothing, A, none},
       Resume::reactivated_outside},
      {"retire_deactivated_I_watches_and_deletes", {retire, deactivated, forward, nothing, I, none}, Resume::go_on},
      {"retire_deactivated_X_completed", {retire, deactivated, forward, nothing, X, none}, Resume::finished},
      {"retire_delete_pending_X_completed",
       {retire, deactivated, forward, Open::delete_old, X, none},
       Resume::finished},
      {"retire_delete_pending_I_gates_again",
       {retire, deactivated, forward, Open::delete_old, I, none},
       Resume::not_applied},
      {"retire_delete_pending_A_reactivated_outside",
       {retire, deactivated, forward, Open::delete_old, A, none},
       Resume::reactivated_outside},
      {"retire_back_not_A_reactivates", {retire, deactivated, back, nothing, I, none}, Resume::reactivate_old},
      {"retire_back_A_goes_on", {retire, verified, back, nothing, A, none}, Resume::go_on},
  };
}

std::vector<Line> lines_of_going_back() {
  return {
      {"back_reactivate_pending_I_sends_Active",
       {rotate, deactivated, back, Open::wake_old, I, A},
       Resume::reactivate_old},
      {"back_reactivate_pending_A_goes_on", {rotate, deactivated, back, Open::wake_old, A, A}, Resume::applied},
      {"back_reactivate_pending_X_is_impossible",
       {rotate, deactivated, back, Open::wake_old, X, A},
       Resume::restore_dead_end},
      {"back_restoring_A_A", {rotate, deployed, back, Open::location, A, A}, Resume::go_on},
      {"back_restoring_A_I", {rotate, deployed, back, nothing, A, I}, Resume::go_on},
      {"back_restoring_A_X", {rotate, deployed, back, nothing, A, X}, Resume::go_on},
      {"back_restored_A_A_waits_for_N", {rotate, created, back, nothing, A, A}, Resume::go_on},
      {"back_deactivate_N_pending_A_not_applied",
       {rotate, created, back, Open::deactivate_new, A, A},
       Resume::not_applied},
      {"back_deactivate_N_pending_I_next", {rotate, created, back, Open::deactivate_new, A, I}, Resume::applied},
      {"back_deactivate_N_pending_X_next", {rotate, created, back, Open::deactivate_new, A, X}, Resume::applied},
      {"back_delete_N_pending_A_not_applied", {rotate, created, back, Open::delete_new, A, A}, Resume::not_applied},
      {"back_delete_N_pending_I_send_again", {rotate, created, back, Open::delete_new, A, I}, Resume::not_applied},
      {"back_delete_N_pending_X_done", {rotate, created, back, Open::delete_new, A, X}, Resume::applied},
      {"back_created_I", {rotate, created, back, nothing, I, A}, Resume::reactivate_old},
      {"back_deployed_E", {rotate, deployed, back, nothing, E, A}, Resume::reactivate_old},
      {"back_verified_I_and_N_off", {rotate, verified, back, nothing, I, I}, Resume::reactivate_old},
      {"back_deactivated_I_and_a_stranger",
       {rotate, deactivated, back, nothing, I, A, stranger},
       Resume::reactivate_old},
      {"back_create_pending_I", {rotate, planned, back, Open::create, I, none}, Resume::reactivate_old},
      {"back_create_pending_none", {rotate, planned, back, Open::create, A, none}, Resume::never_made},
      {"back_create_pending_orphan", {rotate, planned, back, Open::create, A, orphan}, Resume::orphan},
      {"back_create_pending_stranger", {rotate, planned, back, Open::create, A, none, stranger}, Resume::stranger},
      {"back_delete_had_gone_through", {rotate, deactivated, back, Open::delete_old, X, A}, Resume::finished},
  };
}

// "a stranger key → stop forward steps", but never what brings consumers an Active key back.
std::vector<Line> lines_of_strangers() {
  return {
      {"stranger_stops_create", {rotate, planned, forward, nothing, A, none, stranger}, Resume::stranger},
      {"stranger_stops_deploy", {rotate, created, forward, nothing, A, A, stranger}, Resume::stranger},
      {"stranger_stops_verify", {rotate, deployed, forward, nothing, A, A, stranger}, Resume::stranger},
      {"stranger_stops_deactivate", {rotate, verified, forward, nothing, A, A, stranger}, Resume::stranger},
      {"stranger_stops_delete", {rotate, deactivated, forward, nothing, I, A, stranger}, Resume::stranger},
      {"stranger_does_not_stop_a_rollback", {rotate, deployed, back, nothing, A, A, stranger}, Resume::go_on},
      {"stranger_does_not_hide_an_outage", {rotate, deactivated, forward, nothing, I, I, stranger}, Resume::both_off},
      {"stranger_does_not_hide_an_alarm", {rotate, created, forward, nothing, I, A, stranger}, Resume::old_off_early},
  };
}

// Cells not listed: the five principles, in their order.
std::vector<Line> lines_of_principles() {
  return {
      {"principle_1_created_I_I_locations_hold_O", {rotate, created, forward, nothing, I, I}, Resume::both_off},
      {"principle_1_created_I_X_locations_hold_O", {rotate, created, forward, nothing, I, X}, Resume::both_off},
      {"principle_1_deployed_I_X_only_O_can_come_back", {rotate, deployed, forward, nothing, I, X}, Resume::both_off},
      {"principle_1_deployed_I_I_locations_hold_N", {rotate, deployed, forward, nothing, I, I}, Resume::locations_dead},
      {"principle_1_verified_I_I_locations_hold_N", {rotate, verified, forward, nothing, I, I}, Resume::locations_dead},
      {"principle_1_deployed_E_I_only_N_can_come_back",
       {rotate, deployed, forward, nothing, E, I},
       Resume::locations_dead},
      {"principle_1_deployed_X_I_locations_hold_N", {rotate, deployed, forward, nothing, X, I}, Resume::locations_dead},
      {"principle_1_verified_X_I_locations_hold_N", {rotate, verified, forward, nothing, X, I}, Resume::locations_dead},
      {"principle_1_deactivated_X_I_locations_hold_N",
       {rotate, deactivated, forward, nothing, X, I},
       Resume::locations_dead},
      {"principle_3_created_X_I_can_be_made_Active", {rotate, created, forward, nothing, X, I}, Resume::new_inactive},
      {"principle_3_created_X_X", {rotate, created, forward, nothing, X, X}, Resume::no_key},
      {"principle_3_deployed_X_E", {rotate, deployed, forward, nothing, X, E}, Resume::no_key},
      {"principle_3_deactivated_X_X", {rotate, deactivated, forward, nothing, X, X}, Resume::no_key},
      {"principle_3_back_X_X", {rotate, deployed, back, nothing, X, X}, Resume::no_key},
      {"back_X_I_brings_N_back", {rotate, deployed, back, nothing, X, I}, Resume::locations_dead},
      {"delete_pending_I_I_is_an_outage", {rotate, deactivated, forward, Open::delete_old, I, I}, Resume::both_off},
      {"an_answered_alarm_applied_old", {rotate, deactivated, forward, Open::wake_old, A, I}, Resume::applied},
      {"an_answered_alarm_applied_new", {rotate, deployed, forward, Open::wake_new, A, A}, Resume::applied},
      {"an_answered_alarm_not_applied_old", {rotate, created, forward, Open::wake_old, I, A}, Resume::not_applied},
      {"an_answered_alarm_not_applied_new", {rotate, deployed, forward, Open::wake_new, A, I}, Resume::not_applied},
      {"an_answered_alarm_of_a_retire", {retire, deactivated, forward, Open::wake_old, A, none}, Resume::applied},
  };
}

const auto by_name = [](const auto& each) { return std::string(each.param.name); };
INSTANTIATE_TEST_SUITE_P(BeforeTheDeploy, DesignLine, testing::ValuesIn(lines_before_the_deploy()), by_name);
INSTANTIATE_TEST_SUITE_P(AfterTheDeploy, DesignLine, testing::ValuesIn(lines_after_the_deploy()), by_name);
INSTANTIATE_TEST_SUITE_P(Retire, DesignLine, testing::ValuesIn(lines_of_retire()), by_name);
INSTANTIATE_TEST_SUITE_P(GoingBack, DesignLine, testing::ValuesIn(lines_of_going_back()), by_name);
INSTANTIATE_TEST_SUITE_P(Strangers, DesignLine, testing::ValuesIn(lines_of_strangers()), by_name);
INSTANTIATE_TEST_SUITE_P(Principles, DesignLine, testing::ValuesIn(lines_of_principles()), by_name);

// ---- the whole table ------------------------------------------------------------------------------------------------

TEST(ReconcileTable, is_total) {
  int situations = 0;
  each_possible([&](const Situation& at) {
    ++situations;
    EXPECT_NE(reconcile(at), nullptr) << told(at);
  });
  EXPECT_GT(situations, 1000);
}

TEST(ReconcileTable, has_no_dead_row) {
  std::set<const Cell*> taken;
  each_possible([&](const Situation& at) { taken.insert(reconcile(at)); });
  for (const Cell& cell : reconcile_table())
    EXPECT_TRUE(taken.contains(&cell)) << word(cell.resume) << ": " << cell.why;
}

TEST(ReconcileTable, gives_a_reason_in_every_row) {
  for (const Cell& cell : reconcile_table()) EXPECT_FALSE(cell.why.empty());
}

TEST(ReconcileTable, knows_no_closed_state) {
  each_possible([](const Situation& at) { EXPECT_FALSE(terminal(at.state)); });
  EXPECT_FALSE(possible({.state = State::completed, .new_key = A}));
  EXPECT_FALSE(possible({.procedure = retire, .state = created}));
  EXPECT_FALSE(possible({.procedure = retire, .state = planned, .new_key = A}));
}

// Invariant 12: reactivating the pinned old key comes before everything else on the way back.
TEST(ReconcileTable, going_back_always_begins_with_the_old_key) {
  each_possible([](const Situation& at) {
    if (at.direction != back || (at.old_key != I && at.old_key != E)) return;
    const bool only_cancels = at.state == planned && (at.open == nothing || at.open == Open::clean_up);
    const bool just_back = at.open == Open::undelete_old;
    const Resume expected = only_cancels ? Resume::go_on : just_back ? Resume::applied : Resume::reactivate_old;
    EXPECT_EQ(resume_at(at), expected) << told(at);
  });
}

// Invariant 11: what an open intent wanted is done only if the world shows it, and not done only if it does not.
TEST(ReconcileTable, concludes_an_intent_only_by_what_the_world_shows) {
  const auto shows = [](const Situation& at) {
    switch (at.open) {
      case Open::deactivate_old: return at.old_key == I || at.old_key == E;
      case Open::delete_old: return at.old_key == X;
      case Open::undelete_old: return at.old_key != X;
      case Open::wake_old: return at.old_key == A;
      case Open::wake_new: return at.new_key == A;
      case Open::deactivate_new: return at.new_key != A;
      case Open::delete_new: return at.new_key == X;
      case Open::nothing:
      case Open::create:
      case Open::location:
      case Open::clean_up: return false;
    }
    return false;
  };
  each_possible([&](const Situation& at) {
    if (resume_at(at) == Resume::applied) {
      EXPECT_TRUE(shows(at)) << told(at);
    }
    if (resume_at(at) == Resume::not_applied) {
      EXPECT_NE(at.open, nothing) << told(at);
      EXPECT_FALSE(shows(at)) << told(at);
    }
  });
}

// Principle 3: the emergency steps only where no key is Active or can be made so.
TEST(ReconcileTable, says_no_key_only_where_none_can_be_had) {
  each_possible([](const Situation& at) {
    if (resume_at(at) != Resume::no_key) return;
    EXPECT_NE(at.old_key, A) << told(at);
    EXPECT_NE(at.old_key, I) << told(at);
    EXPECT_NE(at.new_key, A) << told(at);
    EXPECT_NE(at.new_key, I) << told(at);
  });
}

TEST(ReconcileTable, never_offers_to_wake_a_key_that_is_gone) {
  each_possible([](const Situation& at) {
    const Resume resume = resume_at(at);
    if (resume == Resume::both_off || resume == Resume::old_off_early) {
      EXPECT_NE(at.old_key, X) << told(at);
    }
    if (resume == Resume::new_inactive) {
      EXPECT_NE(at.new_key, X) << told(at);
    }
  });
}

// Invariants 1 and 2: the steps that take a key away go on only while the other one works.
TEST(ReconcileTable, goes_on_forward_only_with_the_keys_that_the_step_needs) {
  each_possible([](const Situation& at) {
    if (at.direction != forward || resume_at(at) != Resume::go_on) return;
    if (at.state == deactivated) {
      EXPECT_TRUE(at.old_key == I || at.old_key == E) << told(at);
    } else {
      EXPECT_EQ(at.old_key, A) << told(at);
    }
    if (at.procedure == rotate && at.state != planned) {
      EXPECT_EQ(at.new_key, A) << told(at);
    }
    if (at.procedure == rotate) {
      EXPECT_EQ(at.stranger, Stranger::no) << told(at);
    }
  });
}

TEST(ReconcileTable, completes_only_with_the_old_key_gone_and_the_other_one_working) {
  each_possible([](const Situation& at) {
    if (resume_at(at) != Resume::finished) return;
    EXPECT_EQ(at.state, deactivated) << told(at);
    EXPECT_EQ(at.old_key, X) << told(at);
    EXPECT_EQ(at.new_key, at.procedure == rotate ? A : none) << told(at);
  });
}

// An unusable key (Expired) is as good as Inactive for consumers: never taken for Active, never for gone.
TEST(ReconcileTable, takes_an_unusable_key_for_one_that_does_not_work) {
  each_possible([](Situation at) {
    if (at.old_key != E) return;
    const Resume resume = resume_at(at);
    EXPECT_NE(resume, Resume::finished) << told(at);
    EXPECT_NE(resume, Resume::old_gone_early) << told(at);
    EXPECT_NE(resume, Resume::restore_dead_end) << told(at);
  });
}

}  // namespace
}  // namespace rotation
