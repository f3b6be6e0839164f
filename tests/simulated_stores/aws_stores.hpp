// Secrets Manager (2017-10-17) and SSM's parameters (2014-11-06) at one address, as far as a rotation asks them:
// versions with labels, parameters with a history. Source: the services' models in botocore and their API references.
// Who signs is not checked here: simulated_cloud does that, and moto speaks these services too.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "simulated_stores/store_server.hpp"

namespace simulated_stores {

class AwsStores final : public StoreServer {
 public:
  struct Version {
    std::string text;
    std::set<std::string> labels = {};
  };
  struct Secret {
    std::string key_id = {};
    std::map<std::string, Version> versions = {};
  };
  struct Parameter {
    std::string value, type;
    std::string tier = "Standard", data_type = "text", key_id = {}, description = {}, allowed_pattern = {};
  };

  ~AwsStores() override { stop(); }

  // Under with().
  std::map<std::string, Secret> secrets;
  std::map<std::string, std::vector<Parameter>> parameters;  // every version, the oldest first
  // All but the history: what a reader of the newest sees, and how it is kept.
  [[nodiscard]] Json newest_secrets() const;
  [[nodiscard]] Json newest_parameters() const;

 private:
  Reply answer(const Request& request, std::string_view path, std::string_view query) override;
  Reply secret_asked(const std::string& action, const Json& asked);
  Reply put_value(Secret& secret, const Json& asked);
  Reply move_label(Secret& secret, const Json& asked);
  Reply parameter_asked(const std::string& action, const Json& asked);
  Reply put_parameter(const Json& asked);
  [[nodiscard]] static Reply no(const std::string& code);
};

}  // namespace simulated_stores
