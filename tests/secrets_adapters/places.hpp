// What the tests of locations share: the pairs, and short ways to ask and to write.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "rotation/ports.hpp"
#include "secrets_adapters/edited_file.hpp"

namespace places {

using rotation::AccessKeyId;
using rotation::Answer;
using rotation::Holding;
using rotation::Nothing;
using rotation::Refusal;
using rotation::Secret;

inline const std::string old_id = "AKIAIOSFODNN7EXAMPLE";
inline const std::string old_secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
inline const std::string new_id = "AKIAI44QH8DHBEXAMPLE";
inline const std::string new_secret = "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY==";

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

inline std::string said(const Answer<Nothing>& answer) {
  if (const auto* no = rotation::refused(answer)) return "refused: " + no->message;
  if (const auto* lost = rotation::unknown(answer)) return "unknown: " + lost->why;
  return "done";
}

template <class T>
std::optional<Refusal> why(const Answer<T>& answer) {
  const auto* no = rotation::refused(answer);
  return no == nullptr ? std::nullopt : std::optional(no->why);
}

// What a writer expects to find who knows the id alone.
inline Holding holding(const std::string& id) { return {.id = AccessKeyId(id), .secret = {}}; }

inline Answer<Nothing> hand_over(rotation::Location& place) {
  return place.write(holding(old_id), AccessKeyId(new_id), Secret(new_secret));
}

inline const std::string old_pair = old_id + " " + old_secret;
inline const std::string new_pair = new_id + " " + new_secret;

// `text` with the old pair in it, once each, replaced by the new one.
inline std::string handed_over(std::string text) {
  text.replace(text.find(old_id), old_id.size(), new_id);
  text.replace(text.find(old_secret), old_secret.size(), new_secret);
  return text;
}

}  // namespace places
