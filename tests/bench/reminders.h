// The line reminders_fired: durable timers, from being set to having had their effect.
#pragma once

#include "line.h"

namespace troupe::bench {

// 1024 actors set a reminder that is due at once; when all have fired, again: reminders per second, set and fired.
double reminders_fired(const Effort& effort);
double lmdb_reminders(const Effort& effort);

}  // namespace troupe::bench
