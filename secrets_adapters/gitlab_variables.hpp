// One CI/CD variable of GitLab as its API tells and takes it.
//
// Source: docs.gitlab.com, "Project-level CI/CD variables API" and its siblings. That a PUT keeps the attributes which
// it does not name is not said there, so each is named as the look before has given it.
#pragma once

#include <optional>
#include <string>

#include "secrets_adapters/token_server.hpp"

namespace secrets_adapters {

struct Variable {
  rotation::Secret value = {};  // empty where it is hidden
  std::string scope = {};       // environment_scope; empty where the server tells none
  std::string attributes = {};  // all that a PUT names beside the value, as JSON members: "protected":true,…
  bool hidden = false;          // its value is shown to nobody
  bool expands = false;         // a "$" in it would be taken for another variable
};

class GitlabVariables {
 public:
  GitlabVariables(const rotation::LocationSpec& spec, const Surroundings& surroundings);

  [[nodiscard]] const std::string& owner() const { return owner_; }  // "project group/app"
  [[nodiscard]] rotation::Answer<rotation::Nothing> sign_in() { return server_.sign_in("PRIVATE-TOKEN"); }
  // nullopt: there is none of this key, in this scope where one is set. Refused where there are several.
  [[nodiscard]] rotation::Answer<std::optional<Variable>> look(const std::string& key);
  // Could the variables be seen if they were there?
  [[nodiscard]] rotation::Answer<rotation::Nothing> visible();
  // Gives the variable that was seen another value. Not sent again once it may have arrived.
  [[nodiscard]] rotation::Answer<rotation::Nothing> put(const std::string& key, const Variable& seen,
                                                        const rotation::Secret& value);

 private:
  [[nodiscard]] rotation::Refused several(const std::string& key);
  [[nodiscard]] std::optional<std::string> scopes_of(const std::string& key);

  std::string owner_;
  std::string variables_;  // the path of their list
  std::string scope_;      // empty: none is set
  TokenServer server_;
};

}  // namespace secrets_adapters
