// A server that is spoken to with a token and answers in JSON: what the locations in CI services have in common.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "secrets_adapters/token.hpp"
#include "secrets_adapters/web.hpp"

namespace secrets_adapters {

inline constexpr Setting address_setting{"address", false};
inline constexpr Setting ca_file_setting{"ca_file", false, Shape::path};

// Minds address, token_file and token_env.
void check_server(const rotation::LocationSpec& spec, Findings& findings);
// That `id` and `value` are names which differ; `fits` and `rule` say what a name is there.
void check_names(const rotation::LocationSpec& spec, bool (*fits)(std::string_view name), const std::string& rule,
                 Findings& findings);

class TokenServer {
 public:
  // `usual`: its address where the settings name none. Throws Trouble (usage) where the surroundings have no network.
  TokenServer(const rotation::LocationSpec& spec, const Surroundings& surroundings, const std::string& name,
              const std::string& usual);

  void set_header(const std::string& name, const std::string& value) { web_.set_header(name, rotation::Secret(value)); }
  // Reads the token anew; `header` carries it from now on, behind `before`.
  [[nodiscard]] rotation::Answer<rotation::Nothing> sign_in(const std::string& header, std::string_view before = {});

  // `what`: "reading X", for messages and the log. Done for a 2xx and the statuses of `also`.
  [[nodiscard]] rotation::Answer<http::Response> get(const std::string& path, const std::string& what,
                                                     std::initializer_list<int> also = {});
  [[nodiscard]] rotation::Answer<http::Response> change(http::Method method, const std::string& path,
                                                        const std::string& what, const http::Body& body,
                                                        std::initializer_list<int> also = {});
  // A reply that this server, as its documentation tells, does not give.
  [[nodiscard]] rotation::Unknown strange(const std::string& what) const;

 private:
  // With what helps against a token that is not accepted.
  [[nodiscard]] rotation::Answer<http::Response> helped(rotation::Answer<http::Response> answer) const;

  rotation::LocationSpec spec_;
  Web web_;
};

// Null where it is no JSON. Not for replies that hold secrets.
[[nodiscard]] nlohmann::json json_of(const http::Response& response);
// Null where it is no object, or has none of this name.
[[nodiscard]] nlohmann::json member(const nlohmann::json& object, const std::string& name);
// Empty where it is no text.
[[nodiscard]] std::string text_in(const nlohmann::json& object, const std::string& name);

// The server hides what a token may not see behind a 404: then nothing is known of what is there.
[[nodiscard]] rotation::Refused hidden(rotation::Refused no);
// Of an answer that is not Done, to a question that came before a write: nothing was written.
[[nodiscard]] rotation::Refused before_write(const rotation::Refused* no, const rotation::Unknown* lost);

}  // namespace secrets_adapters
