#include "cli/alone.hpp"

#include "rotation/stops.hpp"

namespace cli {
namespace {

rotation::View view_of(const rotation::Summary& row) {
  rotation::View view;
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

// Nothing else can turn its old key on any more.
Failure failure_with(const rotation::Summary& row, const rotation::Trouble& trouble) {
  Failure failure{.ending = trouble.ending(), .problem = trouble.problem()};
  if (trouble.ending() != rotation::Ending::storage || rotation::terminal(row.state)) return failure;
  failure.problem.hint += "; should the key have to work again: keybaton key activate " +
                          rotation::quoted(rotation::target_words(row.target)) + " --key " + row.old_key.text();
  return failure;
}

}  // namespace

Driven alone(const store::JournalReader& reader, const rotation::RotationId& id, const std::function<Driven()>& work) {
  try {
    return work();
  } catch (const rotation::Trouble& trouble) {
    const auto row = reader.rotation(id);
    if (!row) throw;
    return {.view = view_of(*row), .failure = failure_with(*row, trouble), .unused = {}};
  }
}

Driven as_it_stands(const store::JournalReader& reader, const rotation::RotationId& id) {
  return alone(reader, id, [&] { return Driven{.view = reader.view(id), .failure = {}, .unused = {}}; });
}

}  // namespace cli
