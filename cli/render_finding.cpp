#include "cli/render_finding.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/json.hpp"
#include "cli/table.hpp"
#include "rotation/words.hpp"

namespace cli {
namespace {

using Json = nlohmann::ordered_json;

std::string counted(std::size_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string ago(rotation::Time then, rotation::Time now) {
  return then >= now ? "just now" : rotation::about(now - then) + " ago";
}

// "app.env:2 (AWS_ACCESS_KEY_ID)"
std::string place_words(const FoundPlace& place) {
  std::string text = place.path.empty() ? place.where : place.path.string();
  if (place.more > 0) return text + ": " + counted(place.more, "more line");
  if (place.line != 0) text += ":" + std::to_string(place.line);
  if (!place.name.empty()) text += " (" + place.name + ")";
  return text + (place.encrypted ? ", encrypted" : "");
}

std::string last_use(const KeyOwner& owner, rotation::Time now) {
  if (!owner.used) return "its last use could not be read";
  if (!owner.used->at) return "never used as far as is known";
  std::string text = "last used " + ago(*owner.used->at, now);
  if (!owner.used->service.empty()) text += " by " + visible(owner.used->service);
  if (!owner.used->region.empty() && owner.used->region != "N/A") text += " in " + visible(owner.used->region);
  return text;
}

// A paragraph that begins with these words in this ink.
std::string inked(const std::string& words, Ink ink, const std::string& rest, const Style& style) {
  std::string text = paragraph(words + rest, 0, style);
  return text.replace(0, words.size(), style.paint(ink, words));
}

std::string head(const Finding& finding, rotation::Time now, const Style& style) {
  const std::string key = visible(finding.key.text());
  const auto& owner = finding.who.owner;
  if (!owner) return inked(key, Ink::bold, ": no user of the accounts that could be asked has it.", style);
  const std::string is = " is " + std::string(rotation::word(owner->key.status)) + ", of " +
                         visible(owner->account.text() + "/" + owner->user.text()) + ", made " +
                         ago(owner->key.created_at, now) + ", " + last_use(*owner, now) + ".";
  return inked(key, Ink::bold, is, style) +
         (owner->signed_itself
              ? paragraph("It signed this look itself, so that its last use may be this one.", 0, style)
              : "");
}

std::string places_table(const Finding& finding, const Style& style) {
  Table table({{"CONFIGURED"}, {"TYPE"}, {"PLACE", Wrap::yes}});
  for (const FoundPlace& place : finding.places) {
    const std::string configured = place.configured() ? place.target + ": " + place.location : "no";
    table.add({{visible(configured), place.configured() ? Ink::green : Ink::yellow},
               {visible(place.type.empty() ? "-" : place.type)},
               {visible(place_words(place))}});
  }
  if (table.empty()) return "No place that was looked into holds it.\n";
  return table.text(style) + "The same id in " + counted(finding.total(), "place") + ", " +
         counted(finding.accounts.size(), "account") + ".\n";
}

std::string use_words(const rotation::KeyUse& use) {
  std::string text = visible(use.service);
  if (!use.address.empty()) text += " from " + visible(use.address);
  if (!use.agent.empty()) text += " (" + visible(use.agent) + ")";
  if (use.first != rotation::Time{}) text += ", first seen " + rotation::rfc3339(use.first);
  return text + ", last seen " + rotation::rfc3339(use.at);
}

std::string uses_lines(const Finding& finding, const Style& style) {
  const auto& owner = finding.who.owner;
  if (!owner) return {};
  if (owner->uses.empty()) {
    const std::string& why = finding.who.no_history;
    return paragraph(why.empty() ? "The event history tells no use of it."
                                 : "Who used it is not known: " + visible(why) + (why.ends_with('.') ? "" : "."),
                     0, style);
  }
  std::string text = "Used by:\n";
  for (const rotation::KeyUse& use : owner->uses) text += paragraph(use_words(use), 2, style);
  return text;
}

std::string closed_in_files(const Finding& finding) {
  return closed_words(finding.closed_values, " in " + counted(finding.closed_files, "file")) + ".";
}

std::string gaps(const Finding& finding, const Style& style) {
  std::string text;
  const auto add = [&](const std::string& what) { text += inked("Not read:", Ink::yellow, " " + what, style); };
  for (const auto* all : {&finding.unread, &finding.who.unread}) {
    for (const Unread& each : *all) add(visible(each.what) + ": " + visible(each.why));
  }
  if (finding.closed_values > 0) add(closed_in_files(finding));
  for (const std::string& place : finding.silent) add(visible(place) + ": it shows nobody what it holds.");
  return text;
}

// ---- JSON -----------------------------------------------------------------------------------------------------

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json place_object(const FoundPlace& place) {
  return {{"path", or_null(place.path.string())}, {"line", place.line == 0 ? Json(nullptr) : Json(place.line)},
          {"name", or_null(place.name)},          {"encrypted", place.encrypted},
          {"type", or_null(place.type)},          {"location", or_null(place.location)},
          {"target", or_null(place.target)},      {"configured", place.configured()},
          {"place", or_null(place.where)},        {"more_lines", place.more}};
}

Json used_object(const std::optional<KeyOwner>& owner) {
  if (!owner || !owner->used) return nullptr;
  const rotation::LastUsed& used = *owner->used;
  return {{"at", used.at ? Json(rotation::rfc3339(*used.at)) : Json(nullptr)},
          {"service", used.at ? or_null(used.service) : Json(nullptr)},
          {"region", used.at ? or_null(used.region) : Json(nullptr)},
          {"never_used", !used.at}};
}

Json uses_array(const std::optional<KeyOwner>& owner) {
  Json uses = Json::array();
  if (!owner) return uses;
  for (const rotation::KeyUse& use : owner->uses) {
    uses.push_back({{"service", use.service},
                    {"address", or_null(use.address)},
                    {"agent", or_null(use.agent)},
                    {"first", use.first == rotation::Time{} ? Json(nullptr) : Json(rotation::rfc3339(use.first))},
                    {"last", rotation::rfc3339(use.at)}});
  }
  return uses;
}

Json incomplete_array(const Finding& finding) {
  Json all = Json::array();
  for (const auto* list : {&finding.unread, &finding.who.unread}) {
    for (const Unread& each : *list) all.push_back({{"what", each.what}, {"why", each.why}});
  }
  if (finding.closed_values > 0) all.push_back({{"what", "encrypted values"}, {"why", closed_in_files(finding)}});
  return all;
}

Json added_object(const Added& added) {
  Json specs = Json::array();
  for (const rotation::LocationSpec& spec : added.specs) {
    Json settings = Json::object();
    for (const auto& [name, value] : spec.settings) settings[name] = value;
    specs.push_back({{"name", spec.name.text()}, {"type", spec.type}, {"settings", std::move(settings)}});
  }
  return {{"written", added.written}, {"locations", std::move(specs)}, {"by_hand", added.by_hand}};
}

}  // namespace

std::string finding_text(const Finding& finding, rotation::Time now, const Style& style) {
  return head(finding, now, style) + places_table(finding, style) + uses_lines(finding, style) + gaps(finding, style);
}

std::string added_text(const Added& added, const std::string& target, const Style& style) {
  std::string text;
  for (const std::string& place : added.by_hand) text += paragraph("Left to a person: " + visible(place), 0, style);
  if (!added.written) return text + "Nothing was found that could be added.\n";
  return text + paragraph("Added " + counted(added.specs.size(), "location") + " to " + visible(target) +
                              "; its next rotation covers them.",
                          0, style);
}

std::string finding_json(const Finding& finding, const std::optional<Added>& added,
                         const std::optional<Failure>& failure) {
  const auto& owner = finding.who.owner;
  Json places = Json::array();
  for (const FoundPlace& place : finding.places) places.push_back(place_object(place));
  Json document{{"key", finding.key.text()},
                {"account", owner ? Json(owner->account.text()) : Json(nullptr)},
                {"user", owner ? Json(owner->user.text()) : Json(nullptr)},
                {"status", owner ? Json(rotation::word(owner->key.status)) : Json(nullptr)},
                {"created_at", owner ? Json(rotation::rfc3339(owner->key.created_at)) : Json(nullptr)},
                {"last_used", used_object(owner)},
                {"signed_this_look", owner && owner->signed_itself},
                {"places", std::move(places)},
                {"uses", uses_array(owner)},
                {"no_history", or_null(finding.who.no_history)},
                {"silent", finding.silent},
                {"incomplete", incomplete_array(finding)},
                {"places_total", finding.total()},
                {"accounts_total", finding.accounts.size()}};
  if (added) document["added"] = added_object(*added);
  if (failure) document["error"] = Json::parse(json::error(*failure))["error"];
  return document.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace cli
