#include "secrets_adapters/eyaml_search.hpp"

#include <algorithm>
#include <optional>
#include <system_error>

#include "secrets_adapters/eyaml_token.hpp"
#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view opening = "ENC[";

bool is_there(const fs::path& file) {
  std::error_code unknown;
  return fs::is_regular_file(file, unknown);
}

// Opened with another's key a token can give garbage; nobody keeps such text in a key's place.
bool is_readable(std::string_view text) {
  return std::ranges::none_of(
      text, [](unsigned char c) { return c == 0x7f || (c < 0x20 && c != '\t' && c != '\n' && c != '\r'); });
}

// nullopt: it looked like a token, and is none.
std::optional<EyamlValue> token_at(std::string_view text, std::size_t begin, std::size_t end) {
  try {
    return eyaml_value(text, {.form = YamlScalar::Form::block, .range = {begin, end}, .indent = {}});
  } catch (const Unfit&) {
    return std::nullopt;
  }
}

std::optional<rotation::Secret> opened_by(const EyamlCipher& cipher, const EyamlValue& token) {
  try {
    auto plain = cipher.open(token.bytes);
    return plain && plain->expose(is_readable) ? std::move(plain) : std::nullopt;
  } catch (const Unfit&) {  // made for another key, or these are no keys
    return std::nullopt;
  }
}

}  // namespace

EyamlKeyFiles nearest_eyaml_keys(const fs::path& root, const fs::path& file) {
  const fs::path top = root == file ? file.parent_path() : (root / "").parent_path();
  for (fs::path directory = file.parent_path();; directory = directory.parent_path()) {
    const EyamlKeyFiles keys{directory / "keys/public_key.pkcs7.pem", directory / "keys/private_key.pkcs7.pem"};
    if (is_there(keys.certificate) && is_there(keys.private_key)) return keys;
    if (directory == top || directory == directory.parent_path() || directory.empty()) return {};
  }
}

EyamlOpener::EyamlOpener(const std::vector<EyamlKeyFiles>& keys) {
  for (const auto& [certificate, private_key] : keys) {
    configured_.push_back(pkcs7_cipher(certificate, private_key));
  }
}

EyamlOpener::Cipher EyamlOpener::nearest(const fs::path& root, const fs::path& file) const {
  const std::scoped_lock lock(mutex_);
  const auto [known, fresh] = by_directory_.try_emplace(file.parent_path());
  if (!fresh) return known->second;
  const EyamlKeyFiles keys = nearest_eyaml_keys(root, file);
  if (!keys.private_key.empty()) known->second = pkcs7_cipher(keys.certificate, keys.private_key);
  return known->second;
}

void EyamlOpener::open(const fs::path& root, const fs::path& file, std::string_view text, const Told& told) const {
  for (std::size_t at = text.find(opening); at != std::string_view::npos; at = text.find(opening, at + 1)) {
    const std::size_t end = text.find(']', at);
    if (end == std::string_view::npos) return;
    const auto token = token_at(text, at, end + 1);
    if (!token) continue;
    std::vector<Cipher> ciphers = configured_;
    if (auto near = nearest(root, file)) ciphers.insert(ciphers.begin(), std::move(near));
    bool opened = false;
    for (const Cipher& cipher : ciphers) {
      if (cipher->scheme() != token->scheme) continue;
      const auto plain = opened_by(*cipher, *token);
      if (!plain) continue;
      opened = true;
      told.opened(at, *plain);
    }
    if (!opened) told.closed();
  }
}

}  // namespace secrets_adapters
