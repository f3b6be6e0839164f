// What is wrong with how the credentials were described: found before anything is sent.
#pragma once

#include <string>

namespace calling {

// Throws Trouble (usage). `message` without a full stop; an article or the like at its beginning gets a capital, a name
// or a path stays as it is.
[[noreturn]] void unusable(std::string message, std::string hint);

}  // namespace calling
