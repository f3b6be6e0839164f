// Replies in JSON, read with suspicion: a depth cap, wrong types are missing values, every string wiped at the end.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "providers/http/message.hpp"

namespace calling {

class Json;

// One value inside a Json, which must outlive it; may be missing, and so are all its members then.
class Value {
 public:
  Value() = default;

  [[nodiscard]] bool exists() const { return node_ != nullptr; }
  [[nodiscard]] bool is_null() const;
  [[nodiscard]] bool is_text() const;
  [[nodiscard]] bool is_list() const;
  [[nodiscard]] bool is_object() const;
  [[nodiscard]] Value member(std::string_view name) const;  // of an object; the last one where a name comes twice
  [[nodiscard]] std::vector<std::pair<std::string_view, Value>> members() const;  // of an object, in their order
  [[nodiscard]] std::vector<Value> items() const;                                 // of a list; empty for anything else
  [[nodiscard]] std::string_view text() const;               // of a string; empty for anything else
  [[nodiscard]] std::optional<bool> truth() const;           // true or false, also as text
  [[nodiscard]] std::optional<std::int64_t> number() const;  // a whole one, also as text; not negative
  [[nodiscard]] std::optional<double> real() const;          // any number, but none that is text

 private:
  friend class Json;
  explicit Value(const void* node) : node_(node) {}
  const void* node_ = nullptr;
};

// Move-only; its values stay where they are when it moves.
class Json {
 public:
  // nullopt: not well-formed, not whole, not an object, or nested deeper than 32. The body is wiped either way.
  [[nodiscard]] static std::optional<Json> parse(http::Body body);
  [[nodiscard]] Value root() const;

 private:
  struct Document;
  struct Discard {
    void operator()(Document* document) const noexcept;
  };
  explicit Json(std::unique_ptr<Document, Discard> document) : document_(std::move(document)) {}
  std::unique_ptr<Document, Discard> document_;
};

}  // namespace calling
