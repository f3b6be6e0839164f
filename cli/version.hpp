// The version that CMake's project() states.
#pragma once

#ifndef KEYBATON_VERSION
#error "the build gives KEYBATON_VERSION"
#endif

namespace cli {

inline constexpr const char* version = KEYBATON_VERSION;

}  // namespace cli
