// HashiCorp Vault and OpenBao, as far as their API pages and path_data.go of vault-plugin-secrets-kv tell: key/value
// engines of version 2 and 1, tokens with policies, uses and an end, AppRole and Kubernetes logins, namespaces.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "simulated_stores/store_server.hpp"

namespace simulated_stores {

class Vault final : public StoreServer {
 public:
  explicit Vault(std::uint16_t port = 0) : StoreServer(port) {}
  ~Vault() override { stop(); }

  // ---- what it holds; tests use it within with() ------------------------------------------------------------

  struct Version {
    std::string data;  // the JSON text of the object with the members
    bool deleted = false;
    bool destroyed = false;
  };
  struct Secret {
    std::map<std::uint64_t, Version> versions;
    std::uint64_t current = 0;
    std::map<std::string, std::string> custom_metadata;
    bool cas_required = false;
  };
  struct Mount {
    std::string type = "kv";
    int version = 2;
    bool cas_required = false;
    std::size_t max_versions = 10;
    std::map<std::string, Secret> secrets = {};    // of version 2
    std::map<std::string, std::string> flat = {};  // of version 1
  };
  using Policy = std::map<std::string, std::set<std::string>>;  // a path, or its beginning and "*"; capabilities
  struct Token {
    Policy policy;
    std::int64_t expires = 0;  // by `now`; 0: never
    std::int64_t uses = 0;     // 0: any number
    bool renewable = false;
    bool default_policy = true;  // may look at itself
    std::string name_space = {};
  };
  struct Login {
    std::map<std::string, std::string> wants;  // member and value
    Token grants;
    std::int64_t lifetime = 3600;
  };

  std::int64_t now = 1'000'000;
  std::map<std::string, Mount> mounts;  // "secret", or "NAMESPACE/secret"
  std::map<std::string, Token> tokens;
  std::map<std::string, Login> logins;  // by the mount of the method: "approle", or "NAMESPACE/approle"
  std::set<std::string> revoked;
  // A standby answers a GET with the version before for so many times after a write, and 412 where it is told of it.
  unsigned lag = 0;
  bool tells_index = true;  // what such a write was numbered

  // A version on top of those that are there, as somebody else would write it.
  void put(const std::string& mount, const std::string& path, const std::string& data);
  [[nodiscard]] std::string current(const std::string& mount, const std::string& path);
  [[nodiscard]] std::uint64_t number(const std::string& mount, const std::string& path);
  // `capabilities` of a path, as a policy of one rule.
  [[nodiscard]] static Policy allowing(const std::string& path, std::set<std::string> capabilities) {
    return {{path, std::move(capabilities)}};
  }

 private:
  struct Call {
    const Request& request;
    std::string path;  // below /v1/, decoded
    std::string name_space;
    std::string_view query;
  };
  Reply answer(const Request& request, std::string_view path, std::string_view query) override;
  Reply serve(const Call& call);
  Reply log_in(const Call& call, const std::string& method);
  Reply under_token(const Call& call, const std::string& name);
  Reply self(const Call& call, const std::string& name);
  Reply capabilities(const Call& call, const Token& token);
  Reply mount_of(const Call& call, const Token& token);
  Reply engine(const Call& call, const Token& token);
  Reply flat(const Call& call, Mount& mount, const std::string& path);
  Reply read_data(const Call& call, Mount& mount, const std::string& path);
  Reply write_data(const Call& call, const Token& token, Mount& mount, const std::string& path);
  void add_version(Mount& mount, Secret& secret, const std::string& data);

  Reply error(int status, std::vector<std::string> errors);
  Reply denied() { return error(403, {"1 error occurred:\n\t* permission denied\n\n"}); }
  void odd_thing(const std::string& what) { (void)refuse_as_odd(what); }
  [[nodiscard]] static std::set<std::string> capabilities_of(const Policy& policy, const std::string& path);
  [[nodiscard]] static bool may(const Token& token, const std::string& path, const std::string& capability);
  [[nodiscard]] std::map<std::string, Mount>::iterator mounted(const Call& call, const std::string& path);

  unsigned behind_ = 0;
  std::uint64_t writes_ = 0;
  std::uint64_t issued_ = 0;
};

}  // namespace simulated_stores
