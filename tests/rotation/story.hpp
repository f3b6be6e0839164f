// A rotation told record by record, with a clock that the test ticks: what a View looks like after it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rotation/drafts.hpp"
#include "rotation/pins.hpp"
#include "rotation/procedure.hpp"
#include "rotation/view.hpp"

namespace story {

using namespace rotation;
using std::chrono::hours;
using std::chrono::minutes;

inline const AccessKeyId old_id{"AKIAOLD0000000000001"};
inline const AccessKeyId new_id{"AKIANEW0000000000001"};
inline const AccessKeyId other_id{"AKIAOTHER00000000001"};
inline const LocationName laptop{"laptop"};
inline const LocationName vault{"vault"};

inline Time noon() { return *parse_rfc3339("2026-01-02T12:00:00Z"); }

// What a rotation of prod/support-api starts from; `Setting` names what differs.
struct Setting {
  Procedure procedure = Procedure::rotate;
  Policy policy = {};
  bool self = false;
  bool loopback = false;
  std::optional<Seconds> idle_at_start = {};
  std::vector<LocationSpec> locations = {{.name = laptop, .type = "fake", .settings = {}},
                                         {.name = vault, .type = "fake", .settings = {}}};
  std::map<LocationName, Start::Told> told = {};
};
[[nodiscard]] Start start_of(const Setting& setting);

class Story {
 public:
  explicit Story(const Setting& setting = {});
  [[nodiscard]] static Story of(const Start& start);

  [[nodiscard]] Instant now() const { return {.wall = wall, .boot = boot, .boot_id = boot_id}; }
  // Both clocks go on.
  Story& pass(Seconds span);
  // The next record, in the journal's own frame.
  [[nodiscard]] Record record(Draft draft) const;
  Story& tell(Draft draft);

  // An intent, and the outcome of the one that is open.
  Story& intend(Op op, Step step, Direction direction, const AccessKeyId& key = {}, const LocationName& location = {});
  Story& settle(Outcome how, std::optional<State> to = std::nullopt,
                const std::optional<AccessKeyId>& key = std::nullopt);

  // Whole rows.
  Story& create();
  Story& probe();
  Story& write(const LocationName& location);
  Story& deploy();
  Story& verify();
  Story& deactivate();
  Story& remove();
  Story& turn_back();
  // A sample of a key's last use; empty: the cloud says "never".
  Story& sample(const AccessKeyId& key, std::optional<Time> used, const std::string& service = "s3");
  Story& failed_sample(const AccessKeyId& key);

  View view;
  std::vector<Record> records;
  Time wall = noon();
  Millis boot = hours{1};
  std::string boot_id = "first-boot";

 private:
  struct Untold {};
  explicit Story(Untold) {}
};

}  // namespace story
