#include "store/sealing_key.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "platform/files.hpp"
#include "rotation/errors.hpp"
#include "rotation/secret.hpp"
#include "store/encoding.hpp"
#include "store/place.hpp"

namespace store {
namespace {

namespace fs = std::filesystem;
using rotation::SealingTrouble;

constexpr std::string_view header = "keybaton sealing key 1\n";
constexpr std::size_t sum_size = 8;
constexpr std::size_t file_size = header.size() + SealingKey::id_size + SealingKey::key_size + sum_size;

[[noreturn]] void trouble(const fs::path& file, const std::string& why, const std::string& hint) {
  throw SealingTrouble({.message = "The sealing key " + file.string() + " " + why + ".",
                        .keys = "Sealed secrets can't be read without it; each key at the cloud stays as it is, and "
                                "keybaton rollback can still reactivate the old one.",
                        .hint = hint});
}

void check_mode(const fs::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) {
    trouble(file, "can't be looked at: " + std::error_code(errno, std::generic_category()).message(),
            "Check the path and its permissions: keybaton doctor");
  }
  if (!S_ISREG(info.st_mode)) trouble(file, "is not a regular file", "Name another one in sealing.key_file");
  const mode_t allowed = file_mode(file.parent_path());
  if ((info.st_mode & 0777 & ~allowed) != 0) {
    trouble(file, "can be read or written by others",
            std::string("chmod ") + (allowed == 0660 ? "660 " : "600 ") + file.string() +
                "; if others may have read it, finish or roll back every open rotation");
  }
}

// Neither the file nor a link that leads to it may be swapped by others.
void require_own_directory(const fs::path& file) {
  std::error_code error;
  const fs::path behind = fs::weakly_canonical(fs::absolute(file), error);
  for (const fs::path& each : {fs::absolute(file), behind}) {
    if (error) trouble(file, "can't be looked at: " + error.message(), "Check the path: keybaton doctor");
    if (const auto exposed = exposure(each.parent_path())) {
      trouble(file, "could be swapped by others: " + exposed->why,
              exposed->mend + ", or name another file in sealing.key_file");
    }
  }
}

void make_directories(const fs::path& directory) {
  if (directory.empty() || fs::exists(directory)) return;
  make_directories(directory.parent_path());
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    throw std::system_error(errno, std::generic_category(), directory.string());
  }
  platform::sync_directory(directory.parent_path());
}

// Whole or not at all, whenever this process ends: half a key file would stop every later command.
void write_new(const fs::path& file, std::string_view content) {
  platform::remove_leftovers(file);
  platform::create_private_file(file, content, file_mode(file.parent_path()));
}

}  // namespace

SealingKey::SealingKey(std::string_view content) {
  std::copy_n(content.begin() + header.size(), id_size, id_.begin());
  std::copy_n(content.begin() + header.size() + id_size, key_size, bytes_.begin());
}

SealingKey::~SealingKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

SealingKey SealingKey::load(const fs::path& file) {
  check_mode(file);
  require_own_directory(file);
  std::string content;
  try {
    content = platform::read_file(file, 4096).value_or("");
  } catch (const std::system_error& error) {
    trouble(file, "can't be read: " + error.code().message(), "Check its owner and mode: keybaton doctor");
  }
  struct Wiper {
    std::string& text;
    ~Wiper() { rotation::wipe(text); }
  } const wiper{content};
  const std::string hint = "Put the file back from your backup of it; keybaton rollback works without it";
  if (content.size() != file_size) {
    trouble(file, "has " + std::to_string(content.size()) + " bytes instead of " + std::to_string(file_size), hint);
  }
  if (!content.starts_with(header)) trouble(file, "does not begin as a sealing key does", hint);
  const std::string_view body = std::string_view(content).substr(0, file_size - sum_size);
  if (sha256(body).substr(0, sum_size) != std::string_view(content).substr(file_size - sum_size)) {
    trouble(file, "is damaged: its check sum does not fit", hint);
  }
  return SealingKey(content);
}

void SealingKey::make(const fs::path& file) {
  try {
    make_directories(file.parent_path());
  } catch (const std::system_error& error) {
    trouble(file, "could not be made: " + error.code().message(), "Check the directory: keybaton doctor");
  }
  require_own_directory(file);
  std::string content(header);
  content.reserve(file_size);
  content.resize(file_size - sum_size);
  const bool good = RAND_priv_bytes(reinterpret_cast<unsigned char*>(content.data() + header.size()),
                                    static_cast<int>(id_size + key_size)) == 1;
  KEYBATON_ASSERT(good);
  content += sha256(content).substr(0, sum_size);
  try {
    write_new(file, content);
    rotation::wipe(content);
  } catch (const std::system_error& error) {
    rotation::wipe(content);
    // Another process made it at the same moment: theirs is as good.
    if (error.code().value() == EEXIST) return;
    trouble(file, "could not be made: " + error.code().message(), "Check the directory: keybaton doctor");
  }
}

}  // namespace store
