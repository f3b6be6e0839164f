#include "rpc_v1.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace simulated_cloud {
namespace {

void append(Pairs& pairs, std::string_view form) {
  for (const std::string_view pair : split(form, '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string_view value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    pairs.emplace_back(uri_decode(pair.substr(0, equals), true), uri_decode(value, true));
  }
}

std::string sha1(std::string_view data) {
  std::array<unsigned char, SHA_DIGEST_LENGTH> out{};
  SHA1(reinterpret_cast<const unsigned char*>(data.data()), data.size(), out.data());
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

// RFC 2104.
std::string hmac_sha1(std::string_view key, std::string_view data) {
  constexpr std::size_t block = 64;
  std::string padded{key.size() > block ? sha1(key) : std::string{key}};
  padded.resize(block, '\0');
  std::string inner = padded, outer = padded;
  for (char& c : inner) c = static_cast<char>(c ^ 0x36);
  for (char& c : outer) c = static_cast<char>(c ^ 0x5c);
  inner.append(data);
  outer.append(sha1(inner));
  return sha1(outer);
}

}  // namespace

Pairs rpc_pairs(const Request& request) {
  Pairs out;
  if (const std::size_t mark = request.target.find('?'); mark != std::string::npos) {
    append(out, std::string_view{request.target}.substr(mark + 1));
  }
  if (lower(request.header("content-type").value_or("")).starts_with("application/x-www-form-urlencoded")) {
    append(out, request.body);
  }
  return out;
}

std::string rpc_value(const Pairs& pairs, std::string_view name) {
  const auto found = std::find_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == name; });
  return found == pairs.end() ? std::string{} : found->second;
}

std::string rpc_string_to_sign(std::string_view method, Pairs pairs) {
  std::erase_if(pairs, [](const auto& pair) { return pair.first == "Signature"; });
  std::sort(pairs.begin(), pairs.end());
  std::string joined;
  for (const auto& [name, value] : pairs) {
    joined += (joined.empty() ? "" : "&") + uri_encode(name) + "=" + uri_encode(value);
  }
  return std::string{method} + "&%2F&" + uri_encode(joined);
}

std::string rpc_signature(std::string_view secret, std::string_view to_sign) {
  return base64(hmac_sha1(std::string{secret} + "&", to_sign));
}

Verdict check_rpc(const Pairs& pairs) {
  for (const std::string_view name : {"AccessKeyId", "Signature", "SignatureMethod", "SignatureVersion",
                                      "SignatureNonce", "Timestamp", "Action", "Version"}) {
    const auto times = std::count_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == name; });
    if (times != 1 || rpc_value(pairs, name).empty()) return Verdict::incomplete;
  }
  const bool known =
      rpc_value(pairs, "SignatureMethod") == "HMAC-SHA1" && rpc_value(pairs, "SignatureVersion") == "1.0";
  return known ? Verdict::ok : Verdict::incomplete;
}

Verdict verify_rpc(const Request& request, const Pairs& pairs, std::string_view secret) {
  const std::string right = rpc_signature(secret, rpc_string_to_sign(request.method, pairs));
  const std::string given = rpc_value(pairs, "Signature");
  const bool same = given.size() == right.size() && CRYPTO_memcmp(given.data(), right.data(), right.size()) == 0;
  return same ? Verdict::ok : Verdict::bad;
}

}  // namespace simulated_cloud
