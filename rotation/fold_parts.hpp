// What a record does to the view beside moving it along the table. Internal to rotation/.
#pragma once

#include <string>

#include "rotation/view.hpp"

namespace rotation {

// What was agreed for a whole batch was agreed on what was known then.
void end_standing(View& view, std::string why);
void stand(View& view, const Record& record);
// A word by which somebody answered what no plan foresees.
void take_word(View& view, const std::string& word);
// An observation of its batch: its owner was told, for the first time or once more as the time grew short; or the
// config agrees no longer to what it agreed to, or does again. False: it is of something else.
[[nodiscard]] bool take_of_batch(View& view, const std::string& what, const Detail& detail);
// The key is Active, or was when we meant to switch it off: what was off before is so no longer.
void not_off(View& view, const AccessKeyId& key);
// A use after the one that was known when it was agreed to.
void used_again(View& view, const Sample& sample);

// Steps forget their samples; how rarely the key is used stays known.
void note_gap(View& view, const Sample& sample);

}  // namespace rotation
