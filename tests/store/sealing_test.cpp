// Sealed secrets: whole or not at all, bound to their rotation, account, purpose and key.
#include "store/sealing.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "rotation/errors.hpp"
#include "store/sealing_key.hpp"
#include "tests/store/workbench.hpp"

namespace store::test {
namespace {

namespace fs = std::filesystem;
using rotation::AccessKeyId;
using rotation::AccountName;
using rotation::RotationId;
using rotation::SealedSecret;
using rotation::SealingTrouble;
using rotation::Secret;

struct Seals {
  TemporaryDirectory home;
  fs::path file = home.path() / "keys" / "sealing.key";
  bool journal_holds = false;
  RotationId rotation{"r-01"};
  AccountName account{"prod"};
  AccessKeyId key{"AKIANEW"};
  std::string secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

  [[nodiscard]] FileSealer sealer() {
    return FileSealer(file, [this] { return journal_holds; });
  }
  [[nodiscard]] SealedSecret seal(FileSealer& with, const std::string& wrapped) const {
    return with.seal(wrapped, rotation, account, "new", key, Secret{secret});
  }
};

std::string text_of(const std::optional<Secret>& secret) {
  if (!secret) return "(none)";
  return secret->expose([](std::string_view bytes) { return std::string(bytes); });
}

void overwrite(const fs::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
}

TEST(Sealing, WhatIsSealedComesBack) {
  Seals seals;
  FileSealer sealer = seals.sealer();
  const std::string wrapped = sealer.new_wrapped_key(seals.rotation);
  const SealedSecret sealed = seals.seal(sealer, wrapped);
  EXPECT_EQ(sealed.purpose, "new");
  EXPECT_EQ(sealed.key, seals.key);
  EXPECT_EQ(text_of(sealer.unseal(wrapped, seals.rotation, seals.account, sealed)), seals.secret);
  FileSealer later = seals.sealer();
  EXPECT_EQ(text_of(later.unseal(wrapped, seals.rotation, seals.account, sealed)), seals.secret);
}

// Invariant 14
TEST(Sealing, NothingOfTheSecretShows) {
  Seals seals;
  FileSealer sealer = seals.sealer();
  const std::string wrapped = sealer.new_wrapped_key(seals.rotation);
  const std::string all = seals.seal(sealer, wrapped).bytes + wrapped + slurp(seals.file);
  for (std::size_t i = 0; i + 12 <= seals.secret.size(); ++i) {
    EXPECT_EQ(all.find(seals.secret.substr(i, 12)), std::string::npos);
  }
}

TEST(Sealing, TheSameSecretIsNeverSealedAlike) {
  Seals seals;
  FileSealer sealer = seals.sealer();
  const std::string wrapped = sealer.new_wrapped_key(seals.rotation);
  EXPECT_NE(seals.seal(sealer, wrapped).bytes, seals.seal(sealer, wrapped).bytes);
  EXPECT_NE(sealer.new_wrapped_key(seals.rotation), wrapped);
}

TEST(Sealing, EveryPartOfWhatItIsAboutIsBound) {
  Seals seals;
  FileSealer sealer = seals.sealer();
  const std::string wrapped = sealer.new_wrapped_key(seals.rotation);
  const SealedSecret sealed = seals.seal(sealer, wrapped);
  SealedSecret other = sealed;
  other.key = AccessKeyId{"AKIAOTHER"};
  EXPECT_FALSE(sealer.unseal(wrapped, seals.rotation, seals.account, other));
  other = sealed;
  other.purpose = "old:laptop";
  EXPECT_FALSE(sealer.unseal(wrapped, seals.rotation, seals.account, other));
  EXPECT_FALSE(sealer.unseal(wrapped, seals.rotation, AccountName{"staging"}, sealed));
  // Another rotation can't even unwrap the data key.
  EXPECT_NE(message_of<SealingTrouble>([&] {
              static_cast<void>(sealer.unseal(wrapped, RotationId{"r-02"}, seals.account, sealed));
            }).find("damaged"),
            std::string::npos);
  const std::string second = sealer.new_wrapped_key(seals.rotation);
  EXPECT_FALSE(sealer.unseal(second, seals.rotation, seals.account, sealed));
}

TEST(Sealing, AFlippedBitAnywhereIsFound) {
  Seals seals;
  FileSealer sealer = seals.sealer();
  const std::string wrapped = sealer.new_wrapped_key(seals.rotation);
  const SealedSecret sealed = seals.seal(sealer, wrapped);
  for (std::size_t i = 0; i < sealed.bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      SealedSecret torn = sealed;
      torn.bytes[i] = static_cast<char>(torn.bytes[i] ^ (1 << bit));
      EXPECT_FALSE(sealer.unseal(wrapped, seals.rotation, seals.account, torn)) << i;
    }
  }
  for (std::size_t i = 0; i < wrapped.size(); ++i) {
    std::string torn = wrapped;
    torn[i] = static_cast<char>(torn[i] ^ 1);
    EXPECT_THROW(static_cast<void>(sealer.unseal(torn, seals.rotation, seals.account, sealed)), SealingTrouble) << i;
  }
}

TEST(Sealing, APieceIsNoSecret) {
  Seals seals;
  FileSealer sealer = seals.sealer();
  const std::string wrapped = sealer.new_wrapped_key(seals.rotation);
  const SealedSecret sealed = seals.seal(sealer, wrapped);
  for (std::size_t size = 0; size < sealed.bytes.size(); ++size) {
    SealedSecret piece = sealed;
    piece.bytes.resize(size);
    EXPECT_FALSE(sealer.unseal(wrapped, seals.rotation, seals.account, piece)) << size;
  }
  for (std::size_t size = 0; size < wrapped.size(); ++size) {
    EXPECT_THROW(static_cast<void>(sealer.unseal(wrapped.substr(0, size), seals.rotation, seals.account, sealed)),
                 SealingTrouble);
  }
}

TEST(Sealing, AnotherSealingKeyIsToldApartFromADamagedOne) {
  Seals seals;
  FileSealer sealer = seals.sealer();
  const std::string wrapped = sealer.new_wrapped_key(seals.rotation);
  const SealedSecret sealed = seals.seal(sealer, wrapped);
  const std::string content = slurp(seals.file);
  fs::remove(seals.file);
  SealingKey::make(seals.file);
  const auto unseal = [&] {
    FileSealer other = seals.sealer();
    static_cast<void>(other.unseal(wrapped, seals.rotation, seals.account, sealed));
  };
  EXPECT_NE(message_of<SealingTrouble>(unseal).find("not the one that sealed"), std::string::npos);
  for (std::size_t i = 0; i < content.size(); ++i) {
    std::string torn = content;
    torn[i] = static_cast<char>(torn[i] ^ 0x10);
    overwrite(seals.file, torn);
    const std::string message = message_of<SealingTrouble>(unseal);
    EXPECT_TRUE(message.find("damaged") != std::string::npos || message.find("does not begin") != std::string::npos)
        << i << message;
  }
  overwrite(seals.file, content.substr(0, 40));
  EXPECT_NE(message_of<SealingTrouble>(unseal).find("40 bytes"), std::string::npos);
  overwrite(seals.file, content);
  EXPECT_EQ(message_of<SealingTrouble>(unseal), "");
}

TEST(Sealing, TheSealingKeyIsMadeOnceAndPrivate) {
  Seals seals;
  const mode_t before = ::umask(0);
  FileSealer sealer = seals.sealer();
  static_cast<void>(sealer.new_wrapped_key(seals.rotation));
  ::umask(before);
  struct stat info {};
  ASSERT_EQ(::stat(seals.file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  ASSERT_EQ(::stat(seals.file.parent_path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
  const std::string content = slurp(seals.file);
  FileSealer again = seals.sealer();
  static_cast<void>(again.new_wrapped_key(seals.rotation));
  EXPECT_EQ(slurp(seals.file), content);
}

TEST(Sealing, AMakerThatWasKilledLeavesNothingInTheWay) {
  Seals seals;
  fs::create_directories(seals.file.parent_path());
  overwrite(seals.file.parent_path() / ".sealing.key.keybaton-0123456789abcdef", "keybaton seal");
  FileSealer sealer = seals.sealer();
  static_cast<void>(sealer.new_wrapped_key(seals.rotation));
  sealer.check();
  EXPECT_EQ(std::distance(fs::directory_iterator(seals.file.parent_path()), fs::directory_iterator()), 1);
}

TEST(Sealing, ALostSealingKeyIsNotReplacedWhileTheJournalNeedsIt) {
  Seals seals;
  seals.journal_holds = true;
  FileSealer sealer = seals.sealer();
  EXPECT_NE(
      message_of<SealingTrouble>([&] { static_cast<void>(sealer.new_wrapped_key(seals.rotation)); }).find("is gone"),
      std::string::npos);
  EXPECT_FALSE(fs::exists(seals.file));
}

TEST(Sealing, AKeyThatOthersCanReadIsRefused) {
  Seals seals;
  FileSealer sealer = seals.sealer();
  static_cast<void>(sealer.new_wrapped_key(seals.rotation));
  for (const mode_t mode : {0640U, 0604U, 0660U, 0622U}) {
    ASSERT_EQ(::chmod(seals.file.c_str(), mode), 0);
    EXPECT_NE(message_of<SealingTrouble>([&] { seals.sealer().check(); }).find("by others"), std::string::npos) << mode;
  }
  // In a team's directory the group may.
  ASSERT_EQ(::chmod(seals.file.parent_path().c_str(), 02770), 0);
  ASSERT_EQ(::chmod(seals.file.c_str(), 0660), 0);
  EXPECT_EQ(message_of<SealingTrouble>([&] { seals.sealer().check(); }), "");
  ASSERT_EQ(::chmod(seals.file.c_str(), 0664), 0);
  EXPECT_NE(message_of<SealingTrouble>([&] { seals.sealer().check(); }).find("by others"), std::string::npos);
}

TEST(Sealing, ALongSecretIsSealedToo) {
  Seals seals;
  seals.secret = std::string(100000, 's');
  FileSealer sealer = seals.sealer();
  const std::string wrapped = sealer.new_wrapped_key(seals.rotation);
  EXPECT_EQ(text_of(sealer.unseal(wrapped, seals.rotation, seals.account, seals.seal(sealer, wrapped))), seals.secret);
  seals.secret.clear();
  EXPECT_EQ(text_of(sealer.unseal(wrapped, seals.rotation, seals.account, seals.seal(sealer, wrapped))), "");
}

TEST(SealingKey, InADirectoryThatOthersWriteToIsNeitherMadeNorRead) {
  for (const mode_t mode : {0777U, 01777U, 0770U, 0775U, 02775U}) {
    Seals seals;
    fs::create_directory(seals.file.parent_path());
    ASSERT_EQ(::chmod(seals.file.parent_path().c_str(), mode), 0);
    EXPECT_NE(message_of<SealingTrouble>([&] { SealingKey::make(seals.file); }).find("may write"), std::string::npos)
        << mode;
    EXPECT_FALSE(fs::exists(seals.file));
    ASSERT_EQ(::chmod(seals.file.parent_path().c_str(), 0700), 0);
    SealingKey::make(seals.file);
    ASSERT_EQ(::chmod(seals.file.parent_path().c_str(), mode), 0);
    EXPECT_NE(message_of<SealingTrouble>([&] { static_cast<void>(SealingKey::load(seals.file)); }).find("may write"),
              std::string::npos)
        << mode;
  }
}

TEST(SealingKey, OfATeamIsInADirectoryOfItsGroup) {
  Seals seals;
  fs::create_directory(seals.file.parent_path());
  ASSERT_EQ(::chmod(seals.file.parent_path().c_str(), 02770), 0);
  SealingKey::make(seals.file);
  static_cast<void>(SealingKey::load(seals.file));
}

}  // namespace
}  // namespace store::test
