// What the journal says, for commands that change nothing: rotations, their records, one rotation's view.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rotation/view.hpp"
#include "store/connection.hpp"

namespace store {

enum class Which : std::uint8_t { open, closed, all };

struct LastBackup {
  rotation::Time at{};
  std::string path;
  std::int64_t records = 0;  // that it held
};

class JournalReader {
 public:
  // nullopt: no journal has been made there yet. Makes nothing. Throws StorageTrouble or Held.
  [[nodiscard]] static std::optional<JournalReader> open_existing(OpenOptions options);
  // Reads through the connection of a JournalStore.
  explicit JournalReader(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}

  // Oldest first.
  [[nodiscard]] std::vector<rotation::Summary> rotations(Which which) const;
  [[nodiscard]] std::optional<rotation::Summary> rotation(const rotation::RotationId& id) const;
  // The open ones of one user as the config names them: at most one rotate, or several retires.
  [[nodiscard]] std::vector<rotation::Summary> open_of(const rotation::AccountName& account,
                                                       const rotation::UserName& user) const;
  // The same by the cloud's own ids, whatever the account is called here.
  [[nodiscard]] std::vector<rotation::Summary> open_of(const rotation::Target& target) const;
  // ROTATION as people type it: an id, a prefix of one, or ACCOUNT/USER of an open rotation. All that fit, at most
  // five of a prefix.
  [[nodiscard]] std::vector<rotation::RotationId> matching(std::string_view text) const;
  // The retires that were started together with others, each with the name of its batch; oldest first.
  struct InBatch {
    rotation::Summary summary;
    std::string batch;  // empty: its first record cannot be read
  };
  [[nodiscard]] std::vector<InBatch> in_batches(Which which) const;
  // The one that fits. Throws Trouble (usage) where nothing fits or several do, all named.
  [[nodiscard]] rotation::RotationId resolve(std::string_view text) const;
  // The fold of its records. Throws Trouble (usage) for an unknown id, StorageTrouble for records that do not fit.
  [[nodiscard]] rotation::View view(const rotation::RotationId& id) const;
  [[nodiscard]] std::vector<rotation::Record> records(const rotation::RotationId& id) const;
  // The latest rotation that begun with this key, or acted on it, by a later record than that one; an empty id for a
  // single call. nullopt: none.
  [[nodiscard]] std::optional<rotation::RotationId> acted_on(const rotation::AccessKeyId& key,
                                                             std::int64_t since) const;
  // Some rotation's data key is wrapped here: then a missing sealing key must not be replaced by a new one.
  [[nodiscard]] bool holds_wrapped_key() const;
  [[nodiscard]] std::optional<LastBackup> last_backup() const;
  // Who has the rotation's lease, "ann@ops1 (process 4711 on ops1)"; nullopt: nobody that still lives.
  [[nodiscard]] std::optional<std::string> lease_holder(const rotation::RotationId& id) const;

  [[nodiscard]] Connection& connection() const noexcept { return *connection_; }

 private:
  std::shared_ptr<Connection> connection_;
};

}  // namespace store
