// How the tokens of an eyaml file are opened and made, scheme by scheme.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rotation/secret.hpp"

namespace secrets_adapters {

class EyamlCipher {
 public:
  virtual ~EyamlCipher() = default;
  [[nodiscard]] virtual std::string_view scheme() const = 0;  // "PKCS7"
  // nullopt: the key that opens it is not at hand. Throws Unfit where it is, and does not fit.
  [[nodiscard]] virtual std::optional<rotation::Secret> open(std::string_view bytes) const = 0;
  [[nodiscard]] virtual std::string seal(const rotation::Secret& plain) const = 0;  // throws Unfit
};

// As hiera-eyaml makes and reads them: PKCS#7 enveloped data, DER, for the one certificate; AES-256-CBC, no translation
// of line ends. The files are read anew each time. A bare public key is refused: what eyaml 3 finds encrypted with one,
// it can't open. An empty `private_key` opens nothing. A wrong private key can seem to open a token and give garbage
// (seen about 3 times in 1000 where OpenSSL is not told the certificate), so that the certificate is always told, and
// must be that of the private key and, by issuer and serial number, that of the token; whoever asks must still look
// whether the text is what it should be, since all certificates that eyaml makes have the same issuer and number.
[[nodiscard]] std::unique_ptr<const EyamlCipher> pkcs7_cipher(std::filesystem::path certificate,
                                                              std::filesystem::path private_key);

// As hiera-eyaml-gpg: a binary OpenPGP message for all recipients, by gpg itself, which gets the text by stdin. Without
// recipients those of the nearest file hiera-eyaml-gpg.recipients from `beside` upwards.
struct GpgSettings {
  std::vector<std::string> recipients;
  std::filesystem::path home;    // empty: gpg's own
  std::filesystem::path beside;  // the edited file
};
[[nodiscard]] std::unique_ptr<const EyamlCipher> gpg_cipher(GpgSettings settings);

}  // namespace secrets_adapters
