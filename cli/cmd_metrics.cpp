// metrics: what monitoring wants to know of every key and every rotation, printed or sent.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/metrics_facts.hpp"
#include "cli/metrics_sinks.hpp"
#include "cli/output.hpp"
#include "cli/render_problem.hpp"
#include "cli/table.hpp"

namespace cli {
namespace {

struct MetricsWords {
  ScanWords scan;
  std::string format;  // empty: nobody said one
  std::optional<std::string> textfile;
  bool push = false;
};

constexpr std::array formats{std::pair{"prometheus", MetricFormat::prometheus},
                             std::pair{"wavefront", MetricFormat::wavefront},
                             std::pair{"otlp-json", MetricFormat::otlp_json}};

MetricFormat format_of(const std::string& word) {
  for (const auto& [name, format] : formats) {
    if (word == name) return format;
  }
  return MetricFormat::any;
}

void without_repeats(std::vector<std::string>& words) {
  std::ranges::sort(words);
  words.erase(std::unique(words.begin(), words.end()), words.end());
}

MetricSinks sinks_of(const MetricsWords& words, const Config& config) {
  MetricSinks sinks;
  const MetricFormat format = format_of(words.format);
  if (words.push) sinks = configured_sinks(config.metrics, format);
  if (words.textfile) {
    if (format != MetricFormat::any && format != MetricFormat::prometheus) {
      throw usage("A textfile is for node-exporter, which reads the format prometheus alone.",
                  "leave --format out, or send to other places with --push");
    }
    if (words.textfile->empty()) throw usage("--textfile is empty.", "name a file: --textfile PATH.prom");
    sinks.textfile = std::filesystem::absolute(*words.textfile).lexically_normal();
  }
  if (words.push && sinks.empty()) {
    throw usage("--push has nowhere to send to: the config names no place" +
                    (words.format.empty() ? std::string() : " that takes " + words.format) + ".",
                "add one below metrics: in the config (wavefront, otlp, pushgateway, textfile)");
  }
  if (sinks.textfile) require_textfile(*sinks.textfile);
  return sinks;
}

void print_metrics(const inventory::Metrics& metrics, MetricFormat format) {
  switch (format) {
    case MetricFormat::any:
    case MetricFormat::prometheus: inventory::prometheus_text(metrics, print); break;
    case MetricFormat::wavefront:
      for (const inventory::Batch& batch : inventory::wavefront_batches(metrics)) print(batch.body);
      break;
    case MetricFormat::otlp_json:  // one request a line, as they would be sent
      for (const inventory::Batch& batch : inventory::otlp_batches(metrics)) print_line(batch.body);
      break;
  }
}

nlohmann::ordered_json failure_json(const Failure& failure) {
  return {{"code", rotation::word(failure.ending)},
          {"exit", exit_code(failure.ending)},
          {"message", failure.problem.message},
          {"keys", failure.problem.keys},
          {"hint", failure.problem.hint}};
}

void print_json(const MetricFacts& facts, const std::vector<Sent>& sent, const Failure* worst) {
  using Json = nlohmann::ordered_json;
  Json accounts = Json::array(), places = Json::array(), incomplete = Json::array();
  for (const inventory::MetricAccount& account : facts.metrics.accounts) {
    accounts.push_back({{"account", account.name}, {"complete", account.complete}, {"keys", account.keys}});
  }
  for (const Sent& each : sent) {
    places.push_back({{"sink", each.sink},
                      {"to", each.to},
                      {"points", each.points},
                      {"taken", each.taken},
                      {"batches", each.batches},
                      {"error", each.failure ? failure_json(*each.failure) : Json(nullptr)}});
  }
  for (const UnreadAccount& each : facts.scanned.incomplete) incomplete.push_back(each.account.text());
  Json all{{"accounts", accounts},
           {"open_rotations", facts.metrics.rotations.size()},
           {"sent", places},
           {"incomplete", incomplete}};
  if (worst != nullptr) all["error"] = failure_json(*worst);
  print_line(all.dump(-1, ' ', true, Json::error_handler_t::replace));
}

void print_table(const std::vector<Sent>& sent, const Style& style) {
  Table table({{"SINK"}, {"POINTS"}, {"TAKEN"}, {"BATCHES"}, {"TO"}});
  for (const Sent& each : sent) {
    table.add({{each.sink},
               {std::to_string(each.points)},
               {std::to_string(each.taken), each.failure ? Ink::red : Ink::green},
               {std::to_string(each.batches)},
               {visible(each.to)}});
  }
  print(table.text(style));
}

int report(const Options& options, const MetricFacts& facts, const std::vector<Sent>& sent) {
  std::vector<Failure> failures;
  if (auto scan = facts.scanned.failure()) {
    scan->problem.keys = "Of these accounts no key is told, only that they could not be read; no key was touched.";
    failures.push_back(std::move(*scan));
  }
  for (const Sent& each : sent) {
    if (each.failure) failures.push_back(*each.failure);
  }
  std::vector<rotation::Ending> endings;
  for (const Failure& each : failures) endings.push_back(each.ending);
  const rotation::Ending worst = together(endings);
  const auto speaker = std::ranges::find(failures, worst, &Failure::ending);
  if (options.json) {
    print_json(facts, sent, speaker == failures.end() ? nullptr : &*speaker);
  } else {
    if (!sent.empty()) print_table(sent, out_style(options));
    for (const Failure& each : failures) warn(problem_text(each, err_style(options)));
  }
  return exit_code(worst);
}

int metrics(const Options& options, MetricsWords words) {
  House house{options};
  without_repeats(words.scan.accounts);
  without_repeats(words.scan.profiles);
  const bool prints = !words.push && !words.textfile;
  if (prints && options.json) {
    throw usage("--json is the report of --push and --textfile; neither is there.",
                "keybaton metrics --format otlp-json prints the metrics as JSON");
  }
  const Config config = house.config();
  const MetricSinks sinks = sinks_of(words, config);
  const MetricFacts facts = gather_metrics(house, config, words.scan);
  if (facts.scanned.interrupted) return report(options, facts, {});
  if (!prints) return report(options, facts, send_metrics(house, sinks, facts.metrics, config.metrics.retry_for));
  print_metrics(facts.metrics, format_of(words.format));
  return report(options, facts, {});
}

}  // namespace

void describe_metrics(Describer& front) {
  auto words = std::make_shared<MetricsWords>();
  Describer command = front.command("metrics", "key ages and rotations for monitoring, printed or sent");
  describe_scan(command, words->scan)
      .one_of("--format", words->format, "prometheus (if none is named), wavefront or otlp-json",
              {"prometheus", "wavefront", "otlp-json"})
      .flag("--push", words->push,
            "send to every place below metrics: in the config; with --format to those that take it")
      .text("--textfile", words->textfile, "replace this file, for node-exporter's textfile collector", "PATH")
      .examples(
          "  keybaton metrics --format wavefront\n"
          "  keybaton metrics --textfile /var/lib/prometheus/node-exporter/keybaton.prom\n"
          "  keybaton metrics --push --json");
  command.runs([words](const Options& options) { return metrics(options, *words); });
}

}  // namespace cli
