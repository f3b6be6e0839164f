// Words that name a field: ours, and those of Resoto's guide.
#pragma once

#include <cstdint>

#include "inventory/query_tokens.hpp"

namespace inventory {

// What a condition speaks of: the key itself or, behind <--, the user that owns it.
enum class About : std::uint8_t { key, user };

// Throws BadQuery for a word that names nothing here.
[[nodiscard]] Field field_of(const Token& token, About about);
// What `is(KIND)` asks: true of every key, or of the keys of one provider. Throws BadQuery.
[[nodiscard]] Condition kind_condition(const Token& token, About about);

}  // namespace inventory
