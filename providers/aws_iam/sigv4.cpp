#include "providers/aws_iam/sigv4.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "providers/calling/digest.hpp"

namespace aws_iam {

using calling::as_text;
using calling::hex;
using calling::hmac_sha256;
using calling::sha256;

namespace {

// Without blanks at the ends, and with single blanks inside.
std::string trimmed(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (const char c : value) {
    if (c == ' ' && (out.empty() || out.back() == ' ')) continue;
    out += c;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

// `scope` is "20260102/eu-west-1/iam/aws4_request": its parts, one after the other.
calling::Sha256 derived(const rotation::Secret& secret, std::string_view scope) {
  const auto next_part = [&] {
    const auto part = scope.substr(0, scope.find('/'));
    scope.remove_prefix(std::min(scope.size(), part.size() + 1));
    return part;
  };
  auto key = secret.expose([&](std::string_view bytes) {
    std::string first;
    first.reserve(4 + bytes.size());
    first.append("AWS4").append(bytes);
    const auto day = hmac_sha256(first, next_part());
    rotation::wipe(first);
    return day;
  });
  while (!scope.empty()) {
    const auto next = hmac_sha256(as_text(key), next_part());
    OPENSSL_cleanse(key.data(), key.size());
    key = next;
  }
  return key;
}

}  // namespace

std::string amz_date(rotation::Time at) {
  const auto days = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{days};
  const std::chrono::hh_mm_ss time{at - days};
  std::array<char, 40> text{};
  (void)std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                      static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                      static_cast<int>(time.seconds().count()));
  return text.data();
}

calling::HmacSha256& SigningKey::of(const rotation::Secret& secret, const std::string& scope) {
  const auto digest = secret.expose([](std::string_view bytes) { return sha256(bytes); });
  if (!key_ || scope != scope_ || digest != secret_) {
    auto key = derived(secret, scope);
    key_.emplace(as_text(key));
    OPENSSL_cleanse(key.data(), key.size());
    secret_ = digest;
    scope_ = scope;
  }
  return *key_;
}

Signature sign(const ToSign& request, const rotation::AccessKeyId& id, const rotation::Secret& secret,
               const rotation::Secret* token) {
  SigningKey key;
  return sign(request, id, secret, token, key);
}

Signature sign(const ToSign& request, const rotation::AccessKeyId& id, const rotation::Secret& secret,
               const rotation::Secret* token, SigningKey& key) {
  Signature out;
  out.amz_date = amz_date(request.at);
  const auto day = out.amz_date.substr(0, 8);

  auto headers = request.headers;
  headers.emplace_back("host", request.host);
  headers.emplace_back("x-amz-date", out.amz_date);
  if (token) token->expose([&](std::string_view text) { headers.emplace_back("x-amz-security-token", text); });
  std::sort(headers.begin(), headers.end());

  std::string names;
  std::size_t length = 256 + request.host.size();
  for (const auto& [name, value] : headers) length += name.size() + value.size() + 2;
  out.canonical_request.reserve(length);  // one buffer: a session token leaves no copies behind
  out.canonical_request = "POST\n/\n\n";
  for (auto& [name, value] : headers) {
    auto one = trimmed(value);
    out.canonical_request.append(name).append(":").append(one).append("\n");
    names += (names.empty() ? "" : ";") + name;
    rotation::wipe(one);
    rotation::wipe(value);
  }
  out.canonical_request += "\n" + names + "\n" + hex(sha256(request.body));

  const auto scope = day + "/" + request.region + "/" + request.service + "/aws4_request";
  out.string_to_sign = "AWS4-HMAC-SHA256\n" + out.amz_date + "\n" + scope + "\n" + hex(sha256(out.canonical_request));
  out.signature = hex(key.of(secret, scope)(out.string_to_sign));
  out.authorization = "AWS4-HMAC-SHA256 Credential=" + id.text() + "/" + scope + ", SignedHeaders=" + names +
                      ", Signature=" + out.signature;
  return out;
}

}  // namespace aws_iam
