// What hiera-eyaml encrypted, opened in memory wherever it stands in a text.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "secrets_adapters/eyaml_cipher.hpp"
#include "secrets_adapters/key_search.hpp"

namespace secrets_adapters {

struct EyamlKeyFiles {
  std::filesystem::path certificate;
  std::filesystem::path private_key;
};

// The pair that `eyaml createkeys` makes, keys/{public,private}_key.pkcs7.pem, beside the file or in the nearest
// directory above it, up to `root`; both empty where there is none.
[[nodiscard]] EyamlKeyFiles nearest_eyaml_keys(const std::filesystem::path& root, const std::filesystem::path& file);

// ENC[PKCS7,…] in a line or in a block, at any name or none. Opened with the nearest keys, then with each of these.
// A token that none of them opens is closed: also one of another scheme (GPG), which would start a program for each.
// What stands in brackets like a token's and is no base64 is text.
class EyamlOpener final : public Opener {
 public:
  explicit EyamlOpener(const std::vector<EyamlKeyFiles>& keys);
  void open(const std::filesystem::path& root, const std::filesystem::path& file, std::string_view text,
            const Told& told) const override;

 private:
  using Cipher = std::shared_ptr<const EyamlCipher>;
  [[nodiscard]] Cipher nearest(const std::filesystem::path& root, const std::filesystem::path& file) const;

  std::vector<Cipher> configured_;
  mutable std::mutex mutex_;
  mutable std::map<std::filesystem::path, Cipher> by_directory_;  // null: no keys from there on up
};

}  // namespace secrets_adapters
