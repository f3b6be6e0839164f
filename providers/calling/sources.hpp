// Where credentials can come from on any cloud: JSON from a service, and a program that prints it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/calling/credentials.hpp"
#include "providers/http/message.hpp"

namespace calling {

// What can go into an Authorization header as an access key id.
[[nodiscard]] bool is_signing_id(std::string_view text);
// Printable ASCII without blanks; not empty.
[[nodiscard]] bool is_visible(std::string_view text);

// How a source calls the members of its JSON object.
struct JsonNames {
  const char* id;
  const char* secret;
  const char* token;
  const char* expires;
};
inline constexpr JsonNames aws_names{"AccessKeyId", "SecretAccessKey", "Token", "Expiration"};

// nullopt if they are not whole: what is wrong goes into `what`. With `version`, the object must state it.
[[nodiscard]] std::optional<Credentials> read_json_credentials(std::string_view json, const JsonNames& names,
                                                               std::optional<int> version, std::string& what);

// A program that prints credentials, run without a shell and with a small environment.
struct Program {
  std::string words;  // "the credential_process of the profile dev"
  std::vector<std::string> argv;
  std::vector<std::string> pass_env;  // beside what agents and proxies need
  std::string hint;                   // where it cannot be started
  std::function<std::optional<Credentials>(std::string_view printed, std::string& what)> read;
};
[[nodiscard]] std::unique_ptr<CredentialProvider> from_program(Program program);

// The content of a small file without the line's end, read anew each time because such files are rotated; nullopt where
// it cannot be read.
[[nodiscard]] std::optional<rotation::Secret> token_in(const std::string& file);

// The reply if it is a whole 200, else nullptr; and in words why it is none.
[[nodiscard]] const http::Response* good(const http::Reply& reply);
[[nodiscard]] std::string why_not(const http::Reply& reply);

}  // namespace calling
