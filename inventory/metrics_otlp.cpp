#include <algorithm>
#include <nlohmann/json.hpp>

#include "inventory/metrics_formats.hpp"

namespace inventory {
namespace {

using Json = nlohmann::ordered_json;

Json attribute(std::string_view name, std::string_view value) {
  return {{"key", name}, {"value", {{"stringValue", value}}}};
}

// A request that grows by points, with each metric in it once.
class Request {
 public:
  explicit Request(const Metrics& metrics) : metrics_(metrics) {}

  void begin(const Family& family) {
    family_ = &family;
    named_ = false;
  }
  void add(std::span<const Label> labels, std::int64_t number) {
    if (!named_) name();
    // 64-bit numbers are strings in protobuf's JSON.
    Json point{{"asInt", std::to_string(number)},
               {"timeUnixNano", nanoseconds(metrics_.as_of)},
               {"attributes", Json::array()}};
    if (family_->shape == Shape::counter) {
      point["startTimeUnixNano"] =
          nanoseconds(std::min(metrics_.counted_from.value_or(metrics_.as_of), metrics_.as_of));
    }
    bytes_ += 96;
    for (const Label& label : labels) {
      point["attributes"].push_back(attribute(label.name, label.value));
      bytes_ += label.name.size() + label.value.size() + 48;
    }
    metrics_list_.back()[shape()]["dataPoints"].push_back(std::move(point));
    ++points_;
  }
  [[nodiscard]] std::size_t points() const { return points_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  [[nodiscard]] Batch take() {
    const Json resource{
        {"attributes", {attribute("service.name", "keybaton"), attribute("service.version", metrics_.version)}}};
    Json scope{{"scope", {{"name", "keybaton"}, {"version", metrics_.version}}}, {"metrics", std::move(metrics_list_)}};
    const Json document{{"resourceMetrics", Json::array({Json{{"resource", resource},
                                                              {"scopeMetrics", Json::array({std::move(scope)})}}})}};
    Batch batch{.body = document.dump(-1, ' ', false, Json::error_handler_t::replace), .points = points_};
    metrics_list_ = Json::array();
    named_ = false;
    points_ = bytes_ = 0;
    return batch;
  }

 private:
  [[nodiscard]] const char* shape() const { return family_->shape == Shape::counter ? "sum" : "gauge"; }
  [[nodiscard]] static std::string nanoseconds(Time time) {
    return std::to_string(time.time_since_epoch().count()) + "000000000";
  }
  void name() {
    Json series{{"dataPoints", Json::array()}};
    if (family_->shape == Shape::counter) {
      series["aggregationTemporality"] = 2;  // cumulative
      series["isMonotonic"] = true;
    }
    Json metric{{"name", dotted_name(*family_)}, {"description", family_->help}};
    if (!family_->unit.empty()) metric["unit"] = family_->unit;
    metric[shape()] = std::move(series);
    metrics_list_.push_back(std::move(metric));
    named_ = true;
    bytes_ += 256;
  }

  const Metrics& metrics_;
  const Family* family_ = nullptr;
  bool named_ = false;
  Json metrics_list_ = Json::array();
  std::size_t points_ = 0, bytes_ = 0;
};

}  // namespace

std::vector<Batch> otlp_batches(const Metrics& metrics, const BatchLimits& limits) {
  std::vector<Batch> all;
  Request request(metrics);
  for (const Family& family : families()) {
    request.begin(family);
    family.samples(metrics, [&](std::span<const Label> labels, std::int64_t number) {
      request.add(labels, number);
      if (request.points() >= limits.points || request.bytes() >= limits.bytes) all.push_back(request.take());
    });
  }
  if (request.points() > 0) all.push_back(request.take());
  return all;
}

}  // namespace inventory
