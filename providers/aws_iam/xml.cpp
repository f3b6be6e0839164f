#include "providers/aws_iam/xml.hpp"

#include <algorithm>

namespace aws_iam {

namespace {

constexpr int deepest = 32;

std::string_view local(std::string_view name) {
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// "<!" opens a comment, a CDATA section or a DTD; the last is never right in a reply.
bool has_dtd(std::string_view text) {
  for (auto at = text.find("<!"); at != std::string_view::npos; at = text.find("<!", at + 2)) {
    const auto rest = text.substr(at + 2);
    if (!rest.starts_with("--") && !rest.starts_with("[CDATA[")) return true;
  }
  return false;
}

struct DepthCheck : pugi::xml_tree_walker {
  bool for_each(pugi::xml_node&) override { return depth() < deepest; }
};

}  // namespace

std::string_view Element::name() const { return local(node_.name()); }

Element Element::child(std::string_view local_name) const {
  for (const auto node : node_.children()) {
    if (node.type() == pugi::node_element && local(node.name()) == local_name) return Element{node};
  }
  return {};
}

std::vector<Element> Element::children(std::string_view local_name) const {
  std::vector<Element> found;
  for (const auto node : node_.children()) {
    if (node.type() == pugi::node_element && local(node.name()) == local_name) found.emplace_back(node);
  }
  return found;
}

std::string_view Element::text() const {
  constexpr std::string_view blank = " \t\r\n";
  std::string_view text = node_.text().get();
  const auto begin = text.find_first_not_of(blank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

std::optional<Xml> Xml::parse(http::Body body) {
  // A zero byte would end the text early for pugixml: what follows it would be swallowed.
  if (body.view().find('\0') != std::string_view::npos || has_dtd(body.view())) return std::nullopt;
  Xml xml;
  xml.body_ = std::move(body);
  xml.document_ = std::make_unique<pugi::xml_document>();
  // In place: the document copies nothing, so wiping the body wipes every value.
  const auto result =
      xml.document_->load_buffer_inplace(xml.body_.data(), xml.body_.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!result) return std::nullopt;
  const auto elements = std::count_if(xml.document_->begin(), xml.document_->end(),
                                      [](const pugi::xml_node& node) { return node.type() == pugi::node_element; });
  DepthCheck check;
  if (elements != 1 || !xml.document_->traverse(check)) return std::nullopt;
  return xml;
}

Element Xml::root() const { return Element{document_->document_element()}; }

}  // namespace aws_iam
