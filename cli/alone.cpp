#include "cli/alone.hpp"

#include <utility>

#include "rotation/stops.hpp"

namespace cli {
namespace {

using rotation::View;

View view_of(const rotation::Summary& row) {
  View view;
  view.id = row.id;
  view.procedure = row.procedure;
  view.target = row.target;
  view.old_key = row.old_key;
  view.new_key = row.new_key;
  view.state = row.state;
  view.direction = row.direction;
  view.seq = row.seq;
  view.started_by = row.started_by;
  view.started_at = row.started_at;
  view.updated_at = row.updated_at;
  return view;
}

// What it would do next, and whether its key works, nobody knows: all that is left is to turn that key on.
Failure with_way_back(Failure failure, const View& view) {
  const std::string& key = view.old_key.text();
  failure.problem.keys += " keybaton history verify shows what is damaged. Should " + key +
                          " have to work again: keybaton key activate turns it on";
  failure.problem.hint = "keybaton key activate " + rotation::target_argument(view.target) + " --key " + key;
  return failure;
}

// Made without a call. The config may be broken, and the account may have left it: then it has no more than the
// cloud's usual words.
std::string vendors_command(House& house, const View& view) {
  const rotation::Target& target = view.target;
  const auto command = [&](const rotation::Connection& connection) {
    return house.cloud(connection)->cloud().command_for(rotation::Op::activate_key, target.user, view.old_key);
  };
  try {
    TargetWords words{.target = rotation::target_words(target), .profile = {}};
    if (target.by_profile) words = {.target = {}, .profile = target.account.text()};
    return command(aim_at(words, house.config(), Locations::not_needed).connection);
  } catch (const rotation::Trouble&) {
    rotation::Connection usual{{"provider", target.provider}};
    if (target.by_profile) usual["profile"] = target.account.text();
    try {
      return command(usual);
    } catch (const rotation::Trouble&) {
      return {};
    }
  }
}

Driven with_vendors_command(House& house, Driven driven) {
  if (!driven.row_only || !driven.failure || !driven.view.open()) return driven;
  if (const std::string command = vendors_command(house, driven.view); !command.empty()) {
    driven.failure->problem.keys += "; without keybaton, " + command;
  }
  return driven;
}

std::optional<View> folded(const store::JournalReader& reader, const rotation::RotationId& id) {
  try {
    return reader.view(id);
  } catch (const rotation::Trouble& trouble) {
    if (trouble.ending() != rotation::Ending::storage) throw;  // busy is not damaged
    return std::nullopt;
  }
}

}  // namespace

Driven alone(const store::JournalReader& reader, const rotation::RotationId& id, const std::function<Driven()>& work) {
  try {
    return work();
  } catch (const rotation::Trouble& trouble) {
    const Failure failure{.ending = trouble.ending(), .problem = trouble.problem()};
    if (auto view = folded(reader, id)) return {.view = std::move(*view), .failure = failure, .unused = {}};
    const auto row = reader.rotation(id);
    if (!row) throw;
    const View view = view_of(*row);
    return {
        .view = view, .failure = view.open() ? with_way_back(failure, view) : failure, .unused = {}, .row_only = true};
  }
}

Driven alone(House& house, const store::JournalReader& reader, const rotation::RotationId& id,
             const std::function<Driven()>& work) {
  return with_vendors_command(house, alone(reader, id, work));
}

Driven as_it_stands(const store::JournalReader& reader, const rotation::RotationId& id) {
  return alone(reader, id, [&] { return Driven{.view = reader.view(id), .failure = {}, .unused = {}}; });
}

Driven as_it_stands(House& house, const store::JournalReader& reader, const rotation::RotationId& id) {
  return with_vendors_command(house, as_it_stands(reader, id));
}

}  // namespace cli
