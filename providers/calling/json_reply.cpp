// A reader of its own, in place: nlohmann's keeps the text of what it reads in buffers that nobody wipes.
#include "providers/calling/json_reply.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace calling {

namespace {

constexpr int deepest = 32;

enum class Kind { null, truth, falsehood, number, text, list, object };

// `name` and `text` point into the body.
struct Node {
  Kind kind = Kind::null;
  std::string_view name = {};  // as a member
  std::string_view text = {};  // of a string, unescaped; of a number, as it stands
  std::vector<Node> children = {};
};

const Node& node_of(const void* node) { return *static_cast<const Node*>(node); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// How many bytes a UTF-8 sequence has that starts here; 0 if it is none (RFC 3629: no overlong form, no surrogate).
std::size_t sequence_at(const char* at, const char* end) {
  const auto byte = [&](int i) { return static_cast<unsigned char>(at[i]); };
  const auto follows = [&](int i, unsigned char low = 0x80, unsigned char high = 0xBF) {
    return at + i < end && byte(i) >= low && byte(i) <= high;
  };
  if (byte(0) < 0x80) return 1;
  if (byte(0) >= 0xC2 && byte(0) <= 0xDF) return follows(1) ? 2 : 0;
  if (byte(0) >= 0xE0 && byte(0) <= 0xEF) {
    const unsigned char low = byte(0) == 0xE0 ? 0xA0 : 0x80;
    const unsigned char high = byte(0) == 0xED ? 0x9F : 0xBF;
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (byte(0) >= 0xF0 && byte(0) <= 0xF4) {
    const unsigned char low = byte(0) == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = byte(0) == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

// RFC 8259. Strings are unescaped where they stand: an escape is never shorter than what it means.
class Reader {
 public:
  Reader(char* text, std::size_t size) : at_(text), end_(text + size) {}

  bool document(Node& root) {
    skip_blanks();
    if (at_ == end_ || *at_ != '{' || !value(root, 0)) return false;
    skip_blanks();
    return at_ == end_;
  }

 private:
  void skip_blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
  }
  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool take_word(std::string_view word) {
    if (static_cast<std::size_t>(end_ - at_) < word.size() || std::string_view{at_, word.size()} != word) return false;
    at_ += word.size();
    return true;
  }

  bool value(Node& out, int depth) {
    if (at_ == end_) return false;
    switch (*at_) {
      case '{': return out.kind = Kind::object, children(out, depth + 1, '}');
      case '[': return out.kind = Kind::list, children(out, depth + 1, ']');
      case '"': return out.kind = Kind::text, string(out.text);
      case 'n': return out.kind = Kind::null, take_word("null");
      case 't': return out.kind = Kind::truth, take_word("true");
      case 'f': return out.kind = Kind::falsehood, take_word("false");
      default: return out.kind = Kind::number, number(out.text);
    }
  }

  bool children(Node& out, int depth, char close) {
    if (depth > deepest) return false;
    ++at_;
    skip_blanks();
    if (take(close)) return true;
    for (;;) {
      auto& child = out.children.emplace_back();
      skip_blanks();
      if (close == '}') {
        if (!string(child.name)) return false;
        skip_blanks();
        if (!take(':')) return false;
        skip_blanks();
      }
      if (!value(child, depth)) return false;
      skip_blanks();
      if (take(close)) return true;
      if (!take(',')) return false;
    }
  }

  bool digits() {
    const auto* start = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != start;
  }
  bool number(std::string_view& out) {
    const auto* start = at_;
    (void)take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) (void)take('-');
      if (!digits()) return false;
    }
    out = {start, static_cast<std::size_t>(at_ - start)};
    return true;
  }

  bool string(std::string_view& out) {
    if (!take('"')) return false;
    char* const start = at_;
    char* to = at_;
    while (at_ != end_ && *at_ != '"') {
      if (*at_ == '\\') {
        if (!escape(to)) return false;
        continue;
      }
      const auto size = static_cast<unsigned char>(*at_) < 0x20 ? 0 : sequence_at(at_, end_);
      if (size == 0) return false;
      std::memmove(to, at_, size);
      to += size;
      at_ += size;
    }
    out = {start, static_cast<std::size_t>(to - start)};
    return take('"');
  }

  bool escape(char*& to) {
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
    ++at_;
    if (at_ == end_) return false;
    if (*at_ == 'u') return code_point(to);
    const auto which = letters.find(*at_++);
    if (which == std::string_view::npos) return false;
    *to++ = meant[which];
    return true;
  }

  std::optional<unsigned> four_digits() {
    unsigned unit = 0;
    if (end_ - at_ < 5) return std::nullopt;  // with the u
    const auto [end, error] = std::from_chars(at_ + 1, at_ + 5, unit, 16);
    if (error != std::errc{} || end != at_ + 5) return std::nullopt;
    at_ += 5;
    return unit;
  }

  bool code_point(char*& to) {
    auto unit = four_digits();
    if (!unit || (*unit >= 0xDC00 && *unit <= 0xDFFF)) return false;
    if (*unit >= 0xD800 && *unit <= 0xDBFF) {
      if (!take('\\') || at_ == end_ || *at_ != 'u') return false;
      const auto low = four_digits();
      if (!low || *low < 0xDC00 || *low > 0xDFFF) return false;
      unit = 0x10000 + ((*unit - 0xD800) << 10U) + (*low - 0xDC00);
    }
    put_utf8(*unit, to);
    return true;
  }

  static void put_utf8(unsigned code, char*& to) {
    const auto put = [&](unsigned byte) { *to++ = static_cast<char>(static_cast<unsigned char>(byte)); };
    const auto tail = [&](unsigned shift) { put(0x80U | ((code >> shift) & 0x3FU)); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xC0U | (code >> 6U)), tail(0);
    } else if (code < 0x10000) {
      put(0xE0U | (code >> 12U)), tail(6), tail(0);
    } else {
      put(0xF0U | (code >> 18U)), tail(12), tail(6), tail(0);
    }
  }

  char* at_;
  char* end_;
};

}  // namespace

struct Json::Document {
  http::Body body;
  Node root;
};

void Json::Discard::operator()(Document* document) const noexcept { delete document; }

std::optional<Json> Json::parse(http::Body body) {
  std::unique_ptr<Document, Discard> document{new Document{std::move(body), {}}};
  Reader reader{document->body.data(), document->body.size()};
  if (!reader.document(document->root)) return std::nullopt;
  return Json{std::move(document)};
}

Value Json::root() const { return Value{&document_->root}; }

bool Value::is_null() const { return node_ != nullptr && node_of(node_).kind == Kind::null; }
bool Value::is_text() const { return node_ != nullptr && node_of(node_).kind == Kind::text; }
bool Value::is_list() const { return node_ != nullptr && node_of(node_).kind == Kind::list; }
bool Value::is_object() const { return node_ != nullptr && node_of(node_).kind == Kind::object; }

Value Value::member(std::string_view name) const {
  if (!is_object()) return {};
  const auto& members = node_of(node_).children;
  const auto found = std::find_if(members.rbegin(), members.rend(), [&](const Node& one) { return one.name == name; });
  return found == members.rend() ? Value{} : Value{&*found};
}

std::vector<std::pair<std::string_view, Value>> Value::members() const {
  std::vector<std::pair<std::string_view, Value>> all;
  if (!is_object()) return all;
  for (const auto& one : node_of(node_).children) all.emplace_back(one.name, Value{&one});
  return all;
}

std::vector<Value> Value::items() const {
  std::vector<Value> all;
  if (!is_list()) return all;
  for (const auto& item : node_of(node_).children) all.push_back(Value{&item});
  return all;
}

std::string_view Value::text() const { return is_text() ? node_of(node_).text : std::string_view{}; }

std::optional<bool> Value::truth() const {
  if (node_ == nullptr) return std::nullopt;
  const auto kind = node_of(node_).kind;
  if (kind == Kind::truth || text() == "true") return true;
  if (kind == Kind::falsehood || text() == "false") return false;
  return std::nullopt;
}

std::optional<std::int64_t> Value::number() const {
  if (node_ == nullptr || (!is_text() && node_of(node_).kind != Kind::number)) return std::nullopt;
  const auto digits = node_of(node_).text;
  std::int64_t value = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || value < 0) return std::nullopt;
  return value;
}

std::optional<double> Value::real() const {
  if (node_ == nullptr || node_of(node_).kind != Kind::number) return std::nullopt;
  const auto digits = node_of(node_).text;
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace calling
