#include "store/journal_store.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "rotation/errors.hpp"
#include "store/records.hpp"
#include "store/rotation_journal.hpp"

namespace store {
namespace {

using rotation::RotationId;

// A ULID: 48 bits of milliseconds and 80 of chance in Crockford's base 32, so that ids sort by their start.
std::string fresh_id(const std::string& prefix, rotation::Time now) {
  constexpr std::string_view digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::array<unsigned char, 16> bytes{};
  auto millis = static_cast<std::uint64_t>(std::chrono::milliseconds(now.time_since_epoch()).count());
  for (std::size_t i = 6; i-- > 0; millis >>= 8U) bytes[i] = static_cast<unsigned char>(millis & 0xffU);
  while (::getrandom(&bytes[6], 10, 0) != 10) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "cannot get random bytes");
  }
  // 128 bits in 26 digits of 5: the first digit has the top 3 bits alone.
  std::string text = prefix;
  for (int bit = -2; bit < 128; bit += 5) {
    unsigned value = 0;
    for (int each = bit; each < bit + 5; ++each) {
      const unsigned one = each < 0 ? 0U : (bytes[static_cast<std::size_t>(each / 8)] >> (7 - each % 8)) & 1U;
      value = value * 2 + one;
    }
    text += digits[value];
  }
  return text;
}

// Invariant 6. The schema refuses it too; this names the one in the way.
void require_none_open(const JournalReader& reader, const rotation::Start& start) {
  for (const rotation::Summary& open : reader.open_of(start.target)) {
    const bool other_key = start.procedure == rotation::Procedure::retire &&
                           open.procedure == rotation::Procedure::retire && open.old_key != start.old_key;
    if (other_key) continue;
    throw rotation::Trouble(rotation::Ending::needs_operator,
                            {.message = "The user " + open.target.user.text() + " of " + open.target.account.text() +
                                        " has an open " + std::string(word(open.procedure)) +
                                        " already: " + open.id.text() + ", at " + std::string(word(open.state)) + ".",
                             .keys = "Nothing was started; each key stays as it is.",
                             .hint = "keybaton resume " + open.id.text()});
  }
}

OpenOptions with_clock(OpenOptions options) {
  KEYBATON_ASSERT(options.now);
  return options;
}

}  // namespace

std::string fresh_batch(rotation::Time now) { return fresh_id("b-", now); }

JournalStore::JournalStore(OpenOptions options)
    : connection_(std::make_shared<Connection>(with_clock(std::move(options)), Access::write)), reader_(connection_) {}

std::unique_ptr<rotation::Journal> JournalStore::begin(const rotation::Start& start, const Actor& actor,
                                                       const std::optional<rotation::Arn>& caller, const Sealed& sealed,
                                                       const Check& check) {
  const RotationId id{fresh_id("r-", connection_->options().now().wall)};
  const rotation::Attachments attachments = sealed ? sealed(id) : rotation::Attachments{};
  auto journal = std::make_unique<RotationJournal>(connection_, actor, rotation::View{});
  try {
    Transaction transaction(connection_->database(), Transaction::Mode::write);
    if (check) check(reader_);
    require_none_open(reader_, start);
    journal->start(start, id, caller, attachments);
    transaction.commit();
  } catch (...) {
    connection_->forget_names();
    throw;
  }
  return journal;
}

std::unique_ptr<rotation::Journal> JournalStore::open(const RotationId& id, const Actor& actor) {
  return std::make_unique<RotationJournal>(connection_, actor, reader_.view(id));
}

namespace {

bool keeps_secrets(Connection& connection, const RotationId& id) {
  Use use(connection.prepared("SELECT 1 FROM wrapped_key w JOIN name n ON n.id = w.rotation WHERE n.text = ? LIMIT 1"));
  use.bind(id.text());
  return use.next();
}

}  // namespace

void JournalStore::shred_overdue(const Actor& actor, const ServerTime& server_time) {
  std::vector<RotationId> closed;
  {
    Use use(connection_->prepared(
        "SELECT n.text FROM wrapped_key w JOIN rotation r ON r.id = w.rotation JOIN name n ON n.id = w.rotation "
        "WHERE r.state >= 5"));
    while (use.next()) closed.emplace_back(use.text(0));
  }
  const rotation::Time now = connection_->options().now().wall;
  for (const RotationId& id : closed) {
    try {
      const rotation::View view = reader_.view(id);
      if (!keeps_secrets(*connection_, id)) continue;  // shredded meanwhile; after this look the append would tell
      const auto until = view.old_secrets_until();
      if (until && now < *until) continue;
      const auto confirmed = until ? server_time(view) : std::optional{now};
      if (!confirmed || (until && *confirmed < *until)) continue;
      shred(view, actor);
    } catch (const rotation::StorageTrouble&) {
      continue;  // damaged records, which `history verify` names, or a full disk, which the next write names
    } catch (const rotation::Held&) {
      return;  // another process is at it
    }
  }
}

void JournalStore::shred(const rotation::View& view, const Actor& actor) {
  rotation::Draft note{.kind = rotation::Kind::note};
  note.detail["what"] = "late_undo_over";
  RotationJournal{connection_, actor, view}.append(std::move(note), {.shred = true});
}

std::int64_t JournalStore::append_single(const rotation::AccountName& account, const rotation::UserName& user,
                                         const Actor& actor, const std::optional<rotation::Arn>& caller,
                                         rotation::Draft draft) {
  rotation::Record record{.id = 0,
                          .rotation = {},
                          .seq = 0,
                          .at = connection_->options().now().wall,
                          .actor = actor.person,
                          .claim = actor.claim,
                          .caller = caller ? std::optional{caller->text()} : std::nullopt,
                          .account = account,
                          .user = user,
                          .what = std::move(draft),
                          .hash = {}};
  try {
    Transaction transaction(connection_->database(), Transaction::Mode::write);
    insert_record(*connection_, record);
    transaction.commit();
  } catch (...) {
    connection_->forget_names();
    throw;
  }
  return record.id;
}

}  // namespace store
