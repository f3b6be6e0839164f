// The API server of one Kubernetes cluster, for the few objects that a rotation touches.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/http/transport.hpp"
#include "rotation/answer.hpp"
#include "secrets_adapters/kube_object.hpp"
#include "secrets_adapters/kubeconfig.hpp"
#include "secrets_adapters/web.hpp"

namespace secrets_adapters {

struct KubeSettings {
  KubeSources sources;
  std::vector<std::string> pass_env = {};  // for a credential plugin
};

// Of which object, and what a role must allow for it.
struct KubeThing {
  std::string path;   // "/api/v1/namespaces/apps/secrets/aws"
  std::string words;  // "secret apps/aws"
  std::string kind;   // "Secret"
  std::string role;   // "secrets", as a Role calls them
};

// Nothing is read and nobody is asked before the first call. A failure is said by status and by the reason of the
// Status object alone: its message can quote what was sent.
//
// Source: Kubernetes API reference 1.32; API concepts, "Resource versions" and "Dry-run"; API conventions, "Response
// Status Kind".
class KubeApi {
 public:
  using Network = std::function<std::unique_ptr<http::Transport>(http::TransportSettings)>;
  KubeApi(KubeSettings settings, Network network, std::function<bool(rotation::Millis)> pause);

  // Before a series of requests: a token's file is read anew. Refused where the kubeconfig is not usable.
  [[nodiscard]] std::optional<rotation::Refused> begin();
  [[nodiscard]] const KubeTarget& target() const { return *target_; }  // after `begin`

  // 401: the plugin or the token's file is asked anew, once. 404 is no_such_entity only where the API server itself
  // says NotFound. 409 is conflict.
  [[nodiscard]] rotation::Answer<KubeObject> get(const KubeThing& thing);
  // A JSON merge patch (RFC 7386): the object as it is afterwards. With a resourceVersion in it: conflict where the
  // object has another one. Unknown: it may have happened, or may yet.
  [[nodiscard]] rotation::Answer<KubeObject> patch(const KubeThing& thing, std::string_view merge);
  // The same, checked by the server in every way and not stored.
  [[nodiscard]] rotation::Answer<KubeObject> try_patch(const KubeThing& thing, std::string_view merge);

 private:
  struct Call {
    http::Method method = http::Method::get;
    std::string query = {};
    std::string_view body = {};
    Effect effect = Effect::read;
    std::string doing;  // "reading secret apps/aws"
    std::string verb;
  };
  void connect();
  [[nodiscard]] std::string renewal() const;  // what helps where the credentials are not accepted
  [[nodiscard]] rotation::Answer<KubeObject> call(const KubeThing& thing, const Call& call);
  [[nodiscard]] rotation::Answer<http::Response> send(const KubeThing& thing, const Call& call);
  [[nodiscard]] rotation::Answer<KubeObject> read_reply(const KubeThing& thing, const Call& call,
                                                        http::Response response) const;

  KubeSettings settings_;
  Network network_;
  std::function<bool(rotation::Millis)> pause_;
  std::optional<KubeTarget> target_;
  std::optional<Web> web_;
};

}  // namespace secrets_adapters
