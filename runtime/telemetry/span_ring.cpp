#include "telemetry/span_ring.h"

#include <utility>

namespace troupe::telemetry {

void SpanRing::add(SpanData span) noexcept {
  added_.fetch_add(1, std::memory_order_relaxed);
  SpanPtr oldest;  // goes when others may look again
  try {
    auto kept = std::make_shared<const SpanData>(std::move(span));
    const std::lock_guard lock(mutex_);
    if (listener_) listener_(kept);
    if (most_ == 0) return;
    spans_.push_back(std::move(kept));
    if (spans_.size() <= most_) return;
    oldest = std::move(spans_.front());
    spans_.pop_front();
    overwritten_.fetch_add(1, std::memory_order_relaxed);
  } catch (const std::exception&) {
    lost_.fetch_add(1, std::memory_order_relaxed);
  }
}

std::vector<SpanPtr> SpanRing::all() const {
  const std::lock_guard lock(mutex_);
  return {spans_.begin(), spans_.end()};
}

std::vector<SpanPtr> SpanRing::of(const std::array<std::uint8_t, 16>& trace) const {
  std::vector<SpanPtr> out;
  const std::lock_guard lock(mutex_);
  for (const SpanPtr& span : spans_)
    if (span->context.trace_id == trace) out.push_back(span);
  return out;
}

void SpanRing::listen(std::function<void(const SpanPtr&)> listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

std::size_t SpanRing::size() const {
  const std::lock_guard lock(mutex_);
  return spans_.size();
}

}  // namespace troupe::telemetry
