#include "store/sealing.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <system_error>
#include <utility>

#include "platform/files.hpp"
#include "rotation/errors.hpp"
#include "store/encoding.hpp"
#include "store/sealing_key.hpp"

namespace store {
namespace {

using rotation::RotationId;
using rotation::SealedSecret;
using rotation::SealingTrouble;
using rotation::Secret;

constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::string_view wrapped_format = "KW1";

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// Nonce, ciphertext, tag.
std::string encrypt(std::string_view key, std::string_view about, std::string_view plain) {
  const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  std::string out(nonce_size + plain.size() + tag_size, '\0');
  int size = 0;
  const bool good =
      context && RAND_bytes(bytes_of(out), nonce_size) == 1 &&
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(out)) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &size, bytes_of(about), static_cast<int>(about.size())) == 1 &&
      EVP_EncryptUpdate(context.get(), bytes_of(out) + nonce_size, &size, bytes_of(plain),
                        static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), bytes_of(out) + nonce_size + plain.size(), &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_size, bytes_of(out) + nonce_size + plain.size()) ==
          1;
  KEYBATON_ASSERT(good);
  return out;
}

// nullopt: the tag does not fit.
std::optional<Secret> decrypt(std::string_view key, std::string_view about, std::string_view sealed) {
  if (sealed.size() < nonce_size + tag_size) return std::nullopt;
  const std::size_t plain_size = sealed.size() - nonce_size - tag_size;
  std::string tag(sealed.substr(nonce_size + plain_size));
  std::string plain(plain_size, '\0');
  const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int size = 0;
  const bool ready =
      context && EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(sealed)) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &size, bytes_of(about), static_cast<int>(about.size())) == 1 &&
      EVP_DecryptUpdate(context.get(), bytes_of(plain), &size, bytes_of(sealed) + nonce_size,
                        static_cast<int>(plain_size)) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_size, bytes_of(tag)) == 1;
  KEYBATON_ASSERT(ready);
  // Nothing of the plaintext is shown unless the tag fits.
  const bool whole = EVP_DecryptFinal_ex(context.get(), bytes_of(plain) + plain_size, &size) == 1;
  std::optional<Secret> secret;
  if (whole) secret.emplace(std::string_view(plain));
  rotation::wipe(plain);
  return secret;
}

std::string about_secret(const RotationId& rotation, const rotation::AccountName& account, const SealedSecret& sealed) {
  std::string about;
  put_field(about, std::string_view{"keybaton-sealed/1"});
  put_field(about, std::string_view{rotation.text()});
  put_field(about, std::string_view{sealed.key.text()});
  put_field(about, std::string_view{account.text()});
  put_field(about, std::string_view{sealed.purpose});
  return about;
}

std::string about_wrap(const RotationId& rotation, std::string_view sealing_key_id) {
  std::string about;
  put_field(about, std::string_view{"keybaton-wrapped-key/1"});
  put_field(about, std::string_view{rotation.text()});
  put_field(about, sealing_key_id);
  return about;
}

[[noreturn]] void trouble(const std::string& message, const std::string& hint) {
  throw SealingTrouble({.message = message,
                        .keys = "Sealed secrets can't be read without it; each key at the cloud stays as it is, and "
                                "keybaton rollback can still reactivate the old one.",
                        .hint = hint});
}

}  // namespace

FileSealer::FileSealer(std::filesystem::path key_file, std::function<bool()> journal_holds_wrapped_key)
    : file_(std::move(key_file)), holds_wrapped_key_(std::move(journal_holds_wrapped_key)) {
  if (file_.is_relative()) file_ = std::filesystem::absolute(file_);
}

FileSealer::~FileSealer() = default;

bool FileSealer::exists() const {
  std::error_code error;
  return std::filesystem::exists(file_, error);
}

void FileSealer::check() const { static_cast<void>(SealingKey::load(file_)); }

const SealingKey& FileSealer::key() {
  if (key_) return *key_;
  if (!exists()) {
    // A new key beside secrets that the old one sealed would hide that the old one is lost.
    if (holds_wrapped_key_()) {
      trouble("The sealing key " + file_.string() + " is gone, and the journal holds secrets that it sealed.",
              "Put the file back from your backup of it; keybaton rollback works without it");
    }
    SealingKey::make(file_);
  }
  key_.reset(new SealingKey(SealingKey::load(file_)));
  return *key_;
}

std::string FileSealer::new_wrapped_key(const RotationId& rotation) {
  const SealingKey& sealing_key = key();
  std::array<unsigned char, SealingKey::key_size> data_key{};
  KEYBATON_ASSERT(RAND_priv_bytes(data_key.data(), static_cast<int>(data_key.size())) == 1);
  std::string wrapped(wrapped_format);
  wrapped += sealing_key.id();
  const std::string_view plain{reinterpret_cast<const char*>(data_key.data()), data_key.size()};
  wrapped += encrypt(sealing_key.bytes(), about_wrap(rotation, sealing_key.id()), plain);
  try {
    // The round trip reads the file anew: what is proven is the file, not our memory of it.
    key_.reset(new SealingKey(SealingKey::load(file_)));
    const bool same = unwrap(wrapped, rotation).same_as(Secret{plain});
    OPENSSL_cleanse(data_key.data(), data_key.size());
    if (!same) trouble("The sealing key " + file_.string() + " fails its round trip.", "keybaton doctor");
    platform::sync(platform::open_file(file_, 0), file_);
    platform::sync_directory(file_.parent_path());
  } catch (const std::system_error& error) {
    OPENSSL_cleanse(data_key.data(), data_key.size());
    trouble("The sealing key " + file_.string() + " could not be made durable: " + error.code().message() + ".",
            "Check the disk, then run the same command again");
  } catch (...) {
    OPENSSL_cleanse(data_key.data(), data_key.size());
    throw;
  }
  return wrapped;
}

void FileSealer::prove(const std::string& wrapped_key, const RotationId& rotation) {
  key_.reset();  // what counts is the file as it is now, not our memory of it
  static_cast<void>(unwrap(wrapped_key, rotation));
}

Secret FileSealer::unwrap(const std::string& wrapped_key, const RotationId& rotation) {
  const SealingKey& sealing_key = key();
  const std::string_view wrapped = wrapped_key;
  const std::size_t head = wrapped_format.size() + SealingKey::id_size;
  if (wrapped.size() < head || !wrapped.starts_with(wrapped_format)) {
    trouble("The wrapped data key of rotation " + rotation.text() + " is damaged.", "keybaton history verify");
  }
  const std::string_view id = wrapped.substr(wrapped_format.size(), SealingKey::id_size);
  if (id != sealing_key.id()) {
    trouble("The sealing key " + file_.string() + " (" + hex(sealing_key.id()) +
                ") is not the one that sealed rotation " + rotation.text() + " (" + hex(id) + ").",
            "Put the right file back, or name it in sealing.key_file");
  }
  auto data_key = decrypt(sealing_key.bytes(), about_wrap(rotation, id), wrapped.substr(head));
  if (!data_key) {
    trouble("The wrapped data key of rotation " + rotation.text() + " is damaged.", "keybaton history verify");
  }
  return std::move(*data_key);
}

SealedSecret FileSealer::seal(const std::string& wrapped_key, const RotationId& rotation,
                              const rotation::AccountName& account, std::string purpose,
                              const rotation::AccessKeyId& key, const Secret& secret) {
  SealedSecret sealed{.purpose = std::move(purpose), .key = key, .bytes = {}};
  const std::string about = about_secret(rotation, account, sealed);
  unwrap(wrapped_key, rotation).expose([&](std::string_view data_key) {
    secret.expose([&](std::string_view plain) { sealed.bytes = encrypt(data_key, about, plain); });
  });
  return sealed;
}

std::optional<Secret> FileSealer::unseal(const std::string& wrapped_key, const RotationId& rotation,
                                         const rotation::AccountName& account, const SealedSecret& sealed) {
  const std::string about = about_secret(rotation, account, sealed);
  return unwrap(wrapped_key, rotation).expose([&](std::string_view data_key) {
    return decrypt(data_key, about, sealed.bytes);
  });
}

}  // namespace store
