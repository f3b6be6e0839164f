#include "inventory/metrics_formats.hpp"

namespace inventory {
namespace {

constexpr std::size_t piece = 64 << 10;

void append_escaped(std::string& to, std::string_view text) {
  for (const char c : text) {
    if (c == '\n') {
      to += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') to += '\\';
    to += c;
  }
}

void append_sample(std::string& to, std::string_view name, std::span<const Label> labels, std::int64_t number) {
  to += name;
  char before = '{';
  for (const Label& label : labels) {
    to += before;
    to += label.name;
    to += "=\"";
    append_escaped(to, label.value);
    to += '"';
    before = ',';
  }
  to += labels.empty() ? " " : "} ";
  to += std::to_string(number);
  to += '\n';
}

}  // namespace

void prometheus_text(const Metrics& metrics, const std::function<void(std::string_view)>& out) {
  std::string text;
  for (const Family& family : families()) {
    bool begun = false;
    family.samples(metrics, [&](std::span<const Label> labels, std::int64_t number) {
      if (!begun) {
        const std::string name(family.name);
        text += "# HELP " + name + " " + std::string(family.help) + "\n# TYPE " + name +
                (family.shape == Shape::counter ? " counter\n" : " gauge\n");
      }
      begun = true;
      append_sample(text, family.name, labels, number);
      if (text.size() < piece) return;
      out(text);
      text.clear();
    });
  }
  out(text);
}

}  // namespace inventory
