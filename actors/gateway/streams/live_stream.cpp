#include "gateway/streams/live_stream.h"

#include <algorithm>
#include <utility>

namespace troupe::gateway {
namespace {

constexpr std::chrono::milliseconds kReadAgain{500};

}  // namespace

LiveStream::LiveStream(Source source, Cursor begins, std::function<void(LiveStream&)> on_end)
    : source_(std::move(source)), cursor_(std::move(begins)), on_end_(std::move(on_end)) {}

LiveStream::~LiveStream() {
  for (const auto& [partition, feed] : source_.feeds) feed->leave(*this);
}

void LiveStream::begin(std::unique_ptr<Outlet> outlet) {
  outlet_ = std::move(outlet);
  for (const auto& [partition, feed] : source_.feeds) catch_up(partition);
}

void LiveStream::on_page(std::uint32_t partition, const FeedPage& page) {
  if (!outlet_ || is_full_) return;
  std::uint64_t& next = cursor_[partition];
  const bool continues = page.asked == next;
  if (continues && page.log_next < next && !jump(partition, page.log_next)) return;
  if (continues && page.begin > next && page.log_next >= page.asked && !jump(partition, page.begin)) return;
  if (page.begin > next) return;  // it is behind, and reads by itself
  for (const auto& event : page.events) {
    if (event.offset < next) continue;
    const std::uint64_t before = std::exchange(next, event.offset + 1);
    if (event.members.empty() || (source_.key && *source_.key != event.key)) continue;
    if (went(outlet_->event(to_text(cursor_), event.type, event.members))) continue;
    if (outlet_) next = before;
    return;
  }
  if (page.log_next >= page.asked) next = std::max(next, page.end);
}

// Says that events are missing. False: that did not go out.
bool LiveStream::jump(std::uint32_t partition, std::uint64_t to) {
  std::uint64_t& next = cursor_[partition];
  const Gap gap{partition, std::exchange(next, to), to};
  if (went(outlet_->gap(to_text(cursor_), gap))) return true;
  next = gap.from;
  return false;
}

// True: it was taken.
bool LiveStream::went(http::Sent sent) {
  if (sent == http::Sent::full) is_full_ = true;
  if (sent == http::Sent::gone) end(std::nullopt);
  return sent == http::Sent::yes;
}

void LiveStream::on_writable() {
  if (!std::exchange(is_full_, false)) return;
  for (const auto& [partition, feed] : source_.feeds) catch_up(partition);
}

void LiveStream::tell_place() {
  if (outlet_ && !is_full_ && outlet_->still(to_text(cursor_)) == http::Sent::gone) end(std::nullopt);
}

void LiveStream::catch_up(std::uint32_t partition) {
  if (!outlet_ || is_full_ || std::exchange(reading_[partition], true)) return;
  source_.feeds.at(partition)->read(cursor_[partition], true,
                                    [weak = weak_from_this(), partition](const FeedPagePtr& page) {
                                      if (const auto alive = weak.lock()) alive->on_read(partition, page);
                                    });
}

void LiveStream::on_read(std::uint32_t partition, const FeedPagePtr& page) {
  reading_[partition] = false;
  if (!page) {
    source_.loop->after(kReadAgain, [weak = weak_from_this(), partition] {
      if (const auto alive = weak.lock()) alive->catch_up(partition);
    });
    return;
  }
  on_page(partition, *page);
  if (!outlet_ || is_full_) return;
  if (!page->is_last() || !source_.feeds.at(partition)->join(*this, cursor_[partition])) catch_up(partition);
}

void LiveStream::end(std::optional<std::chrono::milliseconds> retry) {
  if (!outlet_) return;
  const auto outlet = std::exchange(outlet_, nullptr);
  if (retry) outlet->end(*retry);
  if (on_end_) on_end_(*this);
}

}  // namespace troupe::gateway
