// The RPC protocol of RAM, STS, IMS, ActionTrail and KMS: signed POSTs, JSON replies.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "providers/calling/json_reply.hpp"
#include "providers/calling/tries.hpp"
#include "providers/http/encode.hpp"
#include "rotation/answer.hpp"

namespace alibaba_ram {

using calling::Credentials;
using calling::Effect;
using calling::Json;
using calling::Signer;
using calling::Value;
using calling::World;

enum class Service { ram, sts, ims, actiontrail, kms };

[[nodiscard]] std::string_view service_name(Service service);  // "ram", as the config and messages have it
[[nodiscard]] std::string_view api_version(Service service);   // "2015-05-01"

struct Endpoint {
  std::string url;          // "https://ram.aliyuncs.com/"; path "/", no query
  bool overridden = false;  // by the config or the environment
};

struct Endpoints {
  Endpoint ram{"https://ram.aliyuncs.com/"};
  Endpoint sts{"https://sts.aliyuncs.com/"};
  std::optional<Endpoint> ims = {};          // absent: a call to it is refused as unsupported, and nothing is sent
  std::optional<Endpoint> actiontrail = {};  // regional
  std::optional<Endpoint> kms = {};          // regional

  [[nodiscard]] const Endpoint* of(Service service) const;  // nullptr where there is none
};

enum class SignatureStyle { v3, v1 };

struct Call {
  Service service = Service::ram;
  std::string action;
  http::Params params = {};       // in the query under V3: never a secret
  http::Params body_params = {};  // in a form body: secrets and long texts
  Effect effect = Effect::read;
  std::size_t reply_cap = 1 << 20;
  std::optional<Endpoint> at = {};  // of another region, in place of the account's; not where that one is overridden
};

// A full, parsed "yes". Values point into it and are wiped with it.
struct RpcReply {
  Json json;
  rotation::Time server_time{};  // ours, corrected, when the reply came

  [[nodiscard]] Value root() const { return json.root(); }
};

struct ApiSettings {
  Endpoints endpoints = {};
  SignatureStyle style = SignatureStyle::v3;
  calling::Patience patience = {};
};

class RpcApi {
 public:
  RpcApi(http::Transport& transport, const World& world, ApiSettings settings)
      : transport_(&transport), world_(&world), settings_(std::move(settings)), clock_(world) {}

  // Each try has a nonce, a date and a signature of its own. Without a signer the request goes out unsigned
  // (AssumeRoleWithOIDC). SignatureNonceUsed is a passing fault for a read; for anything else it says that a copy of
  // this very request arrived before, so the outcome is unknown.
  [[nodiscard]] rotation::Answer<RpcReply> call(const Call& call, Signer* signer);
  // The two halves of a read of the account's own endpoint, for whoever waits for many replies at once.
  using Tried = std::variant<RpcReply, calling::Setback>;
  [[nodiscard]] http::Request request(const Call& call, const Credentials* credentials) const;
  [[nodiscard]] Tried read(const Call& call, http::Reply reply, http::Millis took);
  [[nodiscard]] std::optional<http::Millis> clock_offset() const { return clock_.offset(); }
  [[nodiscard]] const Endpoints& endpoints() const { return settings_.endpoints; }

 private:
  [[nodiscard]] http::Request request_at(const Call& call, const Endpoint& endpoint,
                                         const Credentials* credentials) const;
  [[nodiscard]] Tried understand(std::variant<http::Response, calling::Setback> reply, const Call& call) const;

  http::Transport* transport_;
  const World* world_;
  ApiSettings settings_;
  calling::ServerClock clock_;
};

}  // namespace alibaba_ram
