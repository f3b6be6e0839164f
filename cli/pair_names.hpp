// Which name holds the secret, where an access key's id stands at another.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cli {

// The likeliest first: AWS_ACCESS_KEY_ID → AWS_SECRET_ACCESS_KEY, …, in the letter case and with the word marks of the
// id's name. Empty for a name that does not say that it is an id.
[[nodiscard]] std::vector<std::string> secret_names(std::string_view id_name);

}  // namespace cli
