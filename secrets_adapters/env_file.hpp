// Two variables in a file of NAME=value lines, as a shell sources it, systemd's EnvironmentFile= and docker's
// --env-file read it.
#pragma once

#include <memory>
#include <string>

#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {

// NAME=value, export NAME=value; the value bare, in '…' or in "…", and the quotes stay. Blanks and a "# comment" may
// follow it. Other variables may have values of several lines.
// Unfit: a variable that is assigned twice, or in another way (declare, a second assignment in the line); a value that
// only a shell could compute; a file in which a shell, for which a quote may run over lines, would see other
// assignments than a program that goes line by line; AWS_SESSION_TOKEN beside AWS_ACCESS_KEY_ID, or
// ALIBABA_CLOUD_SECURITY_TOKEN beside ALIBABA_CLOUD_ACCESS_KEY_ID.
[[nodiscard]] std::unique_ptr<const PairFormat> env_file_format(std::string id, std::string secret);

// A letter or underscore, then letters, digits and underscores.
[[nodiscard]] bool is_variable_name(std::string_view text);

}  // namespace secrets_adapters
