#include <algorithm>
#include <chrono>
#include <map>

#include "inventory/metrics_formats.hpp"
#include "rotation/errors.hpp"
#include "rotation/words.hpp"

namespace inventory {
namespace {

constexpr std::size_t usual_line = 180;   // bytes
constexpr std::size_t longest_tag = 254;  // of name and value together, by Wavefront's data format

// No longer than `size` bytes, and no character cut in two.
std::string_view cut(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80) --size;
  return text.substr(0, size);
}

std::string cleaned(std::string_view name, std::string_view value) {
  std::string text(cut(value, longest_tag - std::min(name.size(), longest_tag)));
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c == 0x7f || c == '\\'; }, '_');
  return text;
}

class Batches {
 public:
  explicit Batches(const BatchLimits& limits) : limits_(limits) {}

  void add(std::string_view line) {
    const bool full = !all_.empty() &&
                      (all_.back().points >= limits_.points || all_.back().body.size() + line.size() > limits_.bytes);
    if (all_.empty() || full) all_.emplace_back().body.reserve(std::min(limits_.bytes, limits_.points * usual_line));
    all_.back().body += line;
    ++all_.back().points;
  }
  [[nodiscard]] std::vector<Batch> take() && { return std::move(all_); }

 private:
  BatchLimits limits_;
  std::vector<Batch> all_;
};

void append_tag(std::string& line, std::string_view name, std::string_view value) {
  if (value.empty()) return;  // one empty tag, and Wavefront refuses the whole point
  line += ' ';
  line += name;
  line += '=';
  line += wavefront_value(name, value);
}

std::string begin_line(std::string_view name, std::int64_t number, Time at, std::string_view source) {
  return std::string(name) + " " + std::to_string(number) + " " + std::to_string(at.time_since_epoch().count()) +
         " source=\"" + std::string(source) + "\"";
}

// Two that differ only in what is replaced would overwrite each other's points.
void require_distinct(const Metrics& metrics) {
  std::map<std::string, std::string> seen;
  for (const MetricAccount& account : metrics.accounts) {
    const auto [other, fresh] = seen.emplace(cleaned("profile", account.name), account.name);
    if (fresh) continue;
    throw rotation::Trouble(rotation::Ending::usage,
                            {.message = "Wavefront could not tell the accounts \"" + other->second + "\" and \"" +
                                        account.name + "\" apart.",
                             .keys = "Nothing was sent; no key was touched.",
                             .hint = "give them names in the config that differ in letters, digits, . _ or -"});
  }
}

}  // namespace

std::string wavefront_value(std::string_view name, std::string_view value) {
  std::string text = "\"";
  for (const char c : cleaned(name, value)) {
    if (c == '"') text += '\\';
    text += c;
  }
  return text + '"';
}

std::vector<Batch> wavefront_batches(const Metrics& metrics, const BatchLimits& limits) {
  require_distinct(metrics);
  Batches batches(limits);
  for (const MetricKey& key : metrics.keys) {
    const MetricAccount& account = metrics.accounts[key.account];
    const auto days = std::chrono::floor<std::chrono::days>(age_of(key, metrics.as_of)).count();
    std::string line = begin_line(account.age_metric, days, metrics.as_of, account.age_source);
    append_tag(line, "name", key.user);
    append_tag(line, "key", key.label);
    append_tag(line, "status", rotation::word(key.status));
    append_tag(line, "profile", account.name);
    append_tag(line, "region", account.region);
    batches.add(line + "\n");
  }
  for (const Family& family : families()) {
    if (family.about == Concerns::key) continue;
    const std::string name = dotted_name(family);
    family.samples(metrics, [&](std::span<const Label> labels, std::int64_t number) {
      std::string line = begin_line(name, number, metrics.as_of, "keybaton");
      for (const Label& label : labels) append_tag(line, label.name, label.value);
      batches.add(line + "\n");
    });
  }
  return std::move(batches).take();
}

}  // namespace inventory
