// CircleCI's environment variables as its API v2 tells them: a project's masked, a context's by their dates alone, both
// in pages.
#pragma once

#include <map>
#include <string>

#include "simulated_stores/store_server.hpp"

namespace simulated_stores {

class Circleci final : public StoreServer {
 public:
  struct Variable {
    std::string value;
    std::int64_t created = 0, updated = 0;
    bool operator==(const Variable&) const = default;
  };
  using Variables = std::map<std::string, Variable>;
  struct Context {
    std::string name, owner;  // the owner as a query names it: "gh/octo", or a UUID
    Variables variables = {};
  };

  ~Circleci() override { stop(); }

  // Under with().
  std::map<std::string, Variables> projects;  // by slug
  std::map<std::string, Context> contexts;    // by id
  std::string token = "CCIPAT_test";
  std::int64_t now = 1'000;
  bool forgets_writes = false;  // says that it wrote, and keeps what it had

 private:
  Reply answer(const Request& request, std::string_view path, std::string_view query) override;
  Reply of_project(const Request& request, std::string_view path, std::string_view query);
  Reply of_context(const Request& request, std::string_view path, std::string_view query);
  Reply put(const Request& request, const std::string& context, const std::string& name);
  [[nodiscard]] static Reply page(const Json& all, std::string_view query);
};

}  // namespace simulated_stores
