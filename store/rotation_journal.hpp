// rotation::Journal over the journal file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "rotation/ports.hpp"
#include "rotation/view.hpp"
#include "store/connection.hpp"
#include "store/journal_store.hpp"

namespace store {

class RotationJournal final : public rotation::Journal {
 public:
  RotationJournal(std::shared_ptr<Connection> connection, Actor actor, rotation::View view);
  RotationJournal(const RotationJournal&) = delete;
  RotationJournal& operator=(const RotationJournal&) = delete;
  ~RotationJournal() override;
  // The started record, the row and the lease in one commit; the view was empty.
  void start(const rotation::Start& start, const rotation::RotationId& id, const std::optional<rotation::Arn>& caller,
             const rotation::Attachments& attachments);

  [[nodiscard]] const rotation::View& view() const override { return view_; }
  void append(rotation::Draft draft, rotation::Attachments attachments) override;
  void set_caller(const rotation::Arn& arn) override;
  void take_lease(rotation::Seize seize) override;
  void require_lease() override;
  void release_lease() noexcept override;
  [[nodiscard]] std::optional<std::string> wrapped_key() override;
  [[nodiscard]] std::optional<rotation::SealedSecret> sealed(const std::string& purpose) override;
  void require_space() override;

 private:
  [[nodiscard]] std::int64_t name_id();
  [[nodiscard]] rotation::Record record_of(rotation::Draft draft) const;
  void commit(rotation::Record& record, const rotation::Attachments& attachments, const rotation::View& next);
  void require_no_other_writer();
  void require_nobody_shredded();
  enum class Shred { nothing, new_secret, all };
  void require_none_open();
  void attach(const rotation::Attachments& attachments, Shred shred);
  void catch_up();
  void stand_aside();
  void settle_doubt();
  void adopt_notes();
  void clear_spills();

  std::shared_ptr<Connection> connection_;
  Actor actor_;
  std::optional<std::string> caller_;
  rotation::View view_;
  std::optional<std::int64_t> token_;    // of our lease
  bool overtaken_ = false;               // another process has gone on; until the lease is ours again we only read
  std::optional<std::string> doubtful_;  // the hash of a record whose commit failed: it may be there all the same
};

}  // namespace store
