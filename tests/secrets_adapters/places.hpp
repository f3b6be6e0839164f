// What the tests of locations share: the pairs, and short ways to ask and to write.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "rotation/ports.hpp"
#include "secrets_adapters/edited_file.hpp"

namespace places {

using rotation::AccessKeyId;
using rotation::Answer;
using rotation::Holding;
using rotation::Nothing;
using rotation::Refusal;
using rotation::Secret;
using rotation::Written;

inline const std::string old_id = "AKIAIOSFODNN7EXAMPLE";
inline const std::string old_secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
inline const std::string new_id = "AKIAI44QH8DHBEXAMPLE";
inline const std::string new_secret = "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY==";

// The same, as Alibaba Cloud hands them out.
inline const std::string ram_old_id = "LTAI5tOldExampleKey00001";
inline const std::string ram_old_secret = "oLd7Q2vKx9ZrT4mWc8NbY1pHsJd6Ga";
inline const std::string ram_new_id = "LTAI5tNewExampleKey00002";
inline const std::string ram_new_secret = "nEw3Fu5LqE0BiVh7XzRk2CgPtMy9So";

inline std::string text_of(const Secret& secret) {
  return secret.expose([](std::string_view text) { return std::string(text); });
}

// "id secret", "nothing", or why not.
inline std::string said(const Answer<Holding>& answer) {
  if (const auto* no = rotation::refused(answer)) return "refused: " + no->message;
  if (const auto* lost = rotation::unknown(answer)) return "unknown: " + lost->why;
  const auto* held = rotation::done(answer);
  if (!held->id && !held->secret) return "nothing";
  return (held->id ? held->id->text() : "-") + " " + (held->secret ? text_of(*held->secret) : "-");
}

template <class T>
std::string said(const Answer<T>& answer) {
  if (const auto* no = rotation::refused(answer)) return "refused: " + no->message;
  if (const auto* lost = rotation::unknown(answer)) return "unknown: " + lost->why;
  return "done";
}

template <class T>
std::optional<Refusal> why(const Answer<T>& answer) {
  const auto* no = rotation::refused(answer);
  return no == nullptr ? std::nullopt : std::optional(no->why);
}

// What the refusal says a person does about it.
template <class T>
std::string remedy(const Answer<T>& answer) {
  const auto* no = rotation::refused(answer);
  return no == nullptr ? std::string() : no->remedy;
}

// What a writer expects to find who knows the id alone.
inline Holding holding(const std::string& id) { return {.id = AccessKeyId(id), .secret = {}}; }

inline Answer<Written> hand_over(rotation::Location& place) {
  return place.write({holding(old_id), AccessKeyId(new_id), Secret(new_secret)});
}

inline const std::string old_pair = old_id + " " + old_secret;
inline const std::string new_pair = new_id + " " + new_secret;

inline Answer<Written> ram_hand_over(rotation::Location& place) {
  return place.write({holding(ram_old_id), AccessKeyId(ram_new_id), Secret(ram_new_secret)});
}

inline const std::string ram_old_pair = ram_old_id + " " + ram_old_secret;
inline const std::string ram_new_pair = ram_new_id + " " + ram_new_secret;

inline std::string with(std::string text, const std::string& before, const std::string& after) {
  return text.replace(text.find(before), before.size(), after);
}

// `text` with the old pair in it, once each, replaced by the new one.
inline std::string handed_over(std::string text) {
  return with(with(std::move(text), old_id, new_id), old_secret, new_secret);
}
inline std::string ram_handed_over(std::string text) {
  return with(with(std::move(text), ram_old_id, ram_new_id), ram_old_secret, ram_new_secret);
}

// Is any 12-byte piece of the secret in it? (Invariant 14)
inline bool shows_a_piece(const std::string& text, const std::string& secret) {
  for (std::size_t at = 0; at + 12 <= secret.size(); ++at) {
    if (text.find(secret.substr(at, 12)) != std::string::npos) return true;
  }
  return false;
}

}  // namespace places
