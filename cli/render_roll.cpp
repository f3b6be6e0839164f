#include "cli/render_roll.hpp"

#include "cli/table.hpp"

namespace cli {

std::string roll_text(const rotation::View& view, const Style& style) {
  const rotation::Consumers roll = roll_call(view);
  if (roll.empty()) return "";
  const bool rotates = view.new_key.has_value();
  std::vector<Column> columns{{"USED BY"}, {"FROM"}, {"WITH", Wrap::yes}, {rotates ? "OLD KEY LAST" : "LAST"}};
  if (rotates) columns.push_back({"NEW KEY LAST"});
  Table table(std::move(columns));
  for (const rotation::Consumer& each : roll) {
    std::vector<Cell> cells{{visible(each.service)},
                            {visible(each.address.empty() ? "-" : each.address)},
                            {visible(each.program.empty() ? "-" : each.program)},
                            {rotation::rfc3339(*each.last)}};
    if (rotates) {
      cells.push_back(
          {each.moved ? rotation::rfc3339(*each.moved) : "not yet", each.ticked() ? Ink::green : Ink::yellow});
    }
    table.add(std::move(cells));
  }
  return table.text(style, 2) +
         paragraph(
             "By the event history, which is late and does not tell every call: reads of stored objects, for one, are "
             "not in it.",
             2, style);
}

}  // namespace cli
