// The table of section 2 of the design, row by row, and the words of every enumerator.
#include "rotation/procedure.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "rotation/errors.hpp"
#include "rotation/next.hpp"
#include "rotation/reconcile.hpp"
#include "rotation/view.hpp"

namespace rotation {
namespace {

struct Line {
  const char* step;
  const char* from;
  const char* to;
  Effect effect;
  Undo undo;
};

TEST(Procedure, is_the_table_of_the_design) {
  const std::array lines{
      Line{"create", "planned", "created", Effect::mutates, Undo::retire_new_key},
      Line{"deploy", "created", "deployed", Effect::mutates, Undo::restore_locations},
      Line{"verify", "deployed", "verified", Effect::reads, Undo::nothing},
      Line{"deactivate", "verified", "deactivated", Effect::mutates, Undo::reactivate_old_key},
      Line{"delete", "deactivated", "completed", Effect::destroys, Undo::impossible},
  };
  ASSERT_EQ(rows.size(), lines.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(word(rows[i].step), lines[i].step);
    EXPECT_EQ(word(rows[i].from), lines[i].from);
    EXPECT_EQ(word(rows[i].to), lines[i].to);
    EXPECT_EQ(rows[i].effect, lines[i].effect);
    EXPECT_EQ(rows[i].undo, lines[i].undo);
    EXPECT_FALSE(rows[i].before.empty());
    EXPECT_FALSE(rows[i].after.empty());
  }
}

TEST(Procedure, only_a_recycle_bin_undoes_the_delete) {
  for (const Row& row : rows) {
    EXPECT_EQ(undo_of(row, Bin::no), row.undo);
    const bool destroys = row.effect == Effect::destroys;
    EXPECT_EQ(undo_of(row, Bin::yes), destroys ? Undo::undelete_old_key : row.undo);
  }
}

TEST(Procedure, retire_is_the_last_three_rows_from_planned) {
  const auto steps = steps_of(Procedure::retire);
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[0].step, Step::verify);
  EXPECT_EQ(steps[2].step, Step::delete_key);
  EXPECT_EQ(starts_from(Procedure::retire, Step::verify), State::planned);
  EXPECT_EQ(starts_from(Procedure::retire, Step::deactivate), State::verified);
  EXPECT_EQ(starts_from(Procedure::rotate, Step::verify), State::deployed);
}

TEST(Procedure, walks_down_to_the_end_and_up_to_the_start) {
  for (const Procedure procedure : {Procedure::rotate, Procedure::retire}) {
    State state = State::planned;
    EXPECT_EQ(held_row(procedure, state), nullptr);
    for (const Row& row : steps_of(procedure)) {
      ASSERT_NE(next_row(procedure, state), nullptr);
      EXPECT_EQ(next_row(procedure, state)->step, row.step);
      state = row.to;
      ASSERT_NE(held_row(procedure, state), nullptr);
      EXPECT_EQ(held_row(procedure, state)->step, row.step);
    }
    EXPECT_EQ(state, State::completed);
    EXPECT_EQ(next_row(procedure, state), nullptr);
  }
}

TEST(Procedure, closed_states_have_no_next_row) {
  for (const State state : {State::completed, State::rolled_back, State::cancelled}) {
    EXPECT_TRUE(terminal(state));
    EXPECT_EQ(next_row(Procedure::rotate, state), nullptr);
    EXPECT_EQ(next_row(Procedure::retire, state), nullptr);
  }
  for (const State state : {State::planned, State::created, State::deployed, State::verified, State::deactivated}) {
    EXPECT_FALSE(terminal(state));
  }
}

template <class E>
void every_word_is_its_own(const char* name) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < Words<E>::all.size(); ++i) {
    const auto text = word(static_cast<E>(i));
    EXPECT_FALSE(text.empty()) << name;
    EXPECT_TRUE(seen.insert(text).second) << name << " has " << text << " twice";
    EXPECT_EQ(parse_word<E>(text), static_cast<E>(i)) << name;
  }
  EXPECT_FALSE(parse_word<E>("")) << name;
  EXPECT_FALSE(parse_word<E>("nonsense")) << name;
}

TEST(Words, lead_back_to_their_enumerators) {
  every_word_is_its_own<Procedure>("procedure");
  every_word_is_its_own<Step>("step");
  every_word_is_its_own<State>("state");
  every_word_is_its_own<Direction>("direction");
  every_word_is_its_own<Effect>("effect");
  every_word_is_its_own<Undo>("undo");
  every_word_is_its_own<Kind>("kind");
  every_word_is_its_own<Outcome>("outcome");
  every_word_is_its_own<Op>("op");
  every_word_is_its_own<KeyStatus>("key status");
  every_word_is_its_own<LocationState>("location state");
  every_word_is_its_own<AttentionCode>("attention");
  every_word_is_its_own<Verdict>("verdict");
  every_word_is_its_own<Seen>("seen");
  every_word_is_its_own<Open>("open");
  every_word_is_its_own<Resume>("resume");
  every_word_is_its_own<Need>("need");
  every_word_is_its_own<Ending>("ending");
}

// The last enumerator of each has a word, and nothing stands behind it: a new one without a word is found here.
TEST(Words, are_as_many_as_their_enumerators) {
  EXPECT_EQ(Words<State>::all.size(), static_cast<std::size_t>(State::cancelled) + 1);
  EXPECT_EQ(Words<Undo>::all.size(), static_cast<std::size_t>(Undo::undelete_old_key) + 1);
  EXPECT_EQ(Words<AttentionCode>::all.size(), static_cast<std::size_t>(AttentionCode::check_failed) + 1);
  EXPECT_EQ(Words<Resume>::all.size(), static_cast<std::size_t>(Resume::no_key) + 1);
  EXPECT_EQ(Words<Open>::all.size(), static_cast<std::size_t>(Open::undelete_old) + 1);
  EXPECT_EQ(Words<Ending>::all.size(), static_cast<std::size_t>(Ending::interrupted) + 1);
  EXPECT_EQ(Words<LocationState>::all.size(), static_cast<std::size_t>(LocationState::waived) + 1);
  EXPECT_EQ(Words<Op>::all.size(), static_cast<std::size_t>(Op::undelete_key) + 1);
}

}  // namespace
}  // namespace rotation
