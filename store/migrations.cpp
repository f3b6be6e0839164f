// Released migrations are never edited: a change is a new one at the end.
#include "store/schema.hpp"

namespace store {
namespace {

// Dictionaries. A record names people, keys and places by number; the view `history` gives the text back.
constexpr const char* dictionaries = R"sql(
CREATE TABLE name(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TRIGGER name_is_new BEFORE INSERT ON name BEGIN
  SELECT RAISE(ABORT, 'names are append-only') WHERE EXISTS (SELECT 1 FROM name WHERE id = NEW.id OR text = NEW.text);
END;
CREATE TRIGGER name_stays BEFORE UPDATE ON name BEGIN SELECT RAISE(ABORT, 'names are append-only'); END;
CREATE TRIGGER name_is_kept BEFORE DELETE ON name BEGIN SELECT RAISE(ABORT, 'names are append-only'); END;

CREATE TABLE kind(id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO kind VALUES (0,'started'),(1,'intent'),(2,'outcome'),(3,'observation'),(4,'decision'),(5,'note');
CREATE TABLE step(id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO step VALUES (0,'create'),(1,'deploy'),(2,'verify'),(3,'deactivate'),(4,'delete');
CREATE TABLE direction(id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO direction VALUES (0,'forward'),(1,'back');
CREATE TABLE outcome(id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO outcome VALUES (0,'done'),(1,'not_done'),(2,'half_done'),(3,'unknown'),(4,'refused');
CREATE TABLE procedure(id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO procedure VALUES (0,'rotate'),(1,'retire');
CREATE TABLE state(id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO state VALUES (0,'planned'),(1,'created'),(2,'deployed'),(3,'verified'),(4,'deactivated'),
  (5,'completed'),(6,'rolled_back'),(7,'cancelled');
CREATE TABLE attention(id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO attention VALUES (0,'orphan'),(1,'stranger'),(2,'conflict'),(3,'location_missing'),(4,'location_stale'),
  (5,'old_inactive'),(6,'new_inactive'),(7,'both_inactive'),(8,'no_key'),(9,'lost_new_key'),
  (10,'reactivated_outside'),(11,'closed_outside'),(12,'user_missing'),(13,'user_recreated'),(14,'denied'),
  (15,'drift'),(16,'check_failed');
)sql";

// The hash chain. A check before each insert closes the door that INSERT OR REPLACE leaves open: its implicit delete
// fires no trigger unless recursive_triggers is on.
constexpr const char* records = R"sql(
CREATE TABLE record(
  id INTEGER PRIMARY KEY CHECK (id > 0),
  rotation INTEGER REFERENCES name(id),
  seq INTEGER NOT NULL CHECK (seq >= 0 AND (seq = 0) = (rotation IS NULL)),
  at INTEGER NOT NULL,
  actor INTEGER NOT NULL REFERENCES name(id),
  claim INTEGER REFERENCES name(id),
  caller INTEGER REFERENCES name(id),
  account INTEGER NOT NULL REFERENCES name(id),
  user INTEGER NOT NULL REFERENCES name(id),
  kind INTEGER NOT NULL REFERENCES kind(id),
  step INTEGER REFERENCES step(id),
  direction INTEGER NOT NULL REFERENCES direction(id),
  attempt TEXT CHECK (attempt <> ''),
  outcome INTEGER REFERENCES outcome(id),
  key INTEGER REFERENCES name(id),
  location INTEGER REFERENCES name(id),
  detail TEXT NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE UNIQUE INDEX record_by_rotation ON record(rotation, seq) WHERE rotation IS NOT NULL;
CREATE INDEX record_by_key ON record(key) WHERE key IS NOT NULL;
CREATE INDEX record_by_location ON record(location) WHERE location IS NOT NULL;
CREATE INDEX record_by_user ON record(user);
CREATE INDEX record_by_account ON record(account);
CREATE INDEX record_by_actor ON record(actor);
CREATE INDEX record_by_step ON record(step) WHERE step IS NOT NULL;
CREATE INDEX record_by_kind ON record(kind);
CREATE INDEX record_by_time ON record(at);
CREATE TRIGGER record_comes_next BEFORE INSERT ON record BEGIN
  SELECT RAISE(ABORT, 'records are append-only')
    WHERE NEW.id IS NOT (SELECT coalesce(max(id), 0) + 1 FROM record);
  SELECT RAISE(ABORT, 'a record of this number is already there')
    WHERE NEW.rotation IS NOT NULL
      AND NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM record WHERE rotation = NEW.rotation);
END;
CREATE TRIGGER record_stays BEFORE UPDATE ON record BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
CREATE TRIGGER record_is_kept BEFORE DELETE ON record BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
CREATE VIEW history AS
  SELECT r.id, rotation.text AS rotation, r.seq, strftime('%Y-%m-%dT%H:%M:%SZ', r.at, 'unixepoch') AS at,
    actor.text AS actor, claim.text AS claim, caller.text AS caller, kind.word AS kind, step.word AS step,
    direction.word AS direction, r.attempt, outcome.word AS outcome, account.text AS account, user.text AS user,
    key.text AS key, location.text AS location, r.detail, lower(hex(r.hash)) AS hash
  FROM record r
    LEFT JOIN name rotation ON rotation.id = r.rotation
    LEFT JOIN name actor ON actor.id = r.actor
    LEFT JOIN name claim ON claim.id = r.claim
    LEFT JOIN name caller ON caller.id = r.caller
    LEFT JOIN kind ON kind.id = r.kind
    LEFT JOIN step ON step.id = r.step
    LEFT JOIN direction ON direction.id = r.direction
    LEFT JOIN outcome ON outcome.id = r.outcome
    LEFT JOIN name account ON account.id = r.account
    LEFT JOIN name user ON user.id = r.user
    LEFT JOIN name key ON key.id = r.key
    LEFT JOIN name location ON location.id = r.location;
)sql";

// The projection: one row a rotation, moved by exactly one record at a time. States from 5 on are terminal.
constexpr const char* projection = R"sql(
CREATE TABLE rotation(
  id INTEGER PRIMARY KEY REFERENCES name(id),
  procedure INTEGER NOT NULL REFERENCES procedure(id),
  account INTEGER NOT NULL REFERENCES name(id),
  provider INTEGER NOT NULL REFERENCES name(id),
  partition INTEGER NOT NULL REFERENCES name(id),
  account_id INTEGER NOT NULL REFERENCES name(id),
  user INTEGER NOT NULL REFERENCES name(id),
  user_id INTEGER NOT NULL REFERENCES name(id),
  by_profile INTEGER NOT NULL CHECK (by_profile IN (0, 1)),
  old_key INTEGER NOT NULL REFERENCES name(id),
  new_key INTEGER REFERENCES name(id),
  state INTEGER NOT NULL REFERENCES state(id),
  direction INTEGER NOT NULL REFERENCES direction(id),
  pending_step INTEGER REFERENCES step(id),
  attention INTEGER REFERENCES attention(id),
  seq INTEGER NOT NULL CHECK (seq > 0),
  started_by INTEGER NOT NULL REFERENCES name(id),
  started_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_open_rotate ON rotation(provider, partition, account_id, user_id)
  WHERE procedure = 0 AND state < 5;
CREATE UNIQUE INDEX one_open_retire_per_key ON rotation(provider, partition, account_id, user_id, old_key)
  WHERE procedure = 1 AND state < 5;
CREATE INDEX rotation_open ON rotation(account, user) WHERE state < 5;
CREATE TRIGGER rotation_starts_with_a_record BEFORE INSERT ON rotation BEGIN
  SELECT RAISE(ABORT, 'a rotation row is already there') WHERE EXISTS (SELECT 1 FROM rotation WHERE id = NEW.id);
  SELECT RAISE(ABORT, 'a rotation row follows its record')
    WHERE NEW.seq IS NOT 1 OR NEW.seq IS NOT (SELECT max(seq) FROM record WHERE rotation = NEW.id);
  SELECT RAISE(ABORT, 'the user has an open rotation') WHERE NEW.state < 5 AND EXISTS (
    SELECT 1 FROM rotation r WHERE r.state < 5 AND r.provider = NEW.provider AND r.partition = NEW.partition
      AND r.account_id = NEW.account_id AND r.user_id = NEW.user_id
      AND (r.procedure = 0 OR NEW.procedure = 0 OR r.old_key = NEW.old_key));
END;
CREATE TRIGGER rotation_moves_with_a_record BEFORE UPDATE ON rotation BEGIN
  SELECT RAISE(ABORT, 'a rotation row moves with one record')
    WHERE NEW.id IS NOT OLD.id OR NEW.seq IS NOT OLD.seq + 1
      OR NEW.seq IS NOT (SELECT max(seq) FROM record WHERE rotation = OLD.id);
  SELECT RAISE(ABORT, 'a closed rotation stays closed') WHERE OLD.state >= 5 AND NEW.state IS NOT OLD.state;
END;
CREATE TRIGGER rotation_is_kept BEFORE DELETE ON rotation BEGIN
  SELECT RAISE(ABORT, 'rotation rows are kept');
END;
CREATE VIEW rotations AS
  SELECT rotation.text AS rotation, procedure.word AS procedure, account.text AS account, provider.text AS provider,
    partition.text AS partition, account_id.text AS account_id, user.text AS user, user_id.text AS user_id,
    old_key.text AS old_key, new_key.text AS new_key, state.word AS state, direction.word AS direction,
    step.word AS pending, attention.word AS attention, r.seq, started_by.text AS started_by,
    strftime('%Y-%m-%dT%H:%M:%SZ', r.started_at, 'unixepoch') AS started_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', r.updated_at, 'unixepoch') AS updated_at
  FROM rotation r
    LEFT JOIN name rotation ON rotation.id = r.id
    LEFT JOIN procedure ON procedure.id = r.procedure
    LEFT JOIN name account ON account.id = r.account
    LEFT JOIN name provider ON provider.id = r.provider
    LEFT JOIN name partition ON partition.id = r.partition
    LEFT JOIN name account_id ON account_id.id = r.account_id
    LEFT JOIN name user ON user.id = r.user
    LEFT JOIN name user_id ON user_id.id = r.user_id
    LEFT JOIN name old_key ON old_key.id = r.old_key
    LEFT JOIN name new_key ON new_key.id = r.new_key
    LEFT JOIN state ON state.id = r.state
    LEFT JOIN direction ON direction.id = r.direction
    LEFT JOIN step ON step.id = r.pending_step
    LEFT JOIN attention ON attention.id = r.attention
    LEFT JOIN name started_by ON started_by.id = r.started_by;
)sql";

// Leases, and what is shredded. `pad` fills a whole page, which pushes `bytes` into overflow pages: those are zeroed
// when freed and never moved, whereas a b-tree that rebalances leaves old bytes in the gaps of its pages.
constexpr const char* holdings = R"sql(
CREATE TABLE lease(
  rotation INTEGER PRIMARY KEY REFERENCES name(id),
  token INTEGER NOT NULL CHECK (token > 0),
  holder TEXT NOT NULL,
  host TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  pid_namespace TEXT NOT NULL,
  pid INTEGER NOT NULL,
  pid_started INTEGER NOT NULL,
  expires_boot_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE wrapped_key(
  rotation INTEGER PRIMARY KEY REFERENCES name(id),
  pad BLOB NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE TABLE sealed(
  id INTEGER PRIMARY KEY,
  rotation INTEGER NOT NULL REFERENCES name(id),
  purpose TEXT NOT NULL,
  key TEXT NOT NULL,
  pad BLOB NOT NULL,
  bytes BLOB NOT NULL,
  UNIQUE (rotation, purpose)
) STRICT;
CREATE TABLE backup(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at INTEGER NOT NULL,
  path TEXT NOT NULL,
  records INTEGER NOT NULL
) STRICT;
)sql";

// A completed rotation can be reopened by a late undo, where the cloud keeps deleted keys for a while: back to
// deactivated, and only if no other rotation of that user has been opened meanwhile.
constexpr const char* late_undo = R"sql(
DROP TRIGGER rotation_moves_with_a_record;
CREATE TRIGGER rotation_moves_with_a_record BEFORE UPDATE ON rotation BEGIN
  SELECT RAISE(ABORT, 'a rotation row moves with one record')
    WHERE NEW.id IS NOT OLD.id OR NEW.seq IS NOT OLD.seq + 1
      OR NEW.seq IS NOT (SELECT max(seq) FROM record WHERE rotation = OLD.id);
  SELECT RAISE(ABORT, 'a closed rotation stays closed') WHERE OLD.state >= 5 AND NEW.state IS NOT OLD.state
    AND NOT (OLD.state = 5 AND NEW.state = 4 AND NEW.direction = 1);
  SELECT RAISE(ABORT, 'the user has an open rotation') WHERE OLD.state >= 5 AND NEW.state < 5 AND EXISTS (
    SELECT 1 FROM rotation r WHERE r.state < 5 AND r.id IS NOT OLD.id AND r.provider = NEW.provider
      AND r.partition = NEW.partition AND r.account_id = NEW.account_id AND r.user_id = NEW.user_id
      AND (r.procedure = 0 OR NEW.procedure = 0 OR r.old_key = NEW.old_key));
END;
)sql";

// What runs by itself, and when the worker last did. Working state, as leases are: who added, removed or ran a job
// stands in a record.
constexpr const char* jobs = R"sql(
CREATE TABLE job(
  id TEXT PRIMARY KEY NOT NULL CHECK (id <> ''),
  line TEXT NOT NULL CHECK (line <> ''),
  schedule TEXT CHECK (schedule <> ''),
  event TEXT CHECK (event <> ''),
  added_by TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  counted_from INTEGER NOT NULL,
  runs INTEGER NOT NULL DEFAULT 0 CHECK (runs >= 0),
  began_at INTEGER,
  ended_at INTEGER CHECK (ended_at IS NULL OR began_at IS NOT NULL),
  exit INTEGER,
  outcome TEXT,
  CHECK (schedule IS NOT NULL OR event IS NOT NULL)
) STRICT;
CREATE TABLE worker_pass(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  by TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  ended_at INTEGER,
  exit INTEGER
) STRICT;
)sql";

}  // namespace

const std::vector<Migration>& migrations() {
  static const std::vector<Migration> all{{1, dictionaries}, {1, records},   {1, projection},
                                          {1, holdings},     {2, late_undo}, {3, jobs}};
  return all;
}

}  // namespace store
