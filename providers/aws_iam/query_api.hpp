// The Query protocol of IAM (2010-05-08) and STS (2011-06-15): signed form posts, XML replies.
#pragma once

#include <optional>
#include <string>

#include "providers/aws_iam/credentials.hpp"
#include "providers/aws_iam/failures.hpp"
#include "providers/aws_iam/partitions.hpp"
#include "providers/aws_iam/world.hpp"
#include "providers/aws_iam/xml.hpp"
#include "providers/http/encode.hpp"
#include "providers/http/retry.hpp"
#include "providers/http/transport.hpp"
#include "rotation/answer.hpp"

namespace aws_iam {

struct Endpoints {
  Endpoint iam;
  Endpoint sts;
  [[nodiscard]] const Endpoint& of(Service service) const { return service == Service::iam ? iam : sts; }
};

struct Call {
  Service service = Service::iam;
  std::string action;
  http::Params params = {};
  Effect effect = Effect::read;
  std::size_t reply_cap = 1 << 20;
};

// A full, parsed "yes". Values point into it and are wiped with it.
struct QueryReply {
  Xml xml;
  std::string action;
  rotation::Time server_time{};  // ours, corrected, when the reply came

  [[nodiscard]] Element result() const { return xml.root().child(action + "Result"); }
};

struct ApiSettings {
  Endpoints endpoints;
  http::RetryPolicy retry = {};  // of reads; the budget counts from the first try's start
  // A mutation goes out only under a lease: its tries must end well before that does.
  http::RetryPolicy write_retry{.attempts = 3, .budget = Millis{10'000}};
  Millis deadline{30'000};  // of one request
};

// Reads are retried; a write is retried only when it surely did nothing; a create is sent at most once, whatever
// happens. A write or create whose ending is not certain is Unknown.
class QueryApi {
 public:
  QueryApi(http::Transport& transport, const World& world, ApiSettings settings)
      : transport_(transport), world_(world), settings_(std::move(settings)) {}

  // Without a signer the request goes out unsigned (AssumeRoleWithWebIdentity).
  [[nodiscard]] rotation::Answer<QueryReply> call(const Call& call, Signer* signer);
  [[nodiscard]] std::optional<Millis> clock_offset() const { return offset_; }
  [[nodiscard]] const Endpoints& endpoints() const { return settings_.endpoints; }

 private:
  struct Tries;
  using Tried = std::variant<QueryReply, Setback>;
  [[nodiscard]] Tried attempt(const Call& call, const Credentials* credentials);
  [[nodiscard]] http::Request request(const Call& call, const Credentials* credentials) const;
  [[nodiscard]] Tried read(http::Response response, const Call& call) const;
  [[nodiscard]] bool prepare_again(Effect effect, const Setback& setback, Tries& tries, Signer* signer);
  [[nodiscard]] http::SysMillis server_now() const { return world_.now() + offset_.value_or(Millis{0}); }

  http::Transport& transport_;
  const World& world_;
  ApiSettings settings_;
  std::optional<Millis> offset_;
};

}  // namespace aws_iam
