// What keybaton and a program of the user's say to each other over stdin and stdout: one JSON object each.
#pragma once

#include <string>
#include <string_view>

#include "providers/http/message.hpp"
#include "rotation/ports.hpp"

namespace secrets_adapters {

// {"version":1,"op":"read"}
[[nodiscard]] http::Body ask_to_read();
// {"version":1,"op":"write","id":"AKIA…","secret":"…","expected":{"id":"AKIA…"},"attempt":"…"}; "restore" on the way
// back; a closed place is expected by its {"mark":"…"}. `now`: what the place holds, which is to be replaced.
[[nodiscard]] http::Body ask_to_write(const rotation::Change& change, const rotation::Holding& now);

// {} - nothing is there -, {"id":…}, {"id":…,"secret":…} or {"mark":…}. Throws Unfit for anything else.
[[nodiscard]] rotation::Holding holding_told(std::string_view text);
// {"mark":…}; empty for {} and for no text at all. Throws Unfit for anything else.
[[nodiscard]] std::string mark_told(std::string_view text);

}  // namespace secrets_adapters
