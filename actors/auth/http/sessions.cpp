#include "auth/http/sessions.h"

#include <algorithm>

#include "auth/http/limits.h"
#include "auth/wall_time.h"
#include "auth/words.h"
#include "troupe/duration.h"

namespace troupe::auth::web {
namespace {

constexpr char kSessions[] = "sessions";
constexpr std::size_t kPlaceChars = 22;
constexpr std::size_t kHashBytes = 32;
constexpr std::chrono::minutes kSweepSessions{10};
// A session that was used so short a time ago is not written again.
constexpr std::uint64_t kUsedAgainParts = 8;

std::chrono::milliseconds bounded_life(std::uint64_t ms) {
  const auto most = static_cast<std::uint64_t>(std::chrono::milliseconds(kMaxSessionLife).count());
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(ms, most)));
}

}  // namespace

std::string BrowserSessionsRole::row_of(capnp::Text::Reader place, capnp::Data::Reader hash) const {
  const std::string where = text_of(place);
  require_own(where);
  if (where.size() != kPlaceChars || hash.size() != kHashBytes)
    throw Error(ErrorKind::invalid, "a browser's session has a place of 22 characters and a hash of 32 bytes");
  return where + bytes_of(hash);
}

Task<> BrowserSessionsRole::open(OpenParams::Reader in, OpenResults::Builder) {
  const std::string row = row_of(in.getPlace(), in.getHash());
  if (in.getUser().size() == 0) throw Error(ErrorKind::invalid, "a browser's session is a user's");
  const std::uint64_t now_ms = wall_ms(now());
  make_room(row.substr(0, kPlaceChars));
  table<BrowserSession>(kSessions).put(row, [&](auto session) {
    session.setUser(in.getUser());
    session.setBeganMs(now_ms);
    session.setEndsMs(later(now_ms, bounded_life(in.getLifeMs())));
    session.setIdleEndsMs(later(now_ms, bounded_life(in.getIdleMs())));
    session.setIdleMs(static_cast<std::uint64_t>(bounded_life(in.getIdleMs()).count()));
  });
  sweep_later(kSweepSessions);
  co_return;
}

void BrowserSessionsRole::make_room(const std::string& place) {
  auto rows = table<BrowserSession>(kSessions);
  const auto page = rows.page({.prefix = place, .limit = kMaxSessionsPerUser});
  std::string oldest;
  std::uint64_t least = 0;
  std::size_t count = 0;
  for (const auto& row : page) {
    ++count;
    if (!oldest.empty() && row->getIdleEndsMs() >= least) continue;
    least = row->getIdleEndsMs();
    oldest = row.key;
  }
  if (count >= kMaxSessionsPerUser) rows.erase(oldest);
}

Task<> BrowserSessionsRole::resume(ResumeParams::Reader in, ResumeResults::Builder out) {
  const std::string row = row_of(in.getPlace(), in.getHash());
  auto rows = table<BrowserSession>(kSessions);
  const auto kept = rows.get(row);
  const std::uint64_t now_ms = wall_ms(now());
  if (!kept || (*kept)->getEndsMs() <= now_ms || (*kept)->getIdleEndsMs() <= now_ms) co_return;
  out.setGood(true);
  out.setUser((*kept)->getUser());
  const std::uint64_t idle_ms = (*kept)->getIdleMs();
  const std::uint64_t idle_ends_ms = later(now_ms, bounded_life(idle_ms));
  if (idle_ends_ms - (*kept)->getIdleEndsMs() > idle_ms / kUsedAgainParts && idle_ends_ms > (*kept)->getIdleEndsMs())
    rows.edit(row, [&](auto session) { session.setIdleEndsMs(idle_ends_ms); });
}

Task<> BrowserSessionsRole::end(EndParams::Reader in, EndResults::Builder) {
  table<BrowserSession>(kSessions).erase(row_of(in.getPlace(), in.getHash()));
  co_return;
}

Task<> BrowserSessionsRole::endAll(EndAllParams::Reader in, EndAllResults::Builder out) {
  const std::string place = text_of(in.getPlace());
  require_own(place);
  if (place.size() != kPlaceChars) throw Error(ErrorKind::invalid, "a user's place has 22 characters");
  out.setEnded(static_cast<std::uint32_t>(
      table<BrowserSession>(kSessions).erase_page({.prefix = place, .limit = kMaxSessionsPerUser})));
  co_return;
}

Task<> BrowserSessionsRole::on_reminder(std::string_view) {
  const std::uint64_t now_ms = wall_ms(now());
  sweep<BrowserSession>(kSessions, kSweepSessions, [now_ms](const std::string&, auto row) {
    return row.getEndsMs() <= now_ms || row.getIdleEndsMs() <= now_ms;
  });
  co_return;
}

}  // namespace troupe::auth::web
