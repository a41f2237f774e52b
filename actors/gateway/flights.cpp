#include "gateway/flights.h"

#include <map>
#include <string_view>

#include "gateway/used_keys.h"

namespace troupe::gateway {

void Flights::begin(std::string id, std::uint64_t run, Moment now, Moment until) {
  if (until > now) open_.insert_or_assign(run, Open{std::move(id), until});
}

std::vector<std::vector<Flights::Flight>> Flights::due(Moment now) {
  std::erase_if(open_, [&](const auto& one) { return one.second.until <= now; });
  std::vector<std::vector<Flight>> out;
  std::map<std::string_view, std::size_t> last_of;  // where the last message to an actor is
  for (const auto& [run, open] : open_) {
    const auto [at, is_new] = last_of.try_emplace(key_shard(open.id), out.size());
    if (is_new || out[at->second].size() == kMostRenewed) {
      at->second = out.size();
      out.emplace_back();
    }
    out[at->second].push_back({open.id, run});
  }
  return out;
}

}  // namespace troupe::gateway
