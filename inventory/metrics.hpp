// What monitoring is told of keys and rotations: facts that were gathered, and the series that they make.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rotation/names.hpp"
#include "rotation/ports.hpp"
#include "rotation/procedure.hpp"
#include "rotation/time.hpp"
#include "rotation/view.hpp"
#include "rotation/words.hpp"

namespace inventory {

using rotation::Seconds;
using rotation::Time;

// How an access key is named in a series.
enum class KeyIds : std::uint8_t { whole, last4 };

// Every text below is UTF-8.
struct MetricAccount {
  std::string name;        // as the config names it: two names of one cloud account stay apart
  std::string provider;    // "aws"
  std::string age_metric;  // what Wavefront calls the age of its keys: "aws.iam.accessKey"
  std::string age_source;  // "AWS"
  std::string region;      // empty: the config says none
  std::string account_id;  // empty: not known
  std::size_t keys = 0;
  bool complete = false;  // all of it was read; of any other account no key is told
};

// Kept small: there may be some hundred thousand of them.
struct MetricKey {
  std::uint32_t account = 0;  // in Metrics::accounts
  rotation::KeyStatus status = rotation::KeyStatus::unusable;
  bool use_known = false;
  std::string user;
  std::string label;  // the id, or as much of its end as tells the user's keys apart
  Time created{};
  std::optional<Time> used;
  Seconds max_age{};
};

// An open one.
struct MetricRotation {
  std::string id, account, user;
  rotation::Procedure procedure = rotation::Procedure::rotate;
  rotation::State state = rotation::State::planned;
  rotation::Direction direction = rotation::Direction::forward;
  Time started{}, updated{}, due{};  // due: when it could go on
  std::vector<std::pair<rotation::Step, Time>> steps;
  std::optional<rotation::AttentionCode> attention;
  std::optional<std::pair<rotation::Step, Time>> pending;
  bool stuck = false;
};

// Of a user's latest rotation: locations that were last known to hold a key that they should not.
struct MetricDrift {
  std::string account, user;
  std::size_t locations = 0;
};

struct MetricClosed {
  std::string account;
  rotation::Procedure procedure = rotation::Procedure::rotate;
  rotation::State result = rotation::State::completed;
  std::size_t rotations = 0;
};

struct Metrics {
  std::string version;
  Time as_of{};
  Seconds warn_before{};
  std::vector<MetricAccount> accounts;
  std::vector<MetricKey> keys;
  std::vector<MetricRotation> rotations;
  std::vector<MetricDrift> drifted;
  std::vector<MetricClosed> closed;
  std::optional<Time> counted_from;  // when the first rotation was started that may be among the closed ones
};

// ---- series --------------------------------------------------------------------------------------------------------

struct Label {
  std::string_view name, value;
};
using Emit = std::function<void(std::span<const Label>, std::int64_t)>;

enum class Shape : std::uint8_t { gauge, counter };
enum class Concerns : std::uint8_t { key, rest };

struct Family {
  std::string_view name;  // as Prometheus has it
  std::string_view help;
  std::string_view unit;  // "s", or empty
  Shape shape;
  Concerns about;
  void (*samples)(const Metrics&, const Emit&);  // each set of labels once
};

[[nodiscard]] std::span<const Family> families();

// "keybaton.access_key_age": the name where the unit is told beside it.
[[nodiscard]] std::string dotted_name(const Family& family);

[[nodiscard]] Seconds age_of(const MetricKey& key, Time now);  // never negative

}  // namespace inventory

template <>
struct rotation::Words<inventory::KeyIds> {
  static constexpr std::array all{std::string_view{"whole"}, std::string_view{"last4"}};
};
