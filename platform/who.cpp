#include "platform/who.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <system_error>
#include <vector>

namespace platform {
namespace {

std::string name_of(uid_t uid) {
  std::vector<char> buffer(1024);
  for (;;) {
    passwd entry{};
    passwd* found = nullptr;
    const int error = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
    if (error == ERANGE && buffer.size() < (1U << 20U)) {
      buffer.resize(buffer.size() * 2);
      continue;
    }
    if (error == EINTR) continue;
    if (error != 0 || found == nullptr || *found->pw_name == '\0') return std::to_string(uid);
    return found->pw_name;
  }
}

}  // namespace

uid_t person_uid(uid_t real, std::optional<std::string_view> sudo_uid) {
  if (real != 0 || !sudo_uid || sudo_uid->empty()) return real;
  uid_t uid = 0;
  const char* end = sudo_uid->data() + sudo_uid->size();
  const auto [at, error] = std::from_chars(sudo_uid->data(), end, uid);
  // All ones is the kernel's "no user".
  if (error != std::errc{} || at != end || uid == std::numeric_limits<uid_t>::max()) return real;
  return uid;
}

std::string short_host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot read the host's name");
  }
  const std::string whole = name.data();
  const std::string host = whole.substr(0, whole.find('.'));
  return host.empty() ? "localhost" : host;
}

std::string authenticated_person() {
  const char* sudo = std::getenv("SUDO_UID");
  const uid_t uid = person_uid(::getuid(), sudo != nullptr ? std::optional<std::string_view>(sudo) : std::nullopt);
  return name_of(uid) + "@" + short_host_name();
}

}  // namespace platform
