#include "providers/alibaba_ram/acs3.hpp"

#include <algorithm>

#include "providers/calling/digest.hpp"

namespace alibaba_ram::acs3 {

using calling::hex;
using calling::sha256;

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

std::string_view trimmed(std::string_view value) {
  const auto first = value.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return value.substr(first, value.find_last_not_of(' ') - first + 1);
}

Headers all_headers(const ToSign& request, const Signature& known, const rotation::AccessKeyId& id,
                    const rotation::Secret* token) {
  auto headers = request.headers;
  headers.reserve(headers.size() + 8);  // one buffer: a session token leaves no copies behind
  headers.emplace_back("host", request.host);
  headers.emplace_back("x-acs-action", request.action);
  headers.emplace_back("x-acs-content-sha256", known.content_sha256);
  headers.emplace_back("x-acs-date", known.date);
  headers.emplace_back("x-acs-signature-nonce", request.nonce);
  headers.emplace_back("x-acs-version", request.version);
  if (token) {
    headers.emplace_back("x-acs-accesskey-id", id.text());
    token->expose([&](std::string_view text) { headers.emplace_back("x-acs-security-token", text); });
  }
  std::sort(headers.begin(), headers.end());
  return headers;
}

}  // namespace

std::string canonical_query(http::Params params) {
  std::sort(params.begin(), params.end());
  return http::form(params);
}

Signature sign(const ToSign& request, const rotation::AccessKeyId& id, const rotation::Secret& secret,
               const rotation::Secret* token) {
  Signature out;
  out.date = rotation::rfc3339(request.at);
  out.content_sha256 = hex(sha256(request.body));
  auto headers = all_headers(request, out, id, token);
  const auto query = canonical_query(request.query);

  std::string names;
  std::size_t length = 256 + query.size();
  for (const auto& [name, value] : headers) length += 2 * name.size() + value.size() + 3;
  out.canonical_request.reserve(length);
  out.canonical_request.append("POST\n/\n").append(query).append("\n");
  for (auto& [name, value] : headers) {
    out.canonical_request.append(name).append(":").append(trimmed(value)).append("\n");
    names += (names.empty() ? "" : ";") + name;
    rotation::wipe(value);
  }
  out.canonical_request.append("\n").append(names).append("\n").append(out.content_sha256);

  out.string_to_sign = "ACS3-HMAC-SHA256\n" + hex(sha256(out.canonical_request));
  out.signature =
      secret.expose([&](std::string_view key) { return hex(calling::hmac_sha256(key, out.string_to_sign)); });
  out.authorization =
      "ACS3-HMAC-SHA256 Credential=" + id.text() + ",SignedHeaders=" + names + ",Signature=" + out.signature;
  return out;
}

}  // namespace alibaba_ram::acs3
