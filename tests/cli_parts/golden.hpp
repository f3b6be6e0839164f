// Outputs that are kept as files, byte by byte. KEYBATON_UPDATE_GOLDEN=1 writes them anew; the diff is then reviewed.
#pragma once

#include <string>

namespace cli_parts_test {

// Compares `text` with golden/NAME. A missing file is a failure.
void expect_golden(const std::string& name, const std::string& text);

}  // namespace cli_parts_test
