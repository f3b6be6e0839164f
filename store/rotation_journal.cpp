#include "store/rotation_journal.hpp"

#include <exception>
#include <utility>

#include "rotation/errors.hpp"
#include "store/lease.hpp"
#include "store/notes.hpp"
#include "store/records.hpp"
#include "store/spill.hpp"

namespace store {
namespace {

using rotation::Attachments;
using rotation::Draft;
using rotation::Held;
using rotation::Kind;
using rotation::Record;
using rotation::View;

constexpr std::uint64_t least_free = 1U << 20U;
// More than a b-tree page ever keeps in a cell: what comes after it lies in overflow pages (see the schema).
constexpr int pad_size = 4096;

// For a late undo, as long as that is wanted and can be had.
bool keeps_old_secrets(const View& closed, rotation::Time now) {
  const auto until = closed.old_secrets_until();
  return until && now < *until;
}

bool advancing(Kind kind) { return kind == Kind::intent || kind == Kind::outcome; }

}  // namespace

RotationJournal::RotationJournal(std::shared_ptr<Connection> connection, Actor actor, View view)
    : connection_(std::move(connection)), actor_(std::move(actor)), view_(std::move(view)) {}

RotationJournal::~RotationJournal() { release_lease(); }

std::int64_t RotationJournal::name_id() { return connection_->find_name(view_.id.text()).value_or(0); }

Record RotationJournal::record_of(Draft draft) const {
  return {.id = 0,
          .rotation = view_.id,
          .seq = view_.seq + 1,
          .at = connection_->options().now().wall,
          .actor = actor_.person,
          .claim = actor_.claim,
          .caller = caller_,
          .account = view_.target.account,
          .user = view_.target.user,
          .what = std::move(draft),
          .hash = {}};
}

void RotationJournal::start(const rotation::Start& start, const rotation::RotationId& id,
                            const std::optional<rotation::Arn>& caller, const Attachments& attachments) {
  if (caller) set_caller(*caller);
  view_.id = id;
  view_.target = start.target;
  Record record = record_of(rotation::started(start));
  View next;
  rotation::apply(next, record);
  insert_record(*connection_, record);
  insert_summary(*connection_, rotation::summary(next));
  attach(attachments, Shred::nothing);
  token_ = store::take_lease(*connection_, name_id(), actor_.person, rotation::Seize::no);
  view_ = std::move(next);
}

void RotationJournal::append(Draft draft, Attachments attachments) {
  settle_doubt();
  Record record = record_of(std::move(draft));
  View next = view_;
  rotation::apply(next, record);
  try {
    commit(record, attachments, next);
  } catch (...) {
    // The names that it made are gone with it, and a failed commit may still have reached the disk.
    connection_->forget_names();
    if (!record.hash.empty()) doubtful_ = record.hash;
    throw;
  }
  const auto before = std::exchange(view_, std::move(next)).pending;
  if (before && before->op == rotation::Op::create_key) clear_spills();
}

void RotationJournal::commit(Record& record, const Attachments& attachments, const View& next) {
  Transaction transaction(connection_->database(), Transaction::Mode::write);
  require_no_other_writer();
  if (advancing(record.what.kind)) {
    if (!token_) {
      throw Held({.message = "This command does not hold the rotation " + view_.id.text() + ".",
                  .keys = "Nothing further is sent to the cloud; each key stays as it is now.",
                  .hint = "keybaton status " + view_.id.text()});
    }
    keep_lease(*connection_, name_id(), *token_);
  }
  if (!view_.open() && next.open()) require_none_open();
  insert_record(*connection_, record);
  // Invariant 15: at the end everything goes, save what a late undo is to put back.
  const bool over = attachments.shred || rotation::terminal(next.state);
  attach(attachments, !over ? Shred::nothing : keeps_old_secrets(next, record.at) ? Shred::new_secret : Shred::all);
  update_summary(*connection_, rotation::summary(view_), rotation::summary(next));
  transaction.commit();
}

void RotationJournal::require_no_other_writer() {
  Use use(connection_->prepared("SELECT seq FROM rotation WHERE id = ?"));
  use.bind(name_id());
  if (!overtaken_ && use.next() && use.integer(0) == view_.seq) return;
  stand_aside();
  throw Held({.message = "Another process has gone on with rotation " + view_.id.text() + " meanwhile.",
              .keys = "This command stops before it sends anything more; what it did is in the journal.",
              .hint = "keybaton resume " + view_.id.text()});
}

// Invariant 6, for one that is opened again; the schema refuses it too.
void RotationJournal::require_none_open() {
  Use use(connection_->prepared(
      "SELECT n.text FROM rotation me JOIN rotation r ON r.provider = me.provider AND r.partition = me.partition "
      "AND r.account_id = me.account_id AND r.user_id = me.user_id JOIN name n ON n.id = r.id "
      "WHERE me.id = ? AND r.state < 5 AND (r.procedure = 0 OR me.procedure = 0 OR r.old_key = me.old_key)"));
  use.bind(name_id());
  if (!use.next()) return;
  const std::string open = use.text(0);
  throw rotation::Trouble(rotation::Ending::needs_operator,
                          {.message = "The user " + view_.target.user.text() + " of " + view_.target.account.text() +
                                      " has another open rotation meanwhile: " + open + ".",
                           .keys = "Nothing was done; each key stays as it is.",
                           .hint = "keybaton rollback " + open + ", then the same command again"});
}

void RotationJournal::attach(const Attachments& attachments, Shred shred) {
  const std::int64_t id = name_id();
  if (shred == Shred::new_secret) {
    Use(connection_->prepared("DELETE FROM sealed WHERE rotation = ? AND purpose = 'new'")).bind(id).run();
    return;
  }
  if (shred == Shred::all || attachments.wrapped_key) {
    Use(connection_->prepared("DELETE FROM wrapped_key WHERE rotation = ?")).bind(id).run();
  }
  if (shred == Shred::all) {
    Use(connection_->prepared("DELETE FROM sealed WHERE rotation = ?")).bind(id).run();
    return;
  }
  if (attachments.wrapped_key) {
    Use(connection_->prepared("INSERT INTO wrapped_key(rotation, pad, bytes) VALUES (?,?,?)"))
        .bind(id)
        .bind_zeros(pad_size)
        .bind_blob(*attachments.wrapped_key)
        .run();
  }
  for (const rotation::SealedSecret& secret : attachments.sealed) {
    Use(connection_->prepared("DELETE FROM sealed WHERE rotation = ? AND purpose = ?"))
        .bind(id)
        .bind(secret.purpose)
        .run();
    Use(connection_->prepared("INSERT INTO sealed(rotation, purpose, key, pad, bytes) VALUES (?,?,?,?,?)"))
        .bind(id)
        .bind(secret.purpose)
        .bind(secret.key.text())
        .bind_zeros(pad_size)
        .bind_blob(secret.bytes)
        .run();
  }
}

// After a commit that failed: did the record get in after all (the disk took it, then a later step of the commit
// failed)? Its hash says so beyond doubt.
void RotationJournal::settle_doubt() {
  if (!doubtful_) return;
  const std::string hash = *std::exchange(doubtful_, std::nullopt);
  Use use(
      connection_->prepared("SELECT " + std::string(record_columns) + " FROM record WHERE rotation = ? AND seq = ?"));
  use.bind(name_id()).bind(std::int64_t{view_.seq + 1});
  if (!use.next()) return;
  const Record record = read_record(*connection_, use);
  if (record.hash == hash) rotation::apply(view_, record);
}

void RotationJournal::catch_up() {
  Use use(connection_->prepared("SELECT " + std::string(record_columns) +
                                " FROM record WHERE rotation = ? AND seq > ? ORDER BY seq"));
  use.bind(name_id()).bind(std::int64_t{view_.seq});
  while (use.next()) rotation::apply(view_, read_record(*connection_, use));
}

// What is shown with the error is what the other one has made of it; nothing more is written on the old footing.
void RotationJournal::stand_aside() {
  catch_up();
  overtaken_ = true;
}

void RotationJournal::set_caller(const rotation::Arn& arn) { caller_ = arn.text(); }

void RotationJournal::take_lease(rotation::Seize seize) {
  settle_doubt();
  {
    Transaction transaction(connection_->database(), Transaction::Mode::write);
    const auto current = find_lease(*connection_, name_id());
    if (token_ && current && current->token == *token_ && current->process.pid != 0) {
      keep_lease(*connection_, name_id(), *token_);
    } else {
      token_ = store::take_lease(*connection_, name_id(), actor_.person, seize);
    }
    transaction.commit();
  }
  catch_up();
  overtaken_ = false;
  adopt_notes();
  clear_spills();
}

void RotationJournal::require_lease() {
  if (!token_) {
    throw Held({.message = "This command does not hold the rotation " + view_.id.text() + ".",
                .keys = "Nothing further is sent to the cloud; each key stays as it is now.",
                .hint = "keybaton status " + view_.id.text()});
  }
  if (lease_is_fresh(*connection_, name_id(), *token_)) return;
  Transaction transaction(connection_->database(), Transaction::Mode::write);
  try {
    keep_lease(*connection_, name_id(), *token_);
  } catch (const Held&) {
    stand_aside();
    throw;
  }
  transaction.commit();
}

void RotationJournal::release_lease() noexcept {
  if (!token_) return;
  try {
    const std::int64_t token = *std::exchange(token_, std::nullopt);
    Transaction transaction(connection_->database(), Transaction::Mode::write);
    give_back_lease(*connection_, name_id(), token);
    transaction.commit();
  } catch (const std::exception&) {
    // Whoever comes next sees that this process is gone and takes over at once.
  }
}

// Only the lease's holder comes here, so two processes never adopt the same notes.
void RotationJournal::adopt_notes() {
  const auto directory = connection_->directory();
  const auto notes = read_notes(directory, view_.id);
  for (const SpilledNote& note : notes) {
    {
      Use use(connection_->prepared("SELECT detail FROM record WHERE rotation = ? AND kind = ?"));
      use.bind(name_id()).bind(static_cast<std::int64_t>(Kind::note));
      bool known = false;
      while (!known && use.next()) known = use.bytes(0).find(note.id) != std::string_view::npos;
      if (known) continue;
    }
    append(adopted(note), {});
  }
  if (!notes.empty()) remove_notes(directory, view_.id);
}

// A process that was killed between the outcome of its create and this leaves it to the next holder.
void RotationJournal::clear_spills() {
  const bool open = view_.pending && view_.pending->op == rotation::Op::create_key;
  remove_spills(connection_->directory(), view_.id, open ? std::optional{view_.pending->attempt} : std::nullopt);
}

// A secret that is missing because somebody else has closed the rotation is no lost sealing key.
void RotationJournal::require_nobody_shredded() {
  settle_doubt();
  require_no_other_writer();
}

std::optional<std::string> RotationJournal::wrapped_key() {
  Use use(connection_->prepared("SELECT bytes FROM wrapped_key WHERE rotation = ?"));
  use.bind(name_id());
  if (use.next()) return use.text(0);
  require_nobody_shredded();
  return std::nullopt;
}

std::optional<rotation::SealedSecret> RotationJournal::sealed(const std::string& purpose) {
  Use use(connection_->prepared("SELECT key, bytes FROM sealed WHERE rotation = ? AND purpose = ?"));
  use.bind(name_id()).bind(purpose);
  if (use.next()) {
    return rotation::SealedSecret{.purpose = purpose, .key = rotation::AccessKeyId{use.text(0)}, .bytes = use.text(1)};
  }
  require_nobody_shredded();
  return std::nullopt;
}

void RotationJournal::require_space() { require_free(connection_->directory(), least_free); }

}  // namespace store
