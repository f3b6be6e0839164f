// A pass of the worker, as it is shown.
#include <nlohmann/json.hpp>

#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/render_problem.hpp"
#include "cli/worker.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_asking = 20;  // lines for people

Json failure_json(const Failure& failure) {
  return {{"code", rotation::word(failure.ending)},
          {"exit", exit_code(failure.ending)},
          {"message", failure.problem.message},
          {"keys", failure.problem.keys},
          {"hint", failure.problem.hint}};
}

Json rotation_json(const Driven& driven, const rotation::Instant& now) {
  return Json::parse(
      json::rotation({.view = &driven.view, .next = rotation::next(driven.view, now), .error = driven.failure}));
}

// What a job printed is a document where it ran with --json.
Json job_json(const JobResult& job) {
  Json output = Json::parse(job.output, nullptr, false);
  if (output.is_discarded()) output = job.output.empty() ? Json(nullptr) : Json(job.output);
  return {{"id", job.id},
          {"outcome", rotation::word(job.ending)},
          {"exit", exit_code(job.ending)},
          {"output", output},
          {"error", job.failure ? failure_json(*job.failure) : Json(nullptr)}};
}

std::string state_line(const rotation::View& view) {
  return visible(rotation::target_words(view.target)) + " (" + view.id.text() + ") is " +
         std::string(rotation::word(view.state)) + (view.direction == rotation::Direction::back ? ", going back" : "");
}

std::string indented(const std::string& text) {
  std::string out;
  bool begin = true;
  for (const char each : text) {
    if (begin && each != '\n') out += "  ";
    out += each;
    begin = each == '\n';
  }
  return out + (out.empty() || out.back() == '\n' ? "" : "\n");
}

std::string jobs_text(const PassReport& report, const Style& style) {
  std::string text;
  for (const JobResult& each : report.jobs) {
    text += "job " + visible(each.id) + ": " + std::string(rotation::word(each.ending)) + "\n" + indented(each.output);
    if (each.failure) text += indented(problem_text(*each.failure, style));
  }
  return text;
}

std::string rotations_text(const PassReport& report, const rotation::Instant& now, const Style& style) {
  std::string text;
  if (report.open > 0) {
    text += std::to_string(report.open) + " open: " + std::to_string(report.advanced.size()) + " gone on with, " +
            std::to_string(report.waiting) + " waiting, " + std::to_string(report.asking.size()) +
            " in need of a person\n";
  }
  for (const Driven& each : report.advanced) {
    text += state_line(each.view) + "\n";
    if (each.failure) text += indented(problem_text(*each.failure, each.view, style));
  }
  for (std::size_t i = 0; i < std::min(report.asking.size(), most_asking); ++i) {
    const Asking& each = report.asking[i];
    text +=
        visible(each.target) + ": " + visible(each.why) + "\n  " + style.paint(Ink::cyan, visible(each.command)) + "\n";
  }
  if (report.asking.size() > most_asking) {
    text += "and " + std::to_string(report.asking.size() - most_asking) + " more: keybaton status\n";
  }
  if (report.next_due && *report.next_due > now.wall) {
    text += "the next of those that wait is due at " + rotation::rfc3339(*report.next_due) + "\n";
  }
  for (const UnattendedStart& each : report.started) {
    if (each.driven) {
      text += "started: " + state_line(each.driven->view) + "\n";
      if (each.driven->failure) text += indented(problem_text(*each.driven->failure, each.driven->view, style));
    } else {
      text += "not started: " + visible(each.target) + "\n" + indented(problem_text(*each.failure, style));
    }
  }
  return text;
}

}  // namespace

std::string pass_json(const PassReport& report, const rotation::Instant& now) {
  Json jobs = Json::array(), advanced = Json::array(), asking = Json::array(), started = Json::array();
  Json troubles = Json::array();
  for (const JobResult& each : report.jobs) jobs.push_back(job_json(each));
  for (const Driven& each : report.advanced) advanced.push_back(rotation_json(each, now));
  for (const Asking& each : report.asking) {
    asking.push_back(
        {{"rotation", each.rotation}, {"target", each.target}, {"why", each.why}, {"command", each.command}});
  }
  for (const UnattendedStart& each : report.started) {
    started.push_back({{"target", each.target},
                       {"rotation", each.driven ? rotation_json(*each.driven, now) : Json(nullptr)},
                       {"error", each.failure ? failure_json(*each.failure) : Json(nullptr)}});
  }
  const Failure* worst = nullptr;
  for (const StageTrouble& each : report.troubles) {
    Json one = failure_json(each.failure);
    one["stage"] = each.stage;
    troubles.push_back(one);
    if (each.failure.ending == report.ending()) worst = &each.failure;
  }
  Json all{
      {"began_at", rotation::rfc3339(report.began)},
      {"ended_at", rotation::rfc3339(report.ended)},
      {"keys", report.keys ? Json(*report.keys) : Json(nullptr)},
      {"incomplete", report.incomplete},
      {"jobs", jobs},
      {"clean", report.clean.document.empty() ? Json(nullptr) : Json::parse(report.clean.document, nullptr, false)},
      {"open", report.open},
      {"waiting", report.waiting},
      {"next_due", report.next_due ? Json(rotation::rfc3339(*report.next_due)) : Json(nullptr)},
      {"advanced", advanced},
      {"asking", asking},
      {"started", started},
      {"notes", report.notes},
      {"troubles", troubles},
      {"exit", exit_code(report.ending())}};
  if (worst != nullptr) all["error"] = failure_json(*worst);
  return all.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::string pass_text(const PassReport& report, const rotation::Instant& now, const Style& style) {
  std::string text = style.paint(Ink::bold, "pass of " + rotation::rfc3339(report.began)) + "\n";
  if (report.keys) {
    text += std::to_string(*report.keys) + (*report.keys == 1 ? " key" : " keys") + " seen";
    for (std::size_t i = 0; i < report.incomplete.size(); ++i) {
      text += (i == 0 ? "; not read: " : ", ") + visible(report.incomplete[i]);
    }
    text += "\n";
  }
  text += jobs_text(report, style);
  for (const std::string& each : report.clean.lines) text += visible(each) + "\n";
  text += rotations_text(report, now, style);
  for (const std::string& each : report.notes) text += visible(each) + "\n";
  for (const StageTrouble& each : report.troubles)
    text += each.stage + ":\n" + indented(problem_text(each.failure, style));
  return text;
}

}  // namespace cli
