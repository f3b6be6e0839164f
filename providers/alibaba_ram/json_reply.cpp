#include "providers/alibaba_ram/json_reply.hpp"

#include <string.h>  // explicit_bzero: a memset before free may be optimised away

#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace alibaba_ram {

namespace {

constexpr int deepest = 32;

// All that the document keeps is overwritten before it is freed: a reply can hold a new key's secret.
template <class T>
struct Wiping {
  using value_type = T;
  Wiping() = default;
  template <class U>
  Wiping(const Wiping<U>&) {}  // NOLINT: allocators convert

  T* allocate(std::size_t count) { return std::allocator<T>{}.allocate(count); }
  void deallocate(T* memory, std::size_t count) {
    explicit_bzero(static_cast<void*>(memory), count * sizeof(T));
    std::allocator<T>{}.deallocate(memory, count);
  }
  template <class U>
  bool operator==(const Wiping<U>&) const {
    return true;
  }
};

using Text = std::basic_string<char, std::char_traits<char>, Wiping<char>>;
using Node = nlohmann::basic_json<std::map, std::vector, Text, bool, std::int64_t, std::uint64_t, double, Wiping>;

const Node& node_of(const void* node) { return *static_cast<const Node*>(node); }

// Before the parser sees it: brackets outside of strings alone make depth.
bool is_too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > deepest) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

struct Json::Document {
  Node root;
};

void Json::Discard::operator()(Document* document) const noexcept { delete document; }

std::optional<Json> Json::parse(http::Body body) {
  const auto text = body.view();
  if (is_too_deep(text)) return std::nullopt;
  std::unique_ptr<Document, Discard> document{new Document};
  document->root = Node::parse(text.begin(), text.end(), nullptr, false);  // its exceptions would quote the text
  if (!document->root.is_object()) return std::nullopt;
  return Json{std::move(document)};
}

Value Json::root() const { return Value{&document_->root}; }

bool Value::is_null() const { return node_ != nullptr && node_of(node_).is_null(); }
bool Value::is_text() const { return node_ != nullptr && node_of(node_).is_string(); }
bool Value::is_list() const { return node_ != nullptr && node_of(node_).is_array(); }
bool Value::is_object() const { return node_ != nullptr && node_of(node_).is_object(); }

Value Value::member(const char* name) const {
  if (!is_object()) return {};
  const auto& object = node_of(node_);
  const auto found = object.find(name);
  return found == object.end() ? Value{} : Value{&*found};
}

std::vector<Value> Value::items() const {
  std::vector<Value> all;
  if (!is_list()) return all;
  for (const auto& item : node_of(node_)) all.push_back(Value{&item});
  return all;
}

std::string_view Value::text() const {
  if (!is_text()) return {};
  return node_of(node_).get_ref<const Text&>();
}

std::optional<bool> Value::truth() const {
  if (node_ != nullptr && node_of(node_).is_boolean()) return node_of(node_).get<bool>();
  if (text() == "true") return true;
  if (text() == "false") return false;
  return std::nullopt;
}

std::optional<std::int64_t> Value::number() const {
  std::int64_t value = -1;
  if (node_ != nullptr && node_of(node_).is_number_integer()) {
    const auto& node = node_of(node_);
    if (node.is_number_unsigned() && node.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
    value = node.get<std::int64_t>();
  } else {
    const auto digits = text();
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  }
  if (value < 0) return std::nullopt;
  return value;
}

}  // namespace alibaba_ram
