#include "rotation/roll_call.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "rotation/view.hpp"

namespace rotation {
namespace {

constexpr std::chrono::hours far_back{24 * 90};
constexpr std::size_t most_told = 30;
constexpr std::size_t most_kept = 200;  // with addresses that change, those of the new key have no end
constexpr std::size_t most_named = 4;
constexpr const char* detail_key = "sources";

// A record's list has commas between its words, and a word here bars between its parts.
std::string part(std::string_view text) {
  std::string plain{text};
  for (char& c : plain) {
    if (c == ',' || c == '|' || c < ' ' || c == '\x7f') c = '_';
  }
  return plain;
}

// What follows the program in an agent differs from call to call.
std::string_view program_of(std::string_view agent) { return agent.substr(0, agent.find(' ')); }

bool same(const Consumer& one, const Consumer& other) {
  return one.service == other.service && one.address == other.address && one.program == other.program;
}

std::optional<Consumer> consumer_from(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t bar = std::min(text.find('|', at), text.size());
    parts.emplace_back(text.substr(at, bar - at));
    at = bar + 1;
  }
  if (parts.size() != 4) return std::nullopt;
  const auto last = parse_rfc3339(parts[3]);
  if (!last) return std::nullopt;
  return Consumer{.service = parts[0], .address = parts[1], .program = parts[2], .last = *last, .moved = std::nullopt};
}

std::string words_of(const Consumer& consumer) {
  return consumer.service + (consumer.address.empty() ? "" : " from " + consumer.address) +
         (consumer.program.empty() ? "" : " (" + consumer.program + ")");
}

std::string names_of(const Consumers& consumers) {
  std::string text;
  for (std::size_t at = 0; at < std::min(consumers.size(), most_named); ++at) {
    text += (at == 0 ? "" : ", ") + words_of(consumers[at]);
  }
  return consumers.size() <= most_named ? text
                                        : text + " and " + std::to_string(consumers.size() - most_named) + " more";
}

}  // namespace

void put_uses(Detail& detail, const std::vector<KeyUse>& uses, Time now) {
  Consumers told;
  for (const KeyUse& use : uses) {
    if (now - use.at > far_back) continue;
    Consumer consumer{.service = part(use.service),
                      .address = part(use.address),
                      .program = part(program_of(use.agent)),
                      .last = use.at,
                      .moved = std::nullopt};
    const auto found = std::ranges::find_if(told, [&](const Consumer& each) { return same(each, consumer); });
    if (found != told.end()) {
      found->last = std::max(found->last, consumer.last);
    } else if (told.size() < most_told) {
      told.push_back(std::move(consumer));
    }
  }
  if (told.empty()) return;
  std::vector<std::string> words;
  for (const Consumer& each : told) {
    words.push_back(each.service + "|" + each.address + "|" + each.program + "|" + rfc3339(*each.last));
  }
  put_list(detail, detail_key, words);
}

void take_uses(View& view, const Record& record) {
  const bool of_old = record.what.key == view.old_key;
  if (!of_old && record.what.key != view.new_key) return;
  for (const std::string& word : get_list(record.what.detail, detail_key)) {
    auto told = consumer_from(word);
    if (!told) continue;  // nothing but guidance, which must not stand in the way of a rollback
    const auto found = std::ranges::find_if(view.consumers, [&](const Consumer& each) { return same(each, *told); });
    const bool is_new = found == view.consumers.end();
    if (is_new && view.consumers.size() >= most_kept) continue;
    Consumer& consumer =
        is_new ? view.consumers.emplace_back(Consumer{told->service, told->address, told->program, {}, {}}) : *found;
    auto& latest = of_old ? consumer.last : consumer.moved;
    latest = std::max(latest, told->last);
  }
}

Consumers roll_call(const View& view) {
  Consumers roll;
  std::ranges::copy_if(view.consumers, std::back_inserter(roll),
                       [](const Consumer& each) { return each.last.has_value(); });
  return roll;
}

std::string roll_words(const View& view) {
  const Consumers roll = roll_call(view);
  if (roll.empty()) return "";
  Consumers open;
  std::ranges::copy_if(roll, std::back_inserter(open), [](const Consumer& each) { return !each.ticked(); });
  if (!view.new_key) return "known consumers: " + names_of(open);
  const std::string tally = std::to_string(roll.size() - open.size()) + " of " + std::to_string(roll.size());
  return tally + (roll.size() == 1 ? " known consumer was" : " known consumers were") + " seen with the new key" +
         (open.empty() ? "" : "; not yet: " + names_of(open));
}

}  // namespace rotation
