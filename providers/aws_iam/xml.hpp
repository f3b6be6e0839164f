// Replies in XML as AWS sends them, read with suspicion: no DTD, a depth cap, namespaces and unknown elements ignored.
#pragma once

#include <memory>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "providers/http/message.hpp"

namespace aws_iam {

// An element without its namespace prefix; may be empty, and so are all its children then.
class Element {
 public:
  Element() = default;
  explicit Element(pugi::xml_node node) : node_(node) {}

  [[nodiscard]] bool exists() const { return !node_.empty(); }
  [[nodiscard]] std::string_view name() const;                     // local
  [[nodiscard]] Element child(std::string_view local_name) const;  // the first of that name
  [[nodiscard]] std::vector<Element> children(std::string_view local_name) const;
  [[nodiscard]] std::string_view text() const;  // trimmed; empty for an empty or missing element

 private:
  pugi::xml_node node_;
};

// Holds the body that its elements point into, and wipes it when it goes.
class Xml {
 public:
  // nullopt: not well-formed, not whole, with a DTD or deeper than 32 elements. The body is kept either way in no copy.
  [[nodiscard]] static std::optional<Xml> parse(http::Body body);
  [[nodiscard]] Element root() const;

 private:
  http::Body body_;
  std::unique_ptr<pugi::xml_document> document_;
};

}  // namespace aws_iam
