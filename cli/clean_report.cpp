#include "cli/clean_report.hpp"

#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/batch.hpp"
#include "cli/clean_consent.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/render_history.hpp"
#include "cli/table.hpp"

namespace cli {
namespace {

using Json = nlohmann::ordered_json;

std::string written(const Json& document) { return document.dump(-1, ' ', true, Json::error_handler_t::replace); }

std::string words_of(const KeyRow& row) { return row.account.text() + "/" + row.user.text(); }

Json row_object(const KeyRow& row) {
  return {{"account", row.account.text()}, {"user", row.user.text()}, {"key", row.key.id.text()}};
}

Json failure_object(const Failure& failure) { return Json::parse(json::error(failure))["error"]; }

Json refused_array(const CleanReport& report) {
  Json list = Json::array();
  for (const CleanRefusal& each : report.refused) {
    Json object = row_object(each.row);
    object["why"] = each.why;
    object["message"] = each.problem.message;
    object["hint"] = each.problem.hint.empty() ? Json(nullptr) : Json(each.problem.hint);
    list.push_back(std::move(object));
  }
  return list;
}

Json would_start_array(const CleanReport& report) {
  Json list = Json::array();
  for (const CleanStart& each : report.would_start) list.push_back(row_object(each.row));
  return list;
}

Json rotations_array(const CleanReport& report, const rotation::Instant& now) {
  return Json::parse(json::rotations(reports_of(report.rotations, now)))["rotations"];
}

void add_rest(Json& document, const CleanReport& report) {
  document["matched"] = report.matched;
  document["left"] = report.left;
  document["notes"] = report.notes;
  if (const auto failure = failure_of(report)) document["error"] = failure_object(*failure);
}

}  // namespace

std::string clean_json(const CleanReport& report, rotation::Instant now) {
  Json started = Json::array();
  for (const Started& each : report.started) {
    Json object = row_object(each.row);
    object["rotation"] = each.rotation.text();
    started.push_back(std::move(object));
  }
  Json document{{"batch", report.started.empty() ? Json(nullptr) : Json(report.batch)},
                {"started", std::move(started)},
                {"refused", refused_array(report)},
                {"rotations", rotations_array(report, now)},
                {"would_start", would_start_array(report)}};
  add_rest(document, report);
  return written(document);
}

std::string rehearsal_json(const CleanReport& report, std::span<const RehearsedKey> keys) {
  Json started = Json::array();
  for (const RehearsedKey& each : keys) {
    Json object = row_object(each.row);
    Json records = Json::array();
    for (const rotation::Record& record : each.records) {
      Json line = Json::parse(json::history_line(record));
      for (const char* of_journal : {"id", "rotation", "seq", "hash", "attempt"}) line.erase(of_journal);
      records.push_back(std::move(line));
    }
    object["records"] = std::move(records);
    object["state"] = rotation::word(each.driven.view.state);
    if (each.driven.failure) object["then"] = each.driven.failure->problem.message;
    started.push_back(std::move(object));
  }
  Json document{{"dry_run", true},
                {"batch", nullptr},
                {"started", std::move(started)},
                {"refused", refused_array(report)},
                {"rotations", Json::array()}};
  add_rest(document, report);
  return written(document);
}

std::string planned_json(const CleanReport& report, const std::string& file) {
  Json keys = would_start_array(report);
  Json document{{"plan", keys.empty() ? Json(nullptr) : Json(file)},
                {"keys", std::move(keys)},
                {"refused", refused_array(report)}};
  add_rest(document, report);
  return written(document);
}

std::string acted_text(const CleanReport& report, rotation::Instant now, const Style& style) {
  if (report.rotations.empty() && report.would_start.empty()) return "";
  Table table({{"KEY OF"}, {"KEY"}, {"STATE"}, {"NEXT", Wrap::yes}});
  for (const RotationReport& each : reports_of(report.rotations, now)) {
    table.add({{visible(rotation::target_words(each.view->target))},
               {visible(each.view->old_key.text())},
               {state_words(*each.view)},
               {visible(what_next(each, now.wall))}});
  }
  for (const CleanStart& each : report.would_start) {
    table.add({{visible(words_of(each.row))}, {visible(each.row.key.id.text())}, {"not started", Ink::dim}, {""}});
  }
  return table.text(style);
}

std::vector<std::string> acted_lines(const CleanReport& report) {
  std::vector<std::string> lines;
  for (const Driven& each : report.rotations) {
    lines.push_back(rotation::target_words(each.view.target) + " " + each.view.old_key.text() + " (" +
                    each.view.id.text() + ") is " + std::string(rotation::word(each.view.state)) +
                    (each.failure ? ": " + each.failure->problem.message : ""));
  }
  for (const CleanStart& each : report.would_start) {
    lines.push_back(words_of(each.row) + " " + each.row.key.id.text() + " fits, and was not started");
  }
  return lines;
}

std::string refused_text(const CleanReport& report, const Style& style) {
  if (report.refused.empty()) return "";
  Table table({{"LEFT ALONE"}, {"WHY"}, {"", Wrap::yes}});
  for (const CleanRefusal& each : report.refused) {
    table.add({{visible(words_of(each.row))},
               {visible(each.why), each.ending == rotation::Ending::ok ? Ink::plain : Ink::yellow},
               {visible(each.problem.message +
                        (each.problem.hint.empty() ? std::string() : " Next: " + each.problem.hint))}});
  }
  return table.text(style);
}

std::string rehearsal_text(std::span<const RehearsedKey> keys, const Style& style) {
  std::string text;
  for (const RehearsedKey& each : keys) {
    text += style.paint(Ink::bold, visible(words_of(each.row))) + "  " + visible(each.row.key.id.text()) + "\n";
    for (const rotation::Record& record : each.records) text += "  " + history_text(record, {});
    if (each.driven.failure) text += paragraph("then: " + visible(each.driven.failure->problem.message), 2, style);
  }
  return text;
}

std::string summary_text(const CleanReport& report, const Style& style) {
  std::string text;
  for (const std::string& note : report.notes) text += paragraph("Note: " + visible(note) + ".", 0, style);
  text += counted_keys(report.matched) + (report.matched == 1 ? " fits" : " fit") + " the query";
  if (!report.refused.empty()) text += ", " + std::to_string(report.refused.size()) + " left alone";
  if (report.left > 0) text += ", " + std::to_string(report.left) + " left for another run by the cap";
  return text + ".\n";
}

rotation::Ending ending_of(const CleanReport& report) {
  const bool interrupted = report.failure && report.failure->ending == rotation::Ending::interrupted;
  if (interrupted) return rotation::Ending::interrupted;  // of the command as a whole
  std::vector<rotation::Ending> endings;
  if (report.failure) endings.push_back(report.failure->ending);
  for (const CleanRefusal& each : report.refused) endings.push_back(each.ending);
  for (const Driven& each : report.rotations) endings.push_back(each.ending());
  return together(endings);
}

std::optional<Failure> failure_of(const CleanReport& report) {
  if (report.failure) return report.failure;
  const CleanRefusal* worst = nullptr;
  std::map<std::string, std::size_t> why;
  for (const CleanRefusal& each : report.refused) {
    if (each.ending == rotation::Ending::ok) continue;
    ++why[each.why];
    if (worst == nullptr || together(std::array{each.ending, worst->ending}) != worst->ending) worst = &each;
  }
  if (worst == nullptr) return std::nullopt;
  std::size_t keys = 0;
  std::string text;
  for (const auto& [word, count] : why) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + word;
    keys += count;
  }
  return Failure{.ending = worst->ending,
                 .problem = {.message = counted_keys(keys) + (keys == 1 ? " that fits was" : " that fit were") +
                                        " left alone: " + text + ". " + worst->problem.message,
                             .keys = keys == 1 ? worst->problem.keys : "None of them was touched.",
                             .hint = worst->problem.hint.empty() ? "keybaton doctor" : worst->problem.hint}};
}

}  // namespace cli
