// An actor whose tables do what a script says, so that a test reads as a story:
//
//   run(shelf, "put a 1; put b 2; page backward; count") == "b=2 a=1; 2"
//
// Commands, parted by "; ". Those that see something say it; the rest say nothing:
//   put KEY QUANTITY      add KEY QUANTITY (an edit())     erase KEY (1 or 0)     get KEY     has KEY (1 or 0)
//   fill FROM PAST [BYTES]   puts rows "000001"... of those numbers, each its number as quantity, with so large a note
//   page RANGE            rows as KEY=QUANTITY, and "+" if there are more      first RANGE     each RANGE (all of it)
//   erase_page RANGE (how many)     count     in TABLE (for the commands after it; "items" at first)
//   big KEY BYTES         a row of that size               deep KEY DEPTH     hold KEY (reads it, says it at the end)
//   state (adds one to the state, and says it)     pass LATCH     refuse     crash     later SCRIPT-WITHOUT-PARTS
// RANGE: any of from=KEY to=KEY prefix=KEY after=KEY backward limit=ROWS.
#pragma once

#include <troupe/node.h>

#include <future>
#include <string>

#include "shelf.capnp.troupe.h"

namespace troupe::contract {

void host_shelves(Node& node);

// Runs a script as one turn; what it saw.
[[nodiscard]] std::string run(const Ref<Shelf>& shelf, const std::string& script);
// The same in a readOnly method.
[[nodiscard]] std::string look(const Ref<Shelf>& shelf, const std::string& script);
// Starts one that may interleave with others.
[[nodiscard]] std::future<Reply<Shelf::RunBesideResults>> run_beside(const Ref<Shelf>& shelf,
                                                                     const std::string& script);

}  // namespace troupe::contract
