// A pair in an eyaml file: an id, plain or encrypted, and an encrypted secret, at two names; several such pairs of
// names may hold the same key.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "secrets_adapters/eyaml_cipher.hpp"
#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {

struct EyamlNames {
  std::string id;
  std::string secret;
};

// Both ciphers open; the one of `own` makes the new tokens, and a token of another scheme is not rewritten.
struct EyamlKeys {
  std::unique_ptr<const EyamlCipher> pkcs7;
  std::unique_ptr<const EyamlCipher> gpg;
  enum class Own : std::uint8_t { pkcs7, gpg } own = Own::pkcs7;
};

// Read: every pair of names must hold the same key, else Unfit{conflict}; names that are not there at all: no key. What
// can't be opened for want of a key is left out: a plain id then stands without its secret, and with an encrypted id
// the place is closed, its mark the SHA-256 of the tokens (without blanks, so that line ends don't count).
// Write: the tokens take the place of the old ones, in the same form (word, quoted word, block), a plain id stays
// plain. Each new token is opened again where its key is at hand, and the whole new text is read again and must hold
// the new pair. A secret that stands there plainly is refused: the new one would stand in the open too.
[[nodiscard]] std::unique_ptr<const PairText> eyaml_text(std::vector<EyamlNames> names, EyamlKeys keys);

}  // namespace secrets_adapters
