// GitLab's CI/CD variables as its API v4 tells them, with the attributes and scopes that each has.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "simulated_stores/store_server.hpp"

namespace simulated_stores {

class Gitlab final : public StoreServer {
 public:
  struct Variable {
    std::string owner;  // "/projects/group/app", "/groups/7", "/admin/ci"
    std::string key, value;
    std::string type = "env_var";
    bool is_protected = false, masked = false, hidden = false, raw = false;
    std::string scope = "*";
    std::optional<std::string> description = {};
    bool operator==(const Variable&) const = default;
  };
  enum class Role { maintainer, reader, developer };

  ~Gitlab() override { stop(); }

  // Under with().
  std::vector<Variable> variables;
  std::set<std::string> owners;
  std::string token = "glpat-test";
  Role role = Role::maintainer;  // reader: sees the variables, and may change none (a token of scope read_api)

 private:
  Reply answer(const Request& request, std::string_view path, std::string_view query) override;
  Reply list(const std::string& owner, std::string_view query);
  Reply one(const Request& request, const std::string& owner, const std::string& key, std::string_view query);
  Reply put(const Request& request, Variable& variable);
  [[nodiscard]] static Json shown(const Variable& variable);
};

}  // namespace simulated_stores
