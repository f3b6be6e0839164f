// The Query protocol of IAM (2010-05-08) and STS (2011-06-15): signed form posts, XML replies.
#pragma once

#include <optional>
#include <string>

#include "providers/aws_iam/endpoints.hpp"
#include "providers/aws_iam/failures.hpp"
#include "providers/aws_iam/sigv4.hpp"
#include "providers/aws_iam/xml.hpp"
#include "providers/calling/tries.hpp"
#include "providers/http/encode.hpp"
#include "rotation/answer.hpp"

namespace aws_iam {

using calling::Credentials;
using calling::Effect;
using calling::Signer;
using calling::World;

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
  calling::Patience patience = {};
};

class QueryApi {
 public:
  QueryApi(http::Transport& transport, const World& world, ApiSettings settings)
      : transport_(transport), world_(world), settings_(std::move(settings)), clock_(world) {}

  // Without a signer the request goes out unsigned (AssumeRoleWithWebIdentity).
  [[nodiscard]] rotation::Answer<QueryReply> call(const Call& call, Signer* signer);
  // The two halves of a read, for whoever waits for many replies at once and keeps the signing key meanwhile.
  using Tried = std::variant<QueryReply, calling::Setback>;
  [[nodiscard]] http::Request request(const Call& call, const Credentials* credentials, SigningKey& key) const;
  [[nodiscard]] Tried read(const Call& call, http::Reply reply, http::Millis took);
  [[nodiscard]] std::optional<http::Millis> clock_offset() const { return clock_.offset(); }
  [[nodiscard]] const Endpoints& endpoints() const { return settings_.endpoints; }

 private:
  [[nodiscard]] Tried understand(std::variant<http::Response, calling::Setback> reply, const Call& call) const;

  http::Transport& transport_;
  const World& world_;
  ApiSettings settings_;
  calling::ServerClock clock_;
};

}  // namespace aws_iam
