// What an operator reads while it happens, a line each.
#pragma once

#include <string>

#include "rotation/decide.hpp"
#include "rotation/view.hpp"

namespace rotation {

[[nodiscard]] std::string doing(const Perform& perform);  // "writing the new key to location laptop"
[[nodiscard]] std::string did(const Perform& perform);    // "wrote AKIA… to laptop"
// Of a record that follows no call of this process: what a read has settled, or which row holds now. `before` is the
// journal without it; empty where there is nothing to tell.
[[nodiscard]] std::string told(const View& before, const Draft& draft);

}  // namespace rotation
