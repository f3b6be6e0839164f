// The journal file, opened for work: starts rotations, goes on with them, and notes single `key` commands.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "rotation/pins.hpp"
#include "rotation/ports.hpp"
#include "rotation/view.hpp"
#include "store/connection.hpp"
#include "store/journal_reader.hpp"

namespace store {

// Who acts: the authenticated person ("ann@ops1") and, beside it, what --actor claims.
struct Actor {
  std::string person;
  std::optional<std::string> claim;
};

// A name for what is started together, made as the ids of rotations are: "b-01J…".
[[nodiscard]] std::string fresh_batch(rotation::Time now);

class JournalStore {
 public:
  // Makes the directory, the file and its schema where they are missing. `options.now` must be set.
  // Throws StorageTrouble (network disk, damaged, newer schema, no permission, …) or Held.
  explicit JournalStore(OpenOptions options);

  [[nodiscard]] const JournalReader& reader() const noexcept { return reader_; }

  // What the first commit of a rotation stores beside its record, once its id is known; called before anything is
  // written.
  using Sealed = std::function<rotation::Attachments(const rotation::RotationId& rotation)>;

  // Opens a rotation: its id, its first record, its row and our lease in one commit. Throws Trouble (needs_operator)
  // that names the open rotation if the user has one already (invariant 6). `check` looks before that in the same
  // commit, so that nobody comes in between: where it throws, nothing was begun.
  using Check = std::function<void(const JournalReader& reader)>;
  [[nodiscard]] std::unique_ptr<rotation::Journal> begin(const rotation::Start& start, const Actor& actor,
                                                         const std::optional<rotation::Arn>& caller = {},
                                                         const Sealed& sealed = {}, const Check& check = {});
  // Without the lease: the engine takes it. Throws Trouble (usage) for an unknown id.
  [[nodiscard]] std::unique_ptr<rotation::Journal> open(const rotation::RotationId& id, const Actor& actor);

  // Closed rotations whose time for a late undo is over lose their sealed secrets, with a note in the journal. Our own
  // clock only says which are worth asking about: `server_time` has the last word, for what is shredded is lost; empty
  // where it cannot be had. What cannot be done now is left to the next command: no other work waits for it.
  using ServerTime = std::function<std::optional<rotation::Time>(const rotation::View& closed)>;
  void shred_overdue(const Actor& actor, const ServerTime& server_time);

  // One record of a single `key` command, outside any rotation. Returns its id.
  std::int64_t append_single(const rotation::AccountName& account, const rotation::UserName& user, const Actor& actor,
                             const std::optional<rotation::Arn>& caller, rotation::Draft draft);

  // A consistent copy of the live journal, 0600 and fsynced, taken in slices so that writers are not held off, and
  // noted in the journal. Refuses an existing file (Trouble, usage). Sealed secrets are copied as they are, sealed.
  void backup(const std::filesystem::path& to);

 private:
  void shred(const rotation::View& view, const Actor& actor);

  std::shared_ptr<Connection> connection_;
  JournalReader reader_;
};

}  // namespace store
