// The engine's own class, shared by its source files. Internal to rotation/.
#pragma once

#include <optional>
#include <string>

#include "rotation/decide.hpp"
#include "rotation/engine.hpp"

namespace rotation {

class Engine {
 public:
  Engine(Ports& ports, const Wishes& wishes) : ports_(ports), wishes_(wishes) {}
  [[nodiscard]] Result run();

 private:
  using End = std::optional<Result>;  // empty: another turn

  [[nodiscard]] const View& view() const { return ports_.journal.view(); }
  [[nodiscard]] Instant now();
  void append(Draft draft, Attachments attachments = {});
  void raise(const Attention& attention);
  void attention_is_over();
  [[nodiscard]] Result told_as_seen(Result result) const;
  void begin_burst();
  void forget_reads();

  // engine.cpp: what each action means
  End act(const Look& look);
  End act(const Pause& pause);
  End act(const Sit& sit);
  End act(const Write& write);
  End act(const Perform& perform);
  End act(const Ask& ask);
  End act(const StopFor& stop);
  End act(const GiveUp& give_up);
  End act(const Adopt& adopt);
  End act(const Closed&);
  End act(const Reached&);
  End wait(Millis span, const std::string& what);

  // engine_look.cpp
  void look_caller();
  void look_keys();
  void look_location(const LocationName& name);
  End look_last_used(const AccessKeyId& key);
  void look_probe();
  void note_sources(const AccessKeyId& key, const LastUsed& used, Draft& draft);
  void look_spill();
  void choose_signer();
  bool try_other_signer();
  bool sign_with_sealed(const std::string& purpose);
  [[nodiscard]] LocationLook as_look(const LocationName& name, const Holding& holding);
  void compare_secrets(const LocationName& name, const Holding& holding, LocationLook& look);
  [[nodiscard]] std::optional<SecretAccessKey> unsealed(const std::string& purpose);
  [[nodiscard]] std::optional<Spill::Kept> kept_secret();

  // engine_mutate.cpp
  End create();
  [[noreturn]] void discard_new_key(const NewKey& made, const Pending& pending, const Problem& why);
  End keep_new_key(const NewKey& made, const std::string& wrapped, const Pending& pending);
  [[nodiscard]] Answer<Nothing> send_change(const Perform& perform);
  bool left_to_decide(const Perform& perform, const Answer<Nothing>& answer, const Pending& pending);
  End change_key(const Perform& perform);
  void show_undo(const Perform& perform);
  [[nodiscard]] std::optional<SecretAccessKey> secret_to_write(const Perform& perform);
  [[nodiscard]] std::optional<SecretAccessKey> old_secret_for(const LocationName& name);
  End learn_old_secret(const LocationName& name, const Holding& own, Draft& draft, Attachments& attachments);
  End change_location(const Perform& perform);
  [[nodiscard]] bool newcomers_join();
  End location_written(const Perform& perform, const Pending& pending, const Written& written);
  void conclude_key(const Pending& pending, Outcome outcome, bool shred);
  End cloud_refused(const std::string& what, const Refused& refused);
  End mutation_unknown(const std::string& what, const std::string& why);

  Ports& ports_;
  Wishes wishes_;
  Observations seen_;
  Millis paused_{};
  int turns_ = 0;     // since the last long wait
  int unknowns_ = 0;  // mutations of this command without a clear answer
  std::map<LocationName, int> writes_;
  std::map<LocationName, int> conflicts_;  // writes of this command that a place refused as such
  std::optional<Time> shown_use_;          // of the old key, after the deploy
  bool signer_switched_ = false;
  std::optional<Time> burst_began_;  // of our own calls, since the last long wait
};

// Blocks the signals that could end the process between the cloud's commit and ours.
class SignalHold {
 public:
  explicit SignalHold(Clock& clock) : clock_(clock) { clock_.hold_signals(); }
  ~SignalHold() { clock_.release_signals(); }
  SignalHold(const SignalHold&) = delete;
  SignalHold& operator=(const SignalHold&) = delete;

 private:
  Clock& clock_;
};

[[nodiscard]] std::string purpose_of(const LocationName& location);  // "old:" and the name

}  // namespace rotation
