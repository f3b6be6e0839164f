#include "cli/clean_warn.hpp"

#include <nlohmann/json.hpp>
#include <system_error>

#include "cli/alone.hpp"
#include "platform/process.hpp"
#include "rotation/drafts.hpp"

namespace cli {
namespace {

using Json = nlohmann::ordered_json;

std::string counted(std::size_t keys) { return std::to_string(keys) + (keys == 1 ? " key" : " keys"); }

// Empty: it took the warning.
std::string run(const CleanWarning& warning, const std::string& input) {
  try {
    const platform::Finished done = platform::run(
        {.argv = warning.run, .pass_env = {}, .input = input, .deadline = warning.timeout, .output_cap = 1 << 16});
    if (done.timed_out) return "did not end within " + rotation::about(warning.timeout);
    if (done.exit_code != 0) return "ended with " + std::to_string(done.exit_code);
  } catch (const std::system_error& error) {
    return "could not be started: " + error.code().message();
  }
  return {};
}

}  // namespace

std::string warning_json(const std::string& owner, const std::vector<rotation::View>& keys, rotation::Time now) {
  Json list = Json::array();
  for (const rotation::View& view : keys) {
    list.push_back({{"batch", view.batch->id},
                    {"rotation", view.id.text()},
                    {"account", view.target.account.text()},
                    {"account_id", view.target.account_id.text()},
                    {"user", view.target.user.text()},
                    {"key", view.old_key.text()},
                    {"query", view.batch->query},
                    {"not_before", rotation::rfc3339(now + view.batch->warn_before)},
                    {"objection", "keybaton rollback " + view.id.text()}});
  }
  const Json document{{"owner", owner}, {"keys", std::move(list)}};
  return document.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

void tell_owners(House& house, const Config& config, store::JournalStore& store,
                 const std::vector<rotation::RotationId>& rotations, std::vector<std::string>& notes) {
  if (!config.clean.warn) return;
  std::map<std::string, std::vector<rotation::View>> untold;
  for (const rotation::RotationId& id : rotations) {
    rotation::View view = as_it_stands(store.reader(), id).view;
    const bool waits = view.open() && view.direction == rotation::Direction::forward && view.standing &&
                       view.batch->warn_before > rotation::Seconds{0} && !view.warned_at;
    if (waits) untold[view.batch->owner].push_back(std::move(view));
  }
  for (const auto& [owner, keys] : untold) {
    if (house.clock().interrupted()) return;
    const std::string why = run(*config.clean.warn, warning_json(owner, keys, house.now().wall));
    if (!why.empty()) {
      notes.push_back(owner + " was not told of " + counted(keys.size()) + ": " + config.clean.warn->run.front() + " " +
                      why + "; the next run tries again");
      continue;
    }
    for (const rotation::View& view : keys) {
      rotation::Draft told = rotation::observation("warned", house.now());
      told.key = view.old_key;
      told.detail["owner"] = owner;
      store.open(view.id, house.actor())->append(std::move(told));
    }
    notes.push_back(owner + " was told of " + counted(keys.size()));
  }
}

}  // namespace cli
