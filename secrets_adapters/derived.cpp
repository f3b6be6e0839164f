#include "secrets_adapters/derived.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <utility>

namespace secrets_adapters {
namespace {

using rotation::LocationSpec;
using rotation::SecretAccessKey;

constexpr std::array settings{Setting{"as", false}, Setting{"as_region", false}};
constexpr std::string_view ses = "ses-smtp-password";

using Digest = std::array<unsigned char, 32>;

Digest hmac(const void* key, std::size_t size, std::string_view text) {
  Digest digest{};
  HMAC(EVP_sha256(), key, static_cast<int>(size), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       digest.data(), nullptr);
  return digest;
}

std::string region_of(const LocationSpec& spec) {
  const std::string_view own = text_of(spec, "as_region");
  return std::string(own.empty() ? text_of(spec, "region") : own);
}

class Derived final : public rotation::Location {
 public:
  Derived(std::unique_ptr<rotation::Location> place, std::string region)
      : place_(std::move(place)), region_(std::move(region)) {}
  [[nodiscard]] rotation::Answer<rotation::Holding> read() override { return place_->read(); }
  [[nodiscard]] rotation::Answer<rotation::Nothing> ready() const override { return place_->ready(); }
  [[nodiscard]] rotation::Answer<rotation::Written> write(const rotation::Change& change) override {
    return place_->write(change);
  }
  [[nodiscard]] SecretAccessKey form(const SecretAccessKey& secret) const override {
    return ses_smtp_password(secret, region_);
  }

 private:
  std::unique_ptr<rotation::Location> place_;
  std::string region_;
};

}  // namespace

std::span<const Setting> derivation_settings() { return settings; }

void check_derivation(const LocationSpec& spec, Findings& findings) {
  const std::string_view as = text_of(spec, "as");
  if (as.empty()) {
    if (!text_of(spec, "as_region").empty())
      findings.push_back({"as_region", false, "as_region says nothing without as"});
    return;
  }
  if (as != ses) {
    findings.push_back({"as", false, "a value can be derived as " + std::string(ses) + " alone"});
  } else if (region_of(spec).empty()) {
    findings.push_back(
        {"as_region", true, "as: " + std::string(ses) + " needs as_region, the region of the SMTP server"});
  }
}

std::unique_ptr<rotation::Location> derived(const LocationSpec& spec, std::unique_ptr<rotation::Location> place) {
  if (text_of(spec, "as").empty()) return place;
  return std::make_unique<Derived>(std::move(place), region_of(spec));
}

SecretAccessKey ses_smtp_password(const SecretAccessKey& secret, std::string_view region) {
  std::string first = "AWS4";
  first.reserve(256);  // one buffer, so that none is left behind unwiped
  secret.expose([&](std::string_view text) { first.append(text); });
  Digest digest = hmac(first.data(), first.size(), "11111111");
  rotation::wipe(first);
  for (const std::string_view part :
       {region, std::string_view("ses"), std::string_view("aws4_request"), std::string_view("SendRawEmail")}) {
    Digest next = hmac(digest.data(), digest.size(), part);
    std::swap(digest, next);
    OPENSSL_cleanse(next.data(), next.size());
  }
  std::array<unsigned char, 33> versioned{4};
  std::copy(digest.begin(), digest.end(), versioned.begin() + 1);
  std::array<unsigned char, 45> text{};  // 44 characters and a zero
  EVP_EncodeBlock(text.data(), versioned.data(), versioned.size());
  SecretAccessKey password{std::string_view(reinterpret_cast<const char*>(text.data()), 44)};
  OPENSSL_cleanse(digest.data(), digest.size());
  OPENSSL_cleanse(versioned.data(), versioned.size());
  OPENSSL_cleanse(text.data(), text.size());
  return password;
}

}  // namespace secrets_adapters
