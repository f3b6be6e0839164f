#include "sigv4.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>

namespace simulated_cloud {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
constexpr std::chrono::minutes window{15};

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

std::string canonical_path(std::string_view target, bool single_encoding) {
  const std::string_view path = path_of(target);
  if (path.empty()) return "/";
  if (single_encoding) return uri_encode(uri_decode(path), true);
  std::vector<std::string_view> kept;
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (!kept.empty()) kept.pop_back();
    } else {
      kept.push_back(part);
    }
  }
  std::string out;
  for (const std::string_view part : kept) out += "/" + uri_encode(part);
  if (out.empty() || path.back() == '/') out += '/';
  return out;
}

std::string canonical_query(std::string_view target) {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {};
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string_view pair : split(target.substr(mark + 1), '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string_view value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    pairs.emplace_back(uri_encode(uri_decode(pair.substr(0, equals))), uri_encode(uri_decode(value)));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const auto& [name, value] : pairs) out += (out.empty() ? "" : "&") + name + "=" + value;
  return out;
}

// Outer blanks go, inner runs of blanks become one.
std::string canonical_value(std::string_view value) {
  std::string out;
  for (const char c : trim(value)) {
    const char plain = c == '\t' ? ' ' : c;
    if (plain != ' ' || out.empty() || out.back() != ' ') out += plain;
  }
  return out;
}

std::string payload_hash(const Request& request) {
  // A declared hash goes into the canonical request as it is; verify() compares it with the body.
  if (const auto declared = request.header("x-amz-content-sha256")) return std::string{*declared};
  return hex(sha256(request.body));
}

std::string signing_key(std::string_view secret, const Scope& scope) {
  // The key is good for a day, and deriving it is most of a check's cost.
  thread_local std::unordered_map<std::string, std::string> cache;
  std::string name{secret};
  name.append("\n").append(scope.date).append("\n").append(scope.region).append("\n").append(scope.service);
  if (const auto found = cache.find(name); found != cache.end()) return found->second;
  if (cache.size() > 4096) cache.clear();
  std::string key = hmac_sha256("AWS4" + std::string{secret}, scope.date);
  key = hmac_sha256(key, scope.region);
  key = hmac_sha256(key, scope.service);
  key = hmac_sha256(key, "aws4_request");
  cache.emplace(std::move(name), key);
  return key;
}

bool read_credential(std::string_view text, Scope& scope) {
  // The access key may not hold a slash; date, region, service and the terminator are the last four.
  const auto parts = split(text, '/');
  if (parts.size() != 5 || parts[4] != "aws4_request") return false;
  scope = {.access_key = std::string{parts[0]},
           .date = std::string{parts[1]},
           .region = std::string{parts[2]},
           .service = std::string{parts[3]}};
  return std::all_of(parts.begin(), parts.end(), [](std::string_view part) { return !part.empty(); });
}

bool all_signed(const Request& request, const Claim& claim) {
  const std::set<std::string, std::less<>> names(claim.signed_headers.begin(), claim.signed_headers.end());
  if (!names.contains("host")) return false;
  for (const auto& header : request.headers) {
    const std::string name = lower(header.first);
    if (name.starts_with("x-amz-") && !names.contains(name)) return false;
  }
  return std::all_of(names.begin(), names.end(),
                     [&](const std::string& name) { return request.header(name).has_value(); });
}

bool same_name(std::string_view left, std::string_view right) {
  return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin(), [](char a, char b) {
           const auto plain = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
           return plain(a) == plain(b);
         });
}

bool same(std::string_view left, std::string_view right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace

std::string sha256(std::string_view data) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> out{};
  SHA256(reinterpret_cast<const unsigned char*>(data.data()), data.size(), out.data());
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

// RFC 2104 by hand: OpenSSL 3's HMAC() looks its algorithm up anew at each call, which costs more than the hashing.
std::string hmac_sha256(std::string_view key, std::string_view data) {
  constexpr std::size_t block = 64;
  std::string padded{key.size() > block ? sha256(key) : std::string{key}};
  padded.resize(block, '\0');
  std::string inner = padded, outer = padded;
  for (char& c : inner) c = static_cast<char>(c ^ 0x36);
  for (char& c : outer) c = static_cast<char>(c ^ 0x5c);
  inner.append(data);
  outer.append(sha256(inner));
  return sha256(outer);
}

std::optional<std::string_view> Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (same_name(key, name)) return value;
  }
  return std::nullopt;
}

std::optional<Claim> read_claim(const Request& request, Verdict& verdict) {
  const auto header = request.header("authorization");
  verdict = Verdict::missing;
  if (!header) return std::nullopt;
  verdict = Verdict::incomplete;
  std::string_view rest = trim(*header);
  if (!rest.starts_with(algorithm)) return std::nullopt;
  rest.remove_prefix(algorithm.size());
  if (rest.empty() || rest[0] != ' ') return std::nullopt;
  Claim claim;
  std::map<std::string_view, std::string_view> fields;
  for (const std::string_view field : split(rest, ',')) {
    const std::string_view pair = trim(field);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || !fields.emplace(pair.substr(0, equals), pair.substr(equals + 1)).second) {
      return std::nullopt;
    }
  }
  if (fields.size() != 3 || !fields.contains("Credential") || !fields.contains("SignedHeaders") ||
      !fields.contains("Signature") || !read_credential(fields["Credential"], claim.scope)) {
    return std::nullopt;
  }
  for (const std::string_view name : split(fields["SignedHeaders"], ';')) claim.signed_headers.emplace_back(name);
  claim.signature = fields["Signature"];
  verdict = Verdict::ok;
  return claim;
}

std::string canonical_request(const Request& request, const Claim& claim) {
  std::string out = request.method + "\n" + canonical_path(request.target, claim.scope.service == "s3") + "\n" +
                    canonical_query(request.target) + "\n";
  std::string names;
  for (const std::string& name : claim.signed_headers) {
    std::string values;
    bool first = true;
    for (const auto& [key, value] : request.headers) {
      if (!same_name(key, name)) continue;
      values += (first ? "" : ",") + canonical_value(value);
      first = false;
    }
    out += name + ":" + values + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  return out + "\n" + names + "\n" + payload_hash(request);
}

std::string string_to_sign(const Claim& claim, std::string_view date, std::string_view canonical) {
  std::string out{algorithm};
  out.append("\n").append(date).append("\n");
  out.append(claim.scope.date + "/" + claim.scope.region + "/" + claim.scope.service + "/aws4_request\n");
  return out + hex(sha256(canonical));
}

std::string signature_of(std::string_view secret, const Scope& scope, std::string_view to_sign) {
  return hex(hmac_sha256(signing_key(secret, scope), to_sign));
}

Verdict verify(const Request& request, const Claim& claim, std::string_view secret, Time now) {
  if (!std::is_sorted(claim.signed_headers.begin(), claim.signed_headers.end()) || !all_signed(request, claim)) {
    return Verdict::unsigned_header;
  }
  const auto date = request.header("x-amz-date");
  const auto sent = date ? parse_amz_date(trim(*date)) : std::nullopt;
  if (!sent) return Verdict::bad_date;
  if (trim(*date).substr(0, 8) != claim.scope.date) return Verdict::bad_scope;
  const std::string to_sign = string_to_sign(claim, trim(*date), canonical_request(request, claim));
  if (!same(signature_of(secret, claim.scope, to_sign), claim.signature)) return Verdict::bad;
  if (*sent < now - window) return Verdict::expired;
  if (*sent > now + window) return Verdict::not_yet;
  const auto declared = request.header("x-amz-content-sha256");
  const bool exempt = declared && *declared == "UNSIGNED-PAYLOAD" && claim.scope.service == "s3";
  if (declared && !exempt && *declared != hex(sha256(request.body))) return Verdict::bad_payload;
  return Verdict::ok;
}

void sign(Request& request, const Signer& signer, Time now) {
  const std::string date = amz_date(now);
  request.headers.emplace_back("X-Amz-Date", date);
  if (!signer.token.empty()) request.headers.emplace_back("X-Amz-Security-Token", signer.token);
  if (signer.service == "s3") request.headers.emplace_back("X-Amz-Content-Sha256", hex(sha256(request.body)));
  Claim claim{.scope = {.access_key = signer.access_key,
                        .date = date.substr(0, 8),
                        .region = signer.region,
                        .service = signer.service},
              .signed_headers = {},
              .signature = {}};
  std::set<std::string> names;
  for (const auto& header : request.headers) names.insert(lower(header.first));
  claim.signed_headers.assign(names.begin(), names.end());
  const std::string signature =
      signature_of(signer.secret, claim.scope, string_to_sign(claim, date, canonical_request(request, claim)));
  std::string list;
  for (const std::string& name : claim.signed_headers) list += (list.empty() ? "" : ";") + name;
  request.headers.emplace_back("Authorization", std::string{algorithm} + " Credential=" + signer.access_key + "/" +
                                                    claim.scope.date + "/" + signer.region + "/" + signer.service +
                                                    "/aws4_request, SignedHeaders=" + list +
                                                    ", Signature=" + signature);
}

}  // namespace simulated_cloud
