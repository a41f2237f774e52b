// The part of the admin API that shows what actors keep in a store: a path in, JSON out, over a RowSource. A running
// node serves it on its socket, and a stopped one's files are asked in the same words (troupe/offline.h).
#pragma once

#include <optional>

#include "observe/admin_api.h"
#include "observe/row_source.h"
#include "observe/target.h"

namespace troupe::observe {

// Whether the path is one of these: /dead-letters, /reminders, or /actors/SERVICE/KEY/ and outbox, dead-letters,
// tables, tables/NAME, reminders, history or rows.
[[nodiscard]] bool asks_for_rows(const Target& target);
// Only for such a path, and for an actor that lives here.
[[nodiscard]] AdminAnswer answer_rows(RowSource& source, const Target& target);

}  // namespace troupe::observe
