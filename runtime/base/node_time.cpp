#include "base/node_time.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>

#include "base/limits.h"

namespace troupe {
namespace {

// What a clock that is steered drifts is no step.
constexpr std::int64_t kStepMs = 50;
// So short ago is by the clock as it stands, also where it showed the same before it was set back.
constexpr std::int64_t kJustNowMs = 100;
// The earliest moment there is; 0 stands for none.
constexpr std::int64_t kFirst = 1;

std::int64_t as_signed(std::uint64_t ms) { return static_cast<std::int64_t>(ms); }
std::uint64_t moment(std::int64_t ms) { return static_cast<std::uint64_t>(std::max(ms, kFirst)); }

std::int64_t wall_at_begin(const NodeTime::Span& span) { return as_signed(span.first) + span.ahead; }
std::int64_t wall_at_end(const NodeTime::Span& span) { return as_signed(span.last) + span.ahead; }

// The first moment of them at which the clock said so.
std::optional<std::uint64_t> shown(const std::vector<NodeTime::Span>& spans, std::int64_t wall) {
  std::optional<std::uint64_t> first;
  for (const auto& span : spans) {
    if (wall < wall_at_begin(span) || wall > wall_at_end(span)) continue;
    const std::uint64_t at = moment(wall - span.ahead);
    if (!first || at < *first) first = at;
  }
  return first;
}

}  // namespace

std::int64_t NodeTime::steady_ms(TimePoint when) noexcept {
  return std::chrono::floor<std::chrono::milliseconds>(when.time_since_epoch()).count();
}

NodeTime::NodeTime(const Clock& clock) : clock_(clock) {
  const std::uint64_t wall = clock.wall_ms();
  lead_ = as_signed(wall) - steady_ms(clock.exact_now());
  spans_.push_back({wall, wall, 0});
}

void NodeTime::resume(Past past, const std::string& boot) {
  std::lock_guard lock(mutex_);
  const std::int64_t steady = steady_ms(clock_.exact_now());
  const std::int64_t wall = as_signed(clock_.wall_ms());
  const std::int64_t known = as_signed(past.now);
  const bool counted = past.boot == boot && steady >= past.steady_ms;
  const std::int64_t now = counted ? known + (steady - past.steady_ms) : known;
  lead_ = now - steady;
  spans_ = std::move(past.spans);
  pauses_ = std::move(past.pauses);
  joined_ = past.joined;
  if (spans_.empty()) spans_.push_back({past.now, past.now, wall - known});
  if (!counted) {
    pauses_.push_back(
        {past.now, static_cast<std::uint64_t>(std::max<std::int64_t>(0, wall - wall_at_end(spans_.back())))});
    if (pauses_.size() > kMostPauses) {
      pauses_[1].lasted += pauses_[0].lasted;  // as if all had been in the later one
      pauses_.erase(pauses_.begin());
    }
  }
  look_locked(moment(now), static_cast<std::uint64_t>(wall));
}

NodeTime::Past NodeTime::past(const std::string& boot) {
  std::lock_guard lock(mutex_);
  const TimePoint steady = clock_.exact_now();
  look_locked(at(steady), clock_.wall_ms());
  return {boot, steady_ms(steady), at(steady), spans_, pauses_, joined_};
}

void NodeTime::join(const NodeTime& other) {
  std::lock_guard lock(mutex_);
  if (lead_ == other.lead_) return;  // then it is the same time
  lead_ = std::max(lead_.load(), other.lead_.load());
  joined_ = now();
  look_locked(joined_, clock_.wall_ms());
}

void NodeTime::look() {
  std::lock_guard lock(mutex_);
  look_locked(now(), clock_.wall_ms());
}

void NodeTime::look_locked(std::uint64_t now, std::uint64_t wall) {
  Span& present = spans_.back();
  const std::int64_t ahead = as_signed(wall) - as_signed(now);
  if (std::abs(ahead - present.ahead) <= kStepMs) {
    present.ahead = std::max(present.ahead, ahead);  // what was shown is dated earlier rather than later
    present.last = std::max(present.last, now);
    return;
  }
  const std::uint64_t before = present.last;
  present.last = now;
  spans_.push_back({before, now, ahead});
  if (spans_.size() <= kMostSpans) return;
  // Of the two oldest, what dates earlier.
  spans_[1] = {spans_[0].first, spans_[1].last, std::max(spans_[0].ahead, spans_[1].ahead)};
  spans_.erase(spans_.begin());
}

std::uint64_t NodeTime::of_first_use(WallTime used) {
  std::lock_guard lock(mutex_);
  const std::uint64_t now = this->now();
  const std::uint64_t wall_now = clock_.wall_ms();
  look_locked(now, wall_now);
  // Others may read the machine's clock without the grain that this one has: earlier is the safe side.
  const auto since = std::chrono::floor<std::chrono::milliseconds>(used.time_since_epoch());
  const std::int64_t wall = std::max(since, std::chrono::milliseconds(0)).count() - kClockGrain.count();
  const std::int64_t ago = as_signed(wall_now) - wall;
  if (ago >= 0 && ago <= kJustNowMs) return moment(as_signed(now) - ago);
  if (const auto at = shown(spans_, wall)) return *at;
  if (wall < wall_at_begin(spans_.front())) return moment(wall - spans_.front().ahead);
  // It was passed over when the clock was set forward.
  for (const Span& span : spans_)
    if (wall < wall_at_begin(span)) return span.first;
  const auto doubt = std::chrono::milliseconds(limits::kClockDoubt).count();
  return moment(as_signed(now) - doubt);
}

std::uint64_t NodeTime::paused_since(std::uint64_t when) const {
  std::uint64_t lasted = 0;
  for (const Pause& pause : pauses_)
    if (pause.at >= when) lasted += pause.lasted;
  return lasted;
}

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

}  // namespace troupe
