#include "gateway/streams/feed.h"

#include <algorithm>
#include <utility>

#include "topic/topics.h"

namespace troupe::gateway {
namespace {

constexpr std::chrono::seconds kReadPatience{5};

FeedPagePtr page_of(const EventShapes& shapes, std::uint64_t asked, topic::TopicPartition::FetchResults::Reader told) {
  auto page = std::make_shared<FeedPage>();
  page->asked = asked;
  page->log_next = told.getNext();
  page->begin = std::max(asked, told.getFirst());
  page->end = page->begin;
  for (const auto event : told.getEvents()) {
    page->events.push_back({event.getOffset(),
                            {event.getType().cStr(), event.getType().size()},
                            {event.getKey().cStr(), event.getKey().size()},
                            shapes.members_of(event).value_or(std::string())});
    page->end = event.getOffset() + 1;
  }
  return page;
}

}  // namespace

void Feed::read(std::uint64_t from, bool with_events, OnPage on_page) {
  // Back onto the loop, and not within this call.
  auto answered = [source = source_, weak = weak_from_this(), from,
                   on_page = std::move(on_page)](Result<Reply<topic::TopicPartition::FetchResults>> told) {
    FeedPagePtr page;
    if (told.ok()) page = page_of(*source->shapes, from, *told.value());
    source->loop->post([weak, on_page, page] {
      if (weak.lock()) on_page(page);
    });
  };
  try {
    auto partition = topic::TopicClient(source_->node, source_->topic).partition(partition_);
    partition.timeout(kReadPatience);
    partition
        .fetch([&](auto params) {
          params.setFrom(from);
          params.setMaxEvents(with_events ? kPageEvents : 0);
          params.setMaxBytes(kPageBytes);
        })
        .then(std::move(answered));
  } catch (const Error& error) {
    answered(error);
  }
}

bool Feed::join(FeedReader& reader, std::uint64_t next) {
  if (readers_.empty() && !looks_) next_ = next;
  if (next < next_) return false;
  readers_.insert(&reader);
  if (!std::exchange(looks_, true)) look_later(std::chrono::milliseconds(0));
  return true;
}

void Feed::look_later(std::chrono::milliseconds delay) {
  source_->loop->after(delay, [weak = weak_from_this()] {
    if (const auto alive = weak.lock()) alive->look();
  });
}

void Feed::look() {
  if (readers_.empty()) {
    looks_ = false;
    return;
  }
  read(next_, true, [this](const FeedPagePtr& page) {
    if (!page) return look_later(kAfterFailure);
    // A reader may leave, or another join, while one is told.
    const std::vector<FeedReader*> told(readers_.begin(), readers_.end());
    next_ = page->log_next < page->asked ? page->log_next : page->end;
    for (FeedReader* reader : told)
      if (readers_.contains(reader)) reader->on_page(partition_, *page);
    look_later(page->is_last() ? source_->look_every : std::chrono::milliseconds(0));
  });
}

}  // namespace troupe::gateway
