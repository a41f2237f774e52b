// How many handshakes begin in a tick, where each costs time: strangers at the port must not hold up the links.
#include <algorithm>
#include <string>

#include "net/link_table_parts.h"

namespace troupe::net {

bool LinkTable::may_shake(Connection& c, std::span<const char> bytes) {
  if (c.begun || c.dialled() || !options_.transport->seals()) return true;
  if (c.early.empty() && begun_in_tick_ < kHandshakesPerTick) {
    ++begun_in_tick_;
    c.begun = true;
    return true;
  }
  if (c.early.size() + bytes.size() > kMaxEarlyBytes) {
    cut(c.id,
        Error(ErrorKind::corrupt, "more than " + std::to_string(kMaxEarlyBytes) + " bytes before its handshake began"),
        LastWord::none);
    return false;
  }
  c.early.insert(c.early.end(), bytes.begin(), bytes.end());
  return false;
}

// The newest first: a member says hello at once, and when strangers keep coming the oldest make room anyway.
void LinkTable::begin_kept_handshakes() {
  begun_in_tick_ = 0;
  std::vector<ConnectionId> waiting;
  for (auto it = connections_.rbegin(); it != connections_.rend() && waiting.size() < kHandshakesPerTick; ++it)
    if (!it->second->early.empty()) waiting.push_back(it->first);
  for (const ConnectionId id : waiting) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) continue;
    ++begun_in_tick_;
    Connection& c = *found->second;
    c.begun = true;
    const wire::Bytes early = std::exchange(c.early, {});
    take_bytes(c, early);
  }
}

}  // namespace troupe::net
