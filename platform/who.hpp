// Who sits at the keyboard, as far as the machine can vouch for it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace platform {

// The uid behind sudo, which only root may claim (anybody can set the variable); else the real uid.
[[nodiscard]] uid_t person_uid(uid_t real, std::optional<std::string_view> sudo_uid);

// "ann@ops1": that person's name (the number where there is no name) and this host's name up to the first dot.
// Throws std::system_error if the machine can't tell its name.
[[nodiscard]] std::string authenticated_person();
// The host alone.
[[nodiscard]] std::string short_host_name();

}  // namespace platform
