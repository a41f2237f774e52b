#include "actor/crash_book.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace troupe::actor {

std::string_view to_string(CrashCause cause) noexcept {
  switch (cause) {
    case CrashCause::handler: return "handler";
    case CrashCause::activation: return "activation";
    case CrashCause::link: return "link";
  }
  return "handler";
}

std::vector<TimePoint> CrashBook::take_times(const std::string& actor) {
  std::lock_guard lock(mutex_);
  const auto at = by_actor_.find(actor);
  return at == by_actor_.end() ? std::vector<TimePoint>() : std::move(at->second->times);
}

void CrashBook::note(CrashReport report, std::vector<TimePoint> times) {
  if (report.what.size() > limits::kMaxCrashText) report.what.resize(limits::kMaxCrashText);
  auto shared = std::make_shared<const CrashReport>(std::move(report));
  std::lock_guard lock(mutex_);
  auto at = by_actor_.find(shared->actor);
  if (at == by_actor_.end()) {
    if (records_.size() == limits::kCrashedActors) {
      by_actor_.erase(records_.back().actor);
      records_.pop_back();
    }
    records_.push_front({shared->actor, {}, {}});
    at = by_actor_.emplace(records_.front().actor, records_.begin()).first;
  } else {
    records_.splice(records_.begin(), records_, at->second);
  }
  Record& record = *at->second;
  record.times = std::move(times);
  const auto add = [&](std::deque<CrashReportPtr>& to, std::size_t most) {
    if (to.size() == most) to.pop_front();
    to.push_back(shared);
  };
  add(record.reports, limits::kRestartHistoryPerActor);
  add(newest_, limits::kRestartHistory);
}

void CrashBook::forgive(const std::string& actor) {
  std::lock_guard lock(mutex_);
  if (const auto at = by_actor_.find(actor); at != by_actor_.end()) at->second->times.clear();
}

void CrashBook::quarantine(Quarantine entry) {
  std::lock_guard lock(mutex_);
  std::string name = entry.actor;
  quarantined_.insert_or_assign(std::move(name), std::move(entry));
}

void CrashBook::release(const std::string& actor) {
  decltype(quarantined_)::node_type gone;  // goes after the lock: with it perhaps an address
  std::lock_guard lock(mutex_);
  gone = quarantined_.extract(actor);
}

std::vector<CrashReportPtr> CrashBook::newest(std::size_t limit) const {
  std::lock_guard lock(mutex_);
  const auto count = static_cast<std::ptrdiff_t>(std::min(limit, newest_.size()));
  return {newest_.rbegin(), newest_.rbegin() + count};
}

std::vector<CrashReportPtr> CrashBook::of(const std::string& actor) const {
  std::lock_guard lock(mutex_);
  const auto at = by_actor_.find(actor);
  if (at == by_actor_.end()) return {};
  return {at->second->reports.rbegin(), at->second->reports.rend()};
}

std::optional<Quarantine> CrashBook::quarantine_of(const std::string& actor) const {
  std::lock_guard lock(mutex_);
  const auto at = quarantined_.find(actor);
  return at == quarantined_.end() ? std::nullopt : std::optional(at->second);
}

std::vector<Quarantine> CrashBook::quarantined(const std::string& after, std::size_t limit) const {
  std::lock_guard lock(mutex_);
  std::vector<Quarantine> out;
  for (auto at = quarantined_.upper_bound(after); at != quarantined_.end() && out.size() < limit; ++at)
    out.push_back(at->second);
  return out;
}

}  // namespace troupe::actor
