#include "acs3.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <map>
#include <set>

namespace simulated_cloud {
namespace {

constexpr std::string_view algorithm = "ACS3-HMAC-SHA256";

std::string canonical_query(std::string_view target) {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {};
  // Sorted as they are, encoded after.
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string_view pair : split(target.substr(mark + 1), '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string_view value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    pairs.emplace_back(uri_decode(pair.substr(0, equals), true), uri_decode(value, true));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const auto& [name, value] : pairs) {
    out += (out.empty() ? "" : "&") + uri_encode(name) + "=" + uri_encode(value);
  }
  return out;
}

std::string canonical_path(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  return path.empty() ? "/" : uri_encode(uri_decode(path), true);
}

// Values of one name, sorted and joined.
std::string values_of(const Request& request, const std::string& name) {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : request.headers) {
    if (lower(key) == name) values.push_back(trim(value));
  }
  std::sort(values.begin(), values.end());
  std::string out;
  for (std::size_t i = 0; i < values.size(); ++i) out.append(i == 0 ? "" : ",").append(values[i]);
  return out;
}

bool must_be_signed(const Request& request, const std::string& name) {
  return name == "host" || name.starts_with("x-acs-") || (name == "content-type" && !request.body.empty());
}

bool all_signed(const Request& request, const Acs3Claim& claim) {
  const std::set<std::string, std::less<>> names(claim.signed_headers.begin(), claim.signed_headers.end());
  if (!names.contains("host")) return false;
  for (const auto& header : request.headers) {
    const std::string name = lower(header.first);
    if (must_be_signed(request, name) && !names.contains(name)) return false;
  }
  return std::all_of(names.begin(), names.end(),
                     [&](const std::string& name) { return request.header(name).has_value(); });
}

bool same(std::string_view left, std::string_view right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string names_of(const Acs3Claim& claim) {
  std::string out;
  for (const std::string& name : claim.signed_headers) out += (out.empty() ? "" : ";") + name;
  return out;
}

}  // namespace

bool is_acs3(const Request& request) {
  return trim(request.header("authorization").value_or("")).starts_with(algorithm);
}

std::optional<Acs3Claim> read_acs3(const Request& request) {
  std::string_view rest = trim(request.header("authorization").value_or(""));
  if (!rest.starts_with(algorithm)) return std::nullopt;
  rest.remove_prefix(algorithm.size());
  if (rest.empty() || rest[0] != ' ') return std::nullopt;
  std::map<std::string_view, std::string_view> fields;
  for (const std::string_view field : split(rest, ',')) {
    const std::string_view pair = trim(field);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || !fields.emplace(pair.substr(0, equals), pair.substr(equals + 1)).second) {
      return std::nullopt;
    }
  }
  if (fields.size() != 3 || fields["Credential"].empty() || fields["SignedHeaders"].empty() ||
      fields["Signature"].empty()) {
    return std::nullopt;
  }
  Acs3Claim claim{.access_key = std::string{fields["Credential"]},
                  .signed_headers = {},
                  .signature = std::string{fields["Signature"]}};
  for (const std::string_view name : split(fields["SignedHeaders"], ';')) claim.signed_headers.emplace_back(name);
  return claim;
}

std::string acs3_canonical_request(const Request& request, const Acs3Claim& claim) {
  std::string out =
      request.method + "\n" + canonical_path(request.target) + "\n" + canonical_query(request.target) + "\n";
  for (const std::string& name : claim.signed_headers) out += name + ":" + values_of(request, name) + "\n";
  return out + "\n" + names_of(claim) + "\n" + std::string{request.header("x-acs-content-sha256").value_or("")};
}

std::string acs3_string_to_sign(std::string_view canonical) {
  return std::string{algorithm} + "\n" + hex(sha256(canonical));
}

std::string acs3_signature(std::string_view secret, std::string_view to_sign) {
  return hex(hmac_sha256(secret, to_sign));
}

Verdict verify_acs3(const Request& request, const Acs3Claim& claim, std::string_view secret) {
  if (!std::is_sorted(claim.signed_headers.begin(), claim.signed_headers.end()) || !all_signed(request, claim)) {
    return Verdict::unsigned_header;
  }
  const std::string to_sign = acs3_string_to_sign(acs3_canonical_request(request, claim));
  if (!same(acs3_signature(secret, to_sign), claim.signature)) return Verdict::bad;
  if (request.header("x-acs-content-sha256") != hex(sha256(request.body))) return Verdict::bad_payload;
  return Verdict::ok;
}

void sign_acs3(Request& request, const Acs3Signer& signer, Time now) {
  request.headers.emplace_back("x-acs-action", signer.action);
  request.headers.emplace_back("x-acs-version", signer.version);
  request.headers.emplace_back("x-acs-date", iso8601(now));
  request.headers.emplace_back("x-acs-signature-nonce", signer.nonce);
  request.headers.emplace_back("x-acs-content-sha256", hex(sha256(request.body)));
  if (!signer.token.empty()) request.headers.emplace_back("x-acs-security-token", signer.token);
  std::set<std::string> names;
  for (const auto& header : request.headers) {
    if (std::string name = lower(header.first); must_be_signed(request, name)) names.insert(std::move(name));
  }
  const Acs3Claim claim{
      .access_key = signer.access_key, .signed_headers = {names.begin(), names.end()}, .signature = {}};
  const std::string signature =
      acs3_signature(signer.secret, acs3_string_to_sign(acs3_canonical_request(request, claim)));
  request.headers.emplace_back("Authorization", std::string{algorithm} + " Credential=" + signer.access_key +
                                                    ",SignedHeaders=" + names_of(claim) + ",Signature=" + signature);
}

}  // namespace simulated_cloud
