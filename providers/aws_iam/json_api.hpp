// The JSON 1.1 protocol of Secrets Manager (2017-10-17), SSM (2014-11-06) and CloudTrail (2013-11-01): signed posts
// that name their action in a header, JSON replies. Facts: the services' models in botocore.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "providers/aws_iam/endpoints.hpp"
#include "providers/calling/json_reply.hpp"
#include "providers/calling/tries.hpp"
#include "rotation/answer.hpp"

namespace aws_iam {

struct JsonCall {
  Service service = Service::secretsmanager;
  std::string action;  // "PutSecretValue"
  http::Body body;     // an object
  calling::Effect effect = calling::Effect::read;
  std::string region = {};  // in place of the account's
  std::size_t reply_cap = 1 << 20;
  std::optional<calling::Patience> patience = {};  // in place of the usual one
};

// A full, parsed "yes". Values point into it and are wiped with it.
struct JsonReply {
  calling::Json json;
  [[nodiscard]] calling::Value root() const { return json.root(); }
};

class JsonApi {
 public:
  JsonApi(http::Transport& transport, const calling::World& world, Endpoints endpoints, calling::Patience patience = {})
      : transport_(&transport), world_(&world), endpoints_(std::move(endpoints)), patience_(patience), clock_(world) {}

  // Refused{unsupported} where no endpoint of the service is to be called.
  [[nodiscard]] rotation::Answer<JsonReply> call(const JsonCall& call, calling::Signer* signer);
  [[nodiscard]] const Endpoints& endpoints() const { return endpoints_; }

 private:
  using Tried = std::variant<JsonReply, calling::Setback>;
  [[nodiscard]] Tried attempt(const JsonCall& call, const Endpoint& endpoint, const calling::Patience& patience,
                              const calling::Credentials* credentials);

  http::Transport* transport_;
  const calling::World* world_;
  Endpoints endpoints_;
  calling::Patience patience_;
  calling::ServerClock clock_;
};

}  // namespace aws_iam
