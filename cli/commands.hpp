// Every command there is: each describes its options, then acts. One file a command, `cmd_<name>.cpp`.
#pragma once

#include "cli/options.hpp"

namespace cli {

void describe_adopt(Describer& front);
void describe_by_hand(Describer& front);
void describe_clean(Describer& front);
void describe_completion(Describer& front);
void describe_doctor(Describer& front);
void describe_find(Describer& front);
void describe_front(Describer& front);  // no command at all: what is open, and what comes next
void describe_history(Describer& front);
void describe_init(Describer& front);
void describe_jobs(Describer& front);
void describe_journal(Describer& front);
void describe_key(Describer& front);
void describe_keys(Describer& front);
void describe_later(Describer& front);  // known words that this version refuses
void describe_locations(Describer& front);
void describe_metrics(Describer& front);
void describe_plan(Describer& front);
void describe_resume(Describer& front);
void describe_retire(Describer& front);
void describe_rollback(Describer& front);
void describe_rotate(Describer& front);
void describe_run(Describer& front);
void describe_search(Describer& front);
void describe_status(Describer& front);

void describe_commands(Describer& front);

}  // namespace cli
