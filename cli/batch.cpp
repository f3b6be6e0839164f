#include "cli/batch.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/alone.hpp"
#include "cli/clean_warn.hpp"
#include "cli/commons.hpp"
#include "cli/crew.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/output.hpp"
#include "cli/progress_line.hpp"
#include "cli/render_rotation.hpp"
#include "cli/table.hpp"

namespace cli {
namespace {

using rotation::State;
using rotation::View;

// An id is typed in either case, as a rotation's is.
std::string as_id(std::string_view text) {
  std::string id(text);
  std::ranges::transform(id, id.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  id[0] = 'b';
  return id;
}

bool wants_a_look(const RotationReport& report) {
  if (report.view->attention) return true;
  return report.error && report.error->ending != rotation::Ending::waiting;
}

// Nothing but a person's word brings it on.
bool wants_consent(const RotationReport& report, rotation::Time now) {
  if (!report.view->open() || report.view->attention || report.next.not_before.value_or(now) > now) return false;
  return std::ranges::find(report.next.needs, rotation::Need::confirm) != report.next.needs.end();
}

// When the first of them can go on; empty: none of them is open.
std::optional<rotation::Time> earliest(std::span<const RotationReport> reports, rotation::Time now) {
  std::optional<rotation::Time> first;
  for (const RotationReport& each : reports) {
    if (!each.view->open() || wants_a_look(each) || wants_consent(each, now)) continue;
    const rotation::Time from = each.next.not_before.value_or(now);
    first = std::min(first.value_or(from), from);
  }
  return first;
}

// The command by which a person agrees, for as many of them as a line can name.
std::string consent_command(std::span<const RotationReport> reports, rotation::Time now, const Style& style) {
  constexpr std::size_t most = 20;
  std::string ids;
  std::size_t all = 0;
  bool first_act = false;
  for (const RotationReport& each : reports) {
    if (!wants_consent(each, now) || ++all > most) continue;
    ids += " " + each.view->id.text();
    first_act = first_act || each.next.step == rotation::Step::deactivate;
  }
  if (all == 0) return "";
  const std::string rest = all > most ? "; of the first " + std::to_string(most) + ":" : ":";
  return paragraph(std::to_string(all) + (all == 1 ? " wants" : " want") + " a person's consent" + rest, 2, style) +
         "  " +
         style.paint(Ink::cyan,
                     "keybaton resume" + visible(ids) + (first_act ? " --yes=deactivate,delete" : " --yes=delete")) +
         "\n";
}

}  // namespace

std::string state_words(const View& view) {
  const bool back = view.open() && view.direction == rotation::Direction::back;
  return std::string(rotation::word(view.state)) + (back ? ", going back" : "");
}

std::string what_next(const RotationReport& report, rotation::Time now) {
  if (!report.view->open()) return "";
  if (report.view->attention) return report.view->attention->message;
  if (wants_a_look(report)) return report.error->problem.message;
  const auto& next = report.next;
  std::string text = next.step ? std::string(rotation::word(*next.step)) : "close";
  if (next.not_before && *next.not_before > now) text += " from " + rotation::rfc3339(*next.not_before);
  if (untold(*report.view)) text += ", its owner not told yet";
  return text + (wants_consent(report, now) ? ", not agreed to" : "");
}

bool names_batch(std::string_view word) {
  return word.size() > 2 && (word[0] == 'b' || word[0] == 'B') && word[1] == '-' && word.find('/') == word.npos;
}

Members members_of(const std::optional<store::JournalReader>& reader, const std::string& word) {
  if (!reader) throw usage("There is no journal yet, so no batch either.", "keybaton clean --where EXPR --dry-run");
  const std::string from = as_id(word);
  Members found;
  std::set<std::string> fits;
  for (auto& [summary, batch] : reader->in_batches(store::Which::all)) {
    if (batch.empty()) {
      if (!rotation::terminal(summary.state)) found.unreadable.push_back(summary.id);
      warn("Warning: the first record of " + summary.id.text() + " (" +
           visible(rotation::target_words(summary.target)) +
           ") cannot be read, so it is not known whether it is of this batch: keybaton history verify\n");
    }
    if (!batch.starts_with(from)) continue;
    fits.insert(batch);
    found.rotations.push_back(summary.id);
    found.keys.insert(summary.old_key);
  }
  if (fits.empty()) {
    throw usage("The journal has no batch that fits \"" + visible(word) + "\".", "keybaton status --all");
  }
  if (fits.size() > 1) {
    throw usage("\"" + visible(word) + "\" fits more than one batch: " + *fits.begin() + ", " +
                    *std::next(fits.begin()) + (fits.size() > 2 ? ", …" : "") + ".",
                "name one of them: keybaton status " + *fits.begin());
  }
  found.batch = *fits.begin();
  return found;
}

namespace {

// The account was asked for something, so whoever has to type a code for it has been asked, too.
bool tried(rotation::Ending ending) {
  using rotation::Ending;
  return ending == Ending::unknown || ending == Ending::refused || ending == Ending::wrong_account ||
         ending == Ending::usage;
}

class AllOfThem {
 public:
  AllOfThem(House& house, const store::JournalReader& reader, const std::vector<rotation::RotationId>& rotations)
      : house_(house), reader_(reader), rotations_(rotations), found_(rotations.size()), failed_(rotations.size()) {}

  // One after the other until each account was reached, which shows whether it wants a code from somebody; then the
  // others. What is closed reaches nothing.
  std::vector<Driven> go_on_with(std::size_t width) {
    std::vector<std::size_t> others;
    std::set<std::pair<rotation::AccountName, std::string>> known;
    for (std::size_t at = 0; at < rotations_.size() && !house_.clock().interrupted(); ++at) {
      const auto row = reader_.rotation(rotations_[at]);
      const bool later =
          row && (rotation::terminal(row->state) || known.contains({row->target.account, row->target.provider}));
      if (later) {
        others.push_back(at);
        continue;
      }
      show(alone_++);
      one(at);
      if (row && reached(at)) known.emplace(row->target.account, row->target.provider);
    }
    at_once({.width = house_.width(width),
             .count = others.size(),
             .piece = [&](std::size_t piece) { one(others[piece]); },
             .stop = [&] { return house_.clock().interrupted(); },
             .tick = [&](std::size_t done) { show(alone_ + done); }});
    std::vector<Driven> all;
    for (std::size_t at = 0; at < rotations_.size(); ++at) {
      if (failed_[at]) all.push_back(alone(house_, reader_, rotations_[at], [&]() -> Driven { throw *failed_[at]; }));
      if (found_[at]) all.push_back(std::move(*found_[at]));
    }
    return all;
  }

 private:
  void one(std::size_t at) {
    try {
      store::JournalStore store = house_.store();
      found_[at] = go_on(house_, store, rotations_[at], {}, Person::nobody);
    } catch (const rotation::Trouble& trouble) {
      failed_[at] = trouble;
    }
  }

  [[nodiscard]] bool reached(std::size_t at) {
    if (!found_[at]) return tried(failed_[at]->ending());
    if (tried(found_[at]->ending()) || house_.commons() == nullptr) return true;
    try {
      return house_.commons()->access(found_[at]->view.connection)->cloud().clock_offset().has_value();
    } catch (const rotation::Trouble&) {
      return true;  // it cannot be reached at all
    }
  }

  void show(std::size_t done) {
    line_.show("gone on with " + std::to_string(done) + " of " + std::to_string(rotations_.size()) + " keys");
  }

  House& house_;
  const store::JournalReader& reader_;
  const std::vector<rotation::RotationId>& rotations_;
  std::vector<std::optional<Driven>> found_;
  std::vector<std::optional<rotation::Trouble>> failed_;
  std::size_t alone_ = 0;  // were gone on with before the others
  ProgressLine line_{err_style(house_.options())};
};

}  // namespace

std::vector<Driven> advance_all(House& house, const std::vector<rotation::RotationId>& rotations, std::size_t width) {
  const auto reader = house.reader();
  if (!reader) return {};
  static_cast<void>(house.actor());  // looked up before anybody else asks
  return AllOfThem{house, *reader, rotations}.go_on_with(width);
}

void add_unreadable(House& house, const store::JournalReader& reader, const Members& members,
                    std::vector<Driven>& all) {
  for (const rotation::RotationId& id : members.unreadable) all.push_back(as_it_stands(house, reader, id));
}

std::string counts_text(std::span<const RotationReport> reports) {
  std::map<State, std::size_t> states;
  std::size_t look = 0, back = 0;
  for (const RotationReport& each : reports) {
    ++states[each.view->state];
    if (wants_a_look(each)) ++look;
    if (each.view->open() && each.view->direction == rotation::Direction::back) ++back;
  }
  std::string text;
  for (const auto& [state, count] : states) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(rotation::word(state));
  }
  if (back > 0) text += "; " + std::to_string(back) + " going back";
  if (look > 0) text += "; " + std::to_string(look) + (look == 1 ? " wants a look" : " want a look");
  return text;
}

std::string batch_line(const std::string& batch, std::span<const RotationReport> reports, rotation::Time now,
                       const Style& style) {
  const std::size_t keys = reports.size();
  std::string text = paragraph("batch " + visible(batch) + ", " + std::to_string(keys) +
                                   (keys == 1 ? " key: " : " keys: ") + counts_text(reports) + ".",
                               0, style);
  const auto from = earliest(reports, now);
  if (from && *from > now) {
    text +=
        paragraph("not before " + rotation::rfc3339(*from) + " (in " + rotation::about(*from - now) + ")", 2, style);
  }
  const bool open = std::ranges::any_of(reports, [](const RotationReport& each) { return each.view->open(); });
  const bool look = std::ranges::any_of(reports, wants_a_look);
  if (look) text += "  " + style.paint(Ink::cyan, "keybaton status " + visible(batch)) + "\n";
  text += consent_command(reports, now, style);
  if (open && from) text += "  " + style.paint(Ink::cyan, "keybaton resume " + visible(batch)) + "\n";
  return text;
}

std::string grouped_text(std::span<const RotationReport> reports, rotation::Time now, const Style& style) {
  std::vector<RotationReport> single;
  std::map<std::string, std::vector<RotationReport>> batches;
  for (const RotationReport& each : reports) {
    if (each.view->batch) {
      batches[each.view->batch->id].push_back(each);
    } else {
      single.push_back(each);
    }
  }
  std::string text = single.empty() ? "" : open_list_text(single, now, style);
  for (const auto& [batch, all] : batches) text += batch_line(batch, all, now, style);
  return text;
}

std::string batch_text(const std::string& batch, std::span<const RotationReport> reports, rotation::Time now,
                       const Style& style) {
  Table table({{"ACCOUNT/USER"}, {"KEY"}, {"ROTATION"}, {"STATE"}, {"NEXT", Wrap::yes}});
  for (const RotationReport& each : reports) {
    const View& view = *each.view;
    const bool look = wants_a_look(each);
    table.add({{visible(view.target.account.text() + "/" + view.target.user.text())},
               {visible(view.old_key.text())},
               {visible(view.id.text())},
               {state_words(view)},
               {visible(what_next(each, now)), look ? Ink::yellow : Ink::plain}});
  }
  std::string text = table.empty() ? "" : table.text(style) + "\n";
  return text + batch_line(batch, reports, now, style);
}

std::string batch_json(const std::string& batch, std::span<const RotationReport> reports) {
  auto all = nlohmann::ordered_json::parse(json::rotations(reports));
  std::map<State, std::size_t> states;
  for (const RotationReport& each : reports) ++states[each.view->state];
  nlohmann::ordered_json counts = nlohmann::ordered_json::object();
  for (const auto& [state, count] : states) counts[std::string(rotation::word(state))] = count;
  const bool known = !reports.empty() && reports.front().view->batch;
  const nlohmann::ordered_json document{{"batch", batch},
                                        {"query", known ? reports.front().view->batch->query : ""},
                                        {"counts", std::move(counts)},
                                        {"rotations", std::move(all["rotations"])}};
  return document.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

int report_batch(House& house, const std::string& batch, const std::vector<Driven>& all) {
  house.person().clear_line();
  const std::vector<RotationReport> shown = reports_of(all, house.now());
  if (house.options().json) {
    print_line(batch_json(batch, shown));
  } else {
    print(batch_text(batch, shown, house.now().wall, out_style(house.options())));
  }
  std::vector<rotation::Ending> endings;
  for (const Driven& driven : all) endings.push_back(driven.ending());
  if (house.clock().interrupted()) endings.push_back(rotation::Ending::interrupted);
  return exit_code(together(endings));
}

}  // namespace cli
