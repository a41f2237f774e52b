// The actors of the storm (storm.capnp). They trust the runtime's promises and do nothing to keep them: what arrives
// twice is applied twice, and written down as a fault.
#pragma once

#include <string>

#include "storm.capnp.troupe.h"
#include "troupe/node.h"
#include "troupe/table.h"

namespace troupe::storm {

// All of them.
void host_cast(Node& node);

void host_tills(Node& node);
void host_listeners(Node& node);

// --- what they share ---

[[nodiscard]] inline std::string text(capnp::Text::Reader reader) { return {reader.cStr(), reader.size()}; }

// A page of a table, from the least key past `after`. True: there is more.
template <class Init>
bool give_rows(const Table<Row>& table, const std::string& after, Init&& init) {
  const std::string from = after.empty() ? after : after + '\0';
  const auto page = table.page({.from = from, .limit = 1'000});
  auto entries = init(static_cast<unsigned>(page.size()));
  unsigned i = 0;
  for (const auto& stored : page) {
    entries[i].setKey(stored.key);
    entries[i++].setRow(*stored);
  }
  return page.more();
}

}  // namespace troupe::storm
