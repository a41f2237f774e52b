#include "gateway/used_keys.h"

#include <algorithm>
#include <cstring>

#include "troupe/duration.h"
#include "troupe/table.h"

namespace troupe::gateway {
namespace {

constexpr char kKeys[] = "keys";
constexpr std::chrono::minutes kLookForOld{10};
constexpr std::size_t kRowsOfATurn = 1'000;
// Flights that nobody ended are looked for when there are so many.
constexpr std::size_t kManyFlights = 1'024;

std::uint64_t unix_ms(std::chrono::system_clock::time_point time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(
      0, std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count()));
}

bool same(capnp::Data::Reader a, capnp::Data::Reader b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
}

}  // namespace

Task<> IdempotencyKeysRole::open(OpenParams::Reader in, OpenResults::Builder out) {
  const std::string id(in.getId().cStr(), in.getId().size());
  if (id.size() <= 2 || id.size() > kMaxKeyIdBytes || key_shard(id) != key())
    throw Error(ErrorKind::invalid, "no Idempotency-Key of that id belongs to " + std::string(key()));
  const std::uint64_t most = std::chrono::milliseconds(kMostKeyKept).count();
  if (in.getKeepMs() == 0 || in.getKeepMs() > most)
    throw Error(ErrorKind::invalid, "an Idempotency-Key is remembered for 1 ms to a week");
  const std::uint64_t now_ms = unix_ms(now());
  const auto kept = table<UsedKey>(kKeys).get(id);
  const bool is_known = kept && (*kept)->getEndsMs() > now_ms;
  if (is_known && !same((*kept)->getFingerprint(), in.getFingerprint())) {
    out.setMay(IdempotencyKeys::May::IS_OTHER);
    co_return;
  }
  const auto passed = node_time();
  if (in_flight_.size() >= kManyFlights)
    std::erase_if(in_flight_, [&](const auto& one) { return one.second.until <= passed; });
  if (const auto flight = in_flight_.find(id); flight != in_flight_.end() && flight->second.run != in.getRun() &&
                                               flight->second.until > passed &&
                                               !is_of_earlier_life(flight->second.run, in.getRun())) {
    out.setMay(IdempotencyKeys::May::IS_IN_FLIGHT);
    out.setInFlightMs(static_cast<std::uint32_t>((flight->second.until - passed).count()));
    co_return;
  }
  if (!is_known) keep(id, in, now_ms);
  in_flight_[id] = {in.getRun(), passed + std::chrono::milliseconds(in.getForMs())};
}

void IdempotencyKeysRole::keep(const std::string& id, OpenParams::Reader in, std::uint64_t now_ms) {
  table<UsedKey>(kKeys).put(id, [&](auto row) {
    row.setFingerprint(in.getFingerprint());
    row.setEndsMs(later(now_ms, std::chrono::milliseconds(static_cast<std::int64_t>(in.getKeepMs()))));
  });
  if (state().getPending()) return;
  edit().setPending(true);
  remind_in("sweep", kLookForOld);
}

Task<> IdempotencyKeysRole::close(CloseParams::Reader in, CloseResults::Builder) {
  const auto flight = in_flight_.find(std::string(in.getId().cStr(), in.getId().size()));
  if (flight != in_flight_.end() && flight->second.run == in.getRun()) in_flight_.erase(flight);
  co_return;
}

Task<> IdempotencyKeysRole::renew(RenewParams::Reader in, RenewResults::Builder) {
  const auto until = node_time() + std::chrono::milliseconds(in.getForMs());
  for (const auto one : in.getFlights()) {
    const auto flight = in_flight_.find(std::string(one.getId().cStr(), one.getId().size()));
    // Another request may have taken over meanwhile, and what has ended does not come back.
    if (flight != in_flight_.end() && flight->second.run == one.getRun()) flight->second.until = until;
  }
  co_return;
}

Task<> IdempotencyKeysRole::on_reminder(std::string_view) {
  auto rows = table<UsedKey>(kKeys);
  const std::string after(state().getAfter().cStr(), state().getAfter().size());
  const auto page = rows.page({.after = after, .limit = kRowsOfATurn});
  const std::uint64_t now_ms = unix_ms(now());
  for (const auto& row : page)
    if (row->getEndsMs() <= now_ms) rows.erase(row.key);
  auto to = edit();
  to.setAfter(page.more() ? page.back().key : std::string());
  to.setPending(rows.count() > 0);
  if (rows.count() > 0) remind_in("sweep", page.more() ? Milliseconds(std::chrono::seconds(1)) : kLookForOld);
  co_return;
}

}  // namespace troupe::gateway
