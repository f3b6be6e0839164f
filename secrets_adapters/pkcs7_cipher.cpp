#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include <array>
#include <limits>
#include <system_error>
#include <utility>

#include "platform/files.hpp"
#include "secrets_adapters/eyaml_cipher.hpp"
#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {
namespace {

namespace fs = std::filesystem;
using rotation::Refusal;
using rotation::Secret;

template <class T, void (*release)(T*)>
struct Release {
  void operator()(T* one) const { release(one); }
};
using Bio = std::unique_ptr<BIO, Release<BIO, BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Release<X509, X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY, EVP_PKEY_free>>;
using Enveloped = std::unique_ptr<PKCS7, Release<PKCS7, PKCS7_free>>;

constexpr std::size_t key_file_cap = 1U << 16U;

[[noreturn]] void unfit(std::string what, Refusal why = Refusal::invalid) {
  ERR_clear_error();
  throw Unfit{.why = why, .line = 0, .what = std::move(what)};
}

Secret key_file(const fs::path& path, const std::string& what) {
  try {
    auto text = platform::read_file(path, key_file_cap);
    if (!text) unfit(what + " " + path.string() + " is not there");
    return Secret::taking(std::move(*text));
  } catch (const std::system_error& error) {
    unfit(what + " can't be read: " + error.what(),
          error.code().value() == EACCES ? Refusal::denied : Refusal::invalid);
  }
}

// A BIO over the bytes themselves, without a copy.
Bio reading(std::string_view bytes) {
  Bio bio(bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())
              ? nullptr
              : BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  if (!bio) throw std::bad_alloc();
  return bio;
}

Certificate read_certificate(const fs::path& path) {
  return key_file(path, "the certificate").expose([&](std::string_view text) {
    Certificate read(PEM_read_bio_X509(reading(text).get(), nullptr, nullptr, nullptr));
    if (read) return read;
    if (text.find("BEGIN PUBLIC KEY") != std::string_view::npos) {
      unfit(path.string() +
                " is a bare public key, and eyaml 3 can't open what is encrypted with one; name a certificate "
                "(openssl req -x509 -new -key PRIVATE_KEY makes one)",
            Refusal::unsupported);
    }
    unfit("what stands in " + path.string() + " is no certificate");
  });
}

int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) { return -1; }

PrivateKey read_private_key(const fs::path& path, const Certificate& certificate) {
  return key_file(path, "the private key").expose([&](std::string_view text) {
    PrivateKey read(PEM_read_bio_PrivateKey(reading(text).get(), nullptr, no_passphrase, nullptr));
    if (!read) unfit("what stands in " + path.string() + " is no private key, or one with a passphrase");
    if (X509_check_private_key(certificate.get(), read.get()) != 1) {
      unfit("the private key " + path.string() + " does not belong to the certificate");
    }
    return read;
  });
}

bool is_for(const PKCS7* sealed, X509* certificate) {
  STACK_OF(PKCS7_RECIP_INFO)* recipients = sealed->d.enveloped->recipientinfo;
  for (int n = 0; n < sk_PKCS7_RECIP_INFO_num(recipients); ++n) {
    const PKCS7_ISSUER_AND_SERIAL* one = sk_PKCS7_RECIP_INFO_value(recipients, n)->issuer_and_serial;
    if (X509_NAME_cmp(one->issuer, X509_get_issuer_name(certificate)) == 0 &&
        ASN1_INTEGER_cmp(one->serial, X509_get0_serialNumber(certificate)) == 0) {
      return true;
    }
  }
  return false;
}

// Straight from the cipher into a text of our own: PKCS7_decrypt would leave it in a buffer that nobody wipes.
std::optional<Secret> text_in(PKCS7* sealed, const PrivateKey& key, const Certificate& certificate) {
  const Bio out(PKCS7_dataDecode(sealed, key.get(), nullptr, certificate.get()));
  if (!out) return std::nullopt;
  std::string text;
  text.reserve(key_file_cap);
  std::array<char, 1024> piece{};
  int got = 0;
  while ((got = BIO_read(out.get(), piece.data(), static_cast<int>(piece.size()))) > 0) {
    if (text.size() + static_cast<std::size_t>(got) > key_file_cap) break;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  OPENSSL_cleanse(piece.data(), piece.size());
  BIO* cipher = BIO_find_type(out.get(), BIO_TYPE_CIPHER);
  const bool whole = got <= 0 && cipher != nullptr && BIO_get_cipher_status(cipher) == 1;
  Secret opened = Secret::taking(std::move(text));
  return whole ? std::optional(std::move(opened)) : std::nullopt;
}

class Pkcs7Cipher final : public EyamlCipher {
 public:
  Pkcs7Cipher(fs::path certificate, fs::path private_key)
      : certificate_(std::move(certificate)), private_key_(std::move(private_key)) {}
  [[nodiscard]] std::string_view scheme() const override { return "PKCS7"; }

  [[nodiscard]] std::optional<Secret> open(std::string_view bytes) const override {
    if (private_key_.empty() || certificate_.empty()) return std::nullopt;
    const Certificate certificate = read_certificate(certificate_);
    const PrivateKey key = read_private_key(private_key_, certificate);
    const Enveloped sealed(d2i_PKCS7_bio(reading(bytes).get(), nullptr));
    if (!sealed || !PKCS7_type_is_enveloped(sealed.get()) || sealed->d.enveloped == nullptr) {
      unfit("what stands in the token is not PKCS#7 enveloped data");
    }
    if (!is_for(sealed.get(), certificate.get())) {
      unfit("the token was encrypted for another certificate than " + certificate_.string());
    }
    auto opened = text_in(sealed.get(), key, certificate);
    if (!opened) unfit("the private key does not open the token; it was encrypted for another key, or is damaged");
    ERR_clear_error();
    return opened;
  }

  [[nodiscard]] std::string seal(const Secret& plain) const override {
    const Certificate certificate = read_certificate(certificate_);
    const std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * one) { sk_X509_free(one); })> recipients(
        sk_X509_new_null());
    if (!recipients || sk_X509_push(recipients.get(), certificate.get()) <= 0) throw std::bad_alloc();
    // PKCS7_STREAM: the text comes below, and not through a buffer that nobody wipes.
    const Enveloped sealed(PKCS7_encrypt(recipients.get(), nullptr, EVP_aes_256_cbc(), PKCS7_BINARY | PKCS7_STREAM));
    if (!sealed) unfit("nothing can be encrypted with the certificate " + certificate_.string());
    const bool whole = plain.expose([&](std::string_view text) {
      const Bio into(PKCS7_dataInit(sealed.get(), nullptr));
      const int size = static_cast<int>(text.size());
      return into && BIO_write(into.get(), text.data(), size) == size && BIO_flush(into.get()) == 1 &&
             PKCS7_dataFinal(sealed.get(), into.get()) == 1;
    });
    const int size = whole ? i2d_PKCS7(sealed.get(), nullptr) : -1;
    if (size <= 0) unfit("nothing can be encrypted with the certificate " + certificate_.string());
    std::string bytes(static_cast<std::size_t>(size), '\0');
    auto* end = reinterpret_cast<unsigned char*>(bytes.data());
    i2d_PKCS7(sealed.get(), &end);
    return bytes;
  }

 private:
  fs::path certificate_;
  fs::path private_key_;
};

}  // namespace

std::unique_ptr<const EyamlCipher> pkcs7_cipher(fs::path certificate, fs::path private_key) {
  return std::make_unique<Pkcs7Cipher>(std::move(certificate), std::move(private_key));
}

}  // namespace secrets_adapters
