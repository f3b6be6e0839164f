#include "secrets_adapters/alibaba_credentials_file.hpp"

#include <array>
#include <utility>

#include "secrets_adapters/ini_pair.hpp"

namespace secrets_adapters {
namespace {

// The SDKs read this file with parsers of their languages: some end a value at ; or #, strip quotes or take a backslash
// for an escape, some do not.
bool stands_in_value(char c) {
  return c > ' ' && c <= '~' && std::string_view(";#\"'`\\").find(c) == std::string::npos;
}

constexpr std::string_view temporary = "temporary credentials are not rotated";
// What the vendor's SDKs know of.
constexpr std::array kinds{
    ProfileKind{"access_key", ""},
    ProfileKind{"ram_role_arn", ""},  // the role is assumed with the profile's own access key
    ProfileKind{"sts", temporary},
    ProfileKind{"ecs_ram_role", temporary},
    ProfileKind{"oidc_role_arn", temporary},
    ProfileKind{"credentials_uri", temporary},
    ProfileKind{"rsa_key_pair", "it signs with an RSA key pair, which is no access key of a RAM user"},
    ProfileKind{"bearer", "it holds a bearer token, which is no access key of a RAM user"},
};
constexpr std::array<std::string_view, 2> session_tokens{"security_token", "sts_token"};

}  // namespace

std::unique_ptr<const PairFormat> alibaba_credentials_format(std::string profile) {
  return ini_pair_format({.id = "access_key_id",
                          .secret = "access_key_secret",
                          .session_tokens = session_tokens,
                          .carries = stands_in_value,
                          .indented = IndentedLines::differ,
                          .also_names = nullptr,
                          .kind = "type",
                          .kinds = kinds},
                         std::move(profile));
}

}  // namespace secrets_adapters
