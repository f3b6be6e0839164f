#include "providers/calling/unusable.hpp"

#include <array>
#include <cctype>
#include <string_view>
#include <utility>

#include "rotation/errors.hpp"

namespace calling {

void unusable(std::string message, std::string hint) {
  constexpr std::array beginnings{std::string_view{"the "}, std::string_view{"no "}, std::string_view{"there "}};
  for (const std::string_view beginning : beginnings) {
    if (message.starts_with(beginning)) message[0] = static_cast<char>(std::toupper(message[0]));
  }
  if (!message.ends_with('.')) message += '.';
  throw rotation::Trouble(rotation::Ending::usage,
                          {std::move(message), "Nothing was sent; the keys are as they were.", std::move(hint)});
}

}  // namespace calling
