// One request against the world: authentication, authorisation, faults, the work, the log. Thread-safe; no sockets.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "faults.hpp"
#include "sigv4.hpp"
#include "world.hpp"

namespace simulated_cloud {

struct Reply {
  int status = 200;
  Headers headers;
  std::string body;
};

// How the reply reaches the client, if it does.
struct Delivery {
  enum class How { whole, nothing, cut } how = How::whole;
  std::size_t at_byte = 0;   // of cut
  bool whole_reply = false;  // at_byte counts from the status line
  bool close_after = false;
  bool reset = false;
};

struct LogEntry {
  std::uint64_t number = 0;      // from 1, in the order of arrival
  std::uint64_t connection = 0;  // from 1: which TCP connection brought it
  Time at;
  std::string service, region, action, access_key;
  std::string user, target_key, asked_status, created_key;
  std::string agent;
  std::string target, body;  // only while keep_bodies is on
  int status = 0;            // HTTP status sent, or that would have been sent
  std::string code;          // error code; empty for success
  std::string fault;         // the scripted faults that struck, joined by commas
  bool worked = false;       // the action was carried out
  bool delivered = false;    // the whole reply was handed to the network
};

class Cloud {
 public:
  explicit Cloud(Clock clock = real_time, std::uint64_t seed = 1) : world_(std::move(clock), seed) {}

  // The whole of one exchange, waits included. `connection` is only logged.
  [[nodiscard]] Reply answer(const Request& request, std::uint64_t connection, Delivery& delivery);

  // Exclusive access; don't call the cloud again from inside.
  template <typename Use>
  auto with(Use&& use) {
    const std::lock_guard lock(mutex_);
    return use(world_);
  }

  void add_fault(FaultRule rule);
  void clear_faults();
  [[nodiscard]] std::vector<FaultRule> faults();
  [[nodiscard]] std::vector<LogEntry> log(std::uint64_t after = 0);
  void clear_log();
  void keep_bodies(bool on);
  // Forgets world, options, faults and log, and ends slow requests without their work.
  void reset();
  // Ends the waits of slow requests; for shutting down.
  void hurry();

 private:
  struct Exchange;
  void arrive(Exchange& exchange);
  void work(Exchange& exchange);
  void perform(Exchange& exchange);
  void assume_unsigned(Exchange& exchange);
  void judge_signature(Exchange& exchange, Verdict verdict, Time now);
  void run_acts(const Exchange& exchange, FaultKind when);
  void finish(Exchange& exchange, const Delivery& delivery);
  // False if the world has been reset meanwhile.
  [[nodiscard]] bool pause(Millis span, std::uint64_t epoch);

  std::mutex mutex_;
  std::condition_variable wake_;
  bool hurried_ = false;
  bool keep_bodies_ = false;
  World world_;
  std::vector<FaultRule> faults_;
  std::deque<LogEntry> log_;
  std::uint64_t numbered_ = 0;
  std::uint64_t epoch_ = 0;  // how many resets there were
};

}  // namespace simulated_cloud
