// Invariant 15: in a terminal state nothing sealed remains, in the file or beside it.
#include <gtest/gtest.h>

#include <random>

#include "tests/store/workbench.hpp"

namespace store::test {
namespace {

using rotation::Attachments;

std::string random_bytes(std::mt19937& chance, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(chance() % 256);
  return bytes;
}

struct Traces {
  std::vector<std::string> wrapped, sealed;
};

// Looks for any 12 bytes in a row: a torn rest counts too.
bool holds_piece(const std::string& all, const std::string& bytes) {
  for (std::size_t i = 0; i + 12 <= bytes.size(); i += 4) {
    if (all.find(bytes.substr(i, 12)) != std::string::npos) return true;
  }
  return false;
}

void append_all(rotation::Journal& journal, Bench& bench, std::mt19937& chance, Traces& traces) {
  const auto drafts = whole_rotation(bench.clock);
  const std::string wrapped = random_bytes(chance, 71), secret = random_bytes(chance, 68);
  const std::string old = random_bytes(chance, 68), replaced = random_bytes(chance, 200);
  traces.wrapped.push_back(wrapped);
  for (const std::string& each : {secret, old, replaced}) traces.sealed.push_back(each);
  const auto seal = [](const std::string& purpose, const std::string& bytes) {
    return rotation::SealedSecret{.purpose = purpose, .key = rotation::AccessKeyId{"AKIAN"}, .bytes = bytes};
  };
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    Attachments attachments;
    if (i == 0) attachments.wrapped_key = wrapped;
    if (i == 1) attachments.sealed = {seal("new", replaced)};
    if (i == 2) attachments.sealed = {seal("new", secret), seal("old:laptop", old)};
    journal.append(drafts[i], attachments);
  }
}

TEST(Shred, ATerminalStateLeavesNoResidue) {
  Bench bench;
  std::mt19937 chance(5);
  JournalStore store = bench.open();
  Traces traces;
  auto journal = store.begin(start_for("api"), ann());
  append_all(*journal, bench, chance, traces);
  EXPECT_FALSE(journal->wrapped_key());
  EXPECT_FALSE(journal->sealed("new"));
  EXPECT_FALSE(store.reader().holds_wrapped_key());
  const std::string all = all_bytes(bench.home.path());
  for (const std::string& each : traces.wrapped) EXPECT_FALSE(holds_piece(all, each));
  for (const std::string& each : traces.sealed) EXPECT_FALSE(holds_piece(all, each));
}

TEST(Shred, WhatIsLookedForCanBeFoundBefore) {
  Bench bench;
  JournalStore store = bench.open();
  std::mt19937 chance(6);
  const std::string wrapped = random_bytes(chance, 71);
  auto journal = store.begin(start_for("api"), ann());
  journal->append(note("x"), {.wrapped_key = wrapped, .sealed = {}});
  EXPECT_TRUE(holds_piece(all_bytes(bench.home.path()), wrapped));
  journal->append(note("y"), {.wrapped_key = {}, .sealed = {}, .shred = true});
  EXPECT_FALSE(holds_piece(all_bytes(bench.home.path()), wrapped));
}

// Among many rotations, pages split and merge; pieces must not stay behind in the gaps.
TEST(Shred, NothingStaysBehindWhenPagesAreRebalanced) {
  Bench bench;
  std::mt19937 chance(7);
  JournalStore store = bench.open();
  std::vector<std::unique_ptr<rotation::Journal>> journals;
  std::vector<std::string> secrets;
  for (int i = 0; i < 150; ++i) {
    journals.push_back(store.begin(start_for("u" + std::to_string(i)), ann()));
    const std::string wrapped = random_bytes(chance, 71), sealed = random_bytes(chance, 30 + chance() % 3000);
    secrets.push_back(wrapped);
    secrets.push_back(sealed);
    journals.back()->append(note("x"),
                            {.wrapped_key = wrapped,
                             .sealed = {{.purpose = "new", .key = rotation::AccessKeyId{"AKIAN"}, .bytes = sealed}}});
  }
  std::shuffle(journals.begin(), journals.end(), chance);
  for (auto& journal : journals) journal->append(note("y"), {.wrapped_key = {}, .sealed = {}, .shred = true});
  const std::string all = all_bytes(bench.home.path());
  int left = 0;
  for (const std::string& each : secrets) {
    for (std::size_t i = 0; i + 12 <= each.size(); i += 64) left += all.find(each.substr(i, 12)) != std::string::npos;
  }
  EXPECT_EQ(left, 0);
}

}  // namespace
}  // namespace store::test
