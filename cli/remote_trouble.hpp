// What a remote answer that is not Done means for a command that cannot go on without it.
#pragma once

#include <string>

#include "rotation/answer.hpp"
#include "rotation/errors.hpp"

namespace cli {

[[nodiscard]] rotation::Trouble refused_trouble(const rotation::Refused& no, const std::string& what,
                                                const std::string& keys, const std::string& hint);
[[nodiscard]] rotation::Trouble unknown_trouble(const rotation::Unknown& lost, const std::string& what,
                                                const std::string& keys, const std::string& hint);

// `what` is a sentence without its full stop, `keys` what it means for them. Throws Trouble: refused or unknown.
template <class T>
void require_done(const rotation::Answer<T>& answer, const std::string& what, const std::string& keys,
                  const std::string& hint) {
  if (const auto* no = rotation::refused(answer)) throw refused_trouble(*no, what, keys, hint);
  if (const auto* lost = rotation::unknown(answer)) throw unknown_trouble(*lost, what, keys, hint);
}

template <class T>
[[nodiscard]] T required(rotation::Answer<T> answer, const std::string& what, const std::string& keys) {
  require_done(answer, what, keys, "");
  return std::move(*rotation::done(answer));
}

}  // namespace cli
