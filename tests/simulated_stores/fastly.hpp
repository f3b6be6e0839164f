// Fastly as far as an S3 logging endpoint needs it: a service in versions, of which one is active. A version that is or
// was active is locked; a change goes into a clone, which is validated and activated. (Fastly's API reference; that a
// locked version answers 422, and that replies show the secret, is not proven against the real one.)
#pragma once

#include <map>
#include <string>

#include "simulated_stores/store_server.hpp"

namespace simulated_stores {

class Fastly final : public StoreServer {
 public:
  Fastly(std::string service, std::string token);
  ~Fastly() override { stop(); }

  // ---- what it holds; under with() ----
  using S3 = std::map<std::string, std::string>;  // the fields of one logging endpoint
  struct Version {
    bool locked = false;
    std::map<std::string, S3> s3 = {};
  };
  std::map<int, Version> versions;
  int active = 0;  // 0: none
  bool may_write = true;

  [[nodiscard]] const S3& live(const std::string& name) { return versions.at(active).s3.at(name); }

 private:
  Reply answer(const Request& request, std::string_view path, std::string_view query) override;
  Reply versioned(const Request& request, int number, const std::string& rest);
  Reply s3(const Request& request, Version& version, const std::string& name);
  [[nodiscard]] Json shown(int number) const;
  static Reply message(int status, const std::string& text);

  std::string service_;
  std::string token_;
};

}  // namespace simulated_stores
