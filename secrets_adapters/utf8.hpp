// One character as UTF-8.
#pragma once

#include <cstdint>
#include <string>

namespace secrets_adapters {

void append_utf8(std::string& to, std::uint32_t point);

}  // namespace secrets_adapters
