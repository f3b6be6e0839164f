// The one loop in which a call is tried: reads are retried; a write is retried only when it surely did nothing; a
// create is sent at most once, whatever happens. A write or create whose ending is not certain is Unknown.
#pragma once

#include <utility>
#include <variant>

#include "providers/calling/credentials.hpp"
#include "providers/calling/setback.hpp"
#include "providers/http/retry.hpp"
#include "providers/http/transport.hpp"

namespace calling {

struct Patience {
  http::RetryPolicy reads = {};  // the budget counts from the first try's start
  // A mutation goes out only under a lease: its tries must end well before that does.
  http::RetryPolicy writes{.attempts = 3, .budget = Millis{10'000}};
  Millis deadline{30'000};  // of one request
};

class Tries {
 public:
  Tries(const World& world, const Patience& patience, Effect effect)
      : world_(world), patience_(patience), effect_(effect), started_(world.now()) {}

  // What the next request is signed with; an unsigned call has no signer. Renews a session before a read alone.
  [[nodiscard]] rotation::Answer<const Credentials*> credentials(Signer* signer) const;
  // Another try makes sense: it has waited, or put right what was wrong.
  [[nodiscard]] bool again(const Setback& setback, Signer* signer);

 private:
  [[nodiscard]] bool prepare(const Setback& setback, Signer* signer);

  const World& world_;
  const Patience& patience_;
  Effect effect_;
  http::SysMillis started_;
  int made_ = 0;
  Millis waited_{0};
  bool clock_corrected_ = false;
  bool session_renewed_ = false;
};

// The server's time, from the Date header of the latest reply.
class ServerClock {
 public:
  explicit ServerClock(const World& world) : world_(&world) {}
  void note(const http::Response& response, http::SysMillis sent, http::SysMillis received);
  [[nodiscard]] std::optional<Millis> offset() const { return offset_; }  // server minus ours; empty before a reply
  [[nodiscard]] http::SysMillis now() const { return world_->now() + offset_.value_or(Millis{0}); }

 private:
  const World* world_;
  std::optional<Millis> offset_;
};

// A request as every call has it: a deadline, and a connection of its own for whatever changes something.
[[nodiscard]] http::Request request_to(std::string url, std::string action, Effect effect, const Patience& patience,
                                       const World& world);
// One exchange; the reply of whatever status, or why there is none.
[[nodiscard]] std::variant<http::Response, Setback> send(http::Transport& transport, const http::Request& request,
                                                         const World& world, ServerClock& clock);

// The same for a reply that came in among others.
[[nodiscard]] std::variant<http::Response, Setback> receive(http::Reply reply, std::string_view action,
                                                            http::SysMillis sent, http::SysMillis received,
                                                            ServerClock& clock);

// "…: the cloud refused CreateAccessKey (Code), request id …"
[[nodiscard]] rotation::Unknown not_certain(const Setback& setback);

// `attempt(const Credentials*)` gives a Reply or a Setback.
template <class Reply, class Attempt>
[[nodiscard]] rotation::Answer<Reply> try_call(const World& world, const Patience& patience, Effect effect,
                                               Signer* signer, Attempt&& attempt) {
  Tries tries{world, patience, effect};
  for (;;) {
    const auto credentials = tries.credentials(signer);
    const auto* held = rotation::done(credentials);
    if (!held) return rotation::pass_on<Reply>(credentials);
    std::variant<Reply, Setback> tried = attempt(*held);
    if (auto* reply = std::get_if<Reply>(&tried)) return rotation::Done<Reply>{std::move(*reply)};
    auto& setback = std::get<Setback>(tried);
    if (tries.again(setback, signer)) continue;
    if (ends_refused(effect, setback)) return std::move(setback.refused);
    return not_certain(setback);
  }
}

}  // namespace calling
