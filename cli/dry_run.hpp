// A dry run is another world: the same engine over ports that read the real one and only say what they would change.
// Nothing is written anywhere, not even a journal file.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/dry_run_cloud.hpp"
#include "rotation/engine.hpp"
#include "rotation/ports.hpp"
#include "rotation/view.hpp"

namespace cli {

class DryRunLocation final : public rotation::Location {
 public:
  DryRunLocation(rotation::Location& real, rotation::LocationName name, Say say)
      : real_(real), name_(std::move(name)), say_(std::move(say)) {}
  [[nodiscard]] rotation::Answer<rotation::Holding> read() override;
  [[nodiscard]] rotation::Answer<rotation::Nothing> ready() const override { return real_.ready(); }
  [[nodiscard]] rotation::Millis age() const override { return real_.age(); }
  [[nodiscard]] rotation::Answer<rotation::Written> write(const rotation::Change& change) override;
  [[nodiscard]] rotation::SecretAccessKey form(const rotation::SecretAccessKey& secret) const override {
    return real_.form(secret);
  }

 private:
  rotation::Location& real_;
  rotation::LocationName name_;
  Say say_;
  std::optional<rotation::Holding> imagined_;
};

// Records go to a view in memory. `real` may be null: then the rotation begins here.
class DryRunJournal final : public rotation::Journal {
 public:
  DryRunJournal(rotation::View view, rotation::Journal* real, rotation::Clock& clock)
      : view_(std::move(view)), real_(real), clock_(clock) {}
  [[nodiscard]] const rotation::View& view() const override { return view_; }
  void append(rotation::Draft draft, rotation::Attachments attachments) override;
  void attach(rotation::Attachments attachments);
  [[nodiscard]] const std::vector<rotation::Record>& records() const { return records_; }
  void set_caller(const rotation::Arn& arn) override { caller_ = arn.text(); }
  void take_lease(rotation::Seize /*seize*/) override {}
  void require_lease() override {}
  void release_lease() noexcept override {}
  [[nodiscard]] std::optional<std::string> wrapped_key() override;
  [[nodiscard]] std::optional<rotation::SealedSecret> sealed(const std::string& purpose) override;
  void require_space() override {}

 private:
  rotation::View view_;
  rotation::Journal* real_;
  rotation::Clock& clock_;
  std::string caller_;
  std::vector<rotation::Record> records_;  // as they would be written, beside the first
  std::optional<std::string> wrapped_;
  std::map<std::string, rotation::SealedSecret> sealed_;
  bool shredded_ = false;
};

// Keeps what it "seals" in memory; unseals what the real sealer once sealed.
class DryRunSealer final : public rotation::Sealer {
 public:
  explicit DryRunSealer(rotation::Sealer& real) : real_(real) {}
  [[nodiscard]] std::string new_wrapped_key(const rotation::RotationId& rotation) override;
  void prove(const std::string& wrapped_key, const rotation::RotationId& rotation) override;
  [[nodiscard]] rotation::SealedSecret seal(const std::string& wrapped_key, const rotation::RotationId& rotation,
                                            const rotation::AccountName& account, std::string purpose,
                                            const rotation::AccessKeyId& key, const rotation::Secret& secret) override;
  [[nodiscard]] std::optional<rotation::Secret> unseal(const std::string& wrapped_key,
                                                       const rotation::RotationId& rotation,
                                                       const rotation::AccountName& account,
                                                       const rotation::SealedSecret& sealed) override;

 private:
  rotation::Sealer& real_;
  std::map<std::string, rotation::Secret> kept_;  // by the opaque bytes that stand for it
};

class DryRunSpill final : public rotation::Spill {
 public:
  explicit DryRunSpill(rotation::Spill& real) : real_(real) {}
  void prepare(const rotation::RotationId& /*rotation*/, const rotation::AttemptId& /*attempt*/) override {}
  void keep(const rotation::RotationId& /*rotation*/, const rotation::AttemptId& /*attempt*/,
            const rotation::SealedSecret& /*secret*/, rotation::Time /*created_at*/) override {}
  [[nodiscard]] std::optional<Kept> kept(const rotation::RotationId& rotation,
                                         const rotation::AttemptId& attempt) override {
    return real_.kept(rotation, attempt);
  }
  void remove(const rotation::RotationId& /*rotation*/, const rotation::AttemptId& /*attempt*/) noexcept override {}
  void note(const rotation::RotationId& /*rotation*/, const rotation::Draft& /*draft*/) noexcept override {}

 private:
  rotation::Spill& real_;
};

// Short waits pass in no time.
class DryRunClock final : public rotation::Clock {
 public:
  explicit DryRunClock(rotation::Clock& real) : real_(real) {}
  [[nodiscard]] rotation::Instant now() override;
  void set_server_offset(rotation::Millis offset) override { real_.set_server_offset(offset); }
  rotation::Waited wait(rotation::Millis span, const std::function<void(rotation::Millis)>& tick) override;
  [[nodiscard]] bool interrupted() const override { return real_.interrupted(); }
  void hold_signals() override {}
  void release_signals() override {}
  [[nodiscard]] rotation::AttemptId fresh_attempt() override { return real_.fresh_attempt(); }

 private:
  rotation::Clock& real_;
  rotation::Millis ahead_{};
};

class DryRunOperator final : public rotation::Operator {
 public:
  explicit DryRunOperator(Say say) : say_(std::move(say)) {}
  [[nodiscard]] rotation::Consent confirm(const rotation::Question& question) override;
  void tell(const rotation::Progress& /*progress*/) override {}
  void waiting(const std::string& /*what*/, rotation::Millis /*left*/) override {}

 private:
  Say say_;
};

// What a dry run reads.
struct RealWorld {
  rotation::Sealer& sealer;
  rotation::Spill& spill;
  rotation::Cloud& cloud;
  rotation::Locations& locations;
  rotation::Clock& clock;
};

// The whole imagined world around one rotation.
class DryRun {
 public:
  // `journal` may be null: then the rotation begins here.
  DryRun(rotation::View view, const RealWorld& real, rotation::Journal* journal, const Say& say);
  // What an adopted rotation seals at its start.
  void adopt(const rotation::Prospect& prospect);
  [[nodiscard]] rotation::Ports ports();
  [[nodiscard]] DryRunJournal& journal() { return journal_; }

 private:
  DryRunClock clock_;
  DryRunCloud cloud_;
  DryRunJournal journal_;
  DryRunSealer sealer_;
  DryRunSpill spill_;
  DryRunOperator person_;
  rotation::Locations locations_;
};

// The first record of a rotation that would start now, and its view.
[[nodiscard]] rotation::Record imagined_record(const rotation::Start& start, const std::string& actor,
                                               rotation::Time now);
[[nodiscard]] rotation::View imagined_start(const rotation::Start& start, const std::string& actor, rotation::Time now);

}  // namespace cli
