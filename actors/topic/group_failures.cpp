// What a subscriber fails at: a batch is delivered again event by event, and the event that fails alone is poisoned.
//
// Parts of a round that failed are rows of the table "failed", one per subscriber; dead events those of "dead", by
// offset.
#include <chrono>
#include <utility>

#include "topic/group.h"
#include "topic/group_tags.h"
#include "topic/table_log.h"
#include "topic/words.h"

namespace troupe::topic {
namespace {

constexpr std::string_view kFailed = "failed";
constexpr std::string_view kDead = "dead";
constexpr std::uint32_t kMostShown = 1000;

// A row's key must be short; a subscriber's may be longer.
std::string row_of(const std::string& subscriber) {
  return offset_key(stable_hash(subscriber, 0)) + offset_key(stable_hash(subscriber, 1));
}

}  // namespace

bool Group::has_failures() { return table<FailedPart>(kFailed).count() > 0; }

void Group::forget_failures() {
  auto failed = table<FailedPart>(kFailed);
  for (auto page = failed.page(); !page.empty(); page = failed.page())
    for (const auto& row : page) failed.erase(row.key);
}

void Group::part_failed(const std::string& subscriber, Offset from, std::uint64_t events, const std::string& error) {
  auto counts = edit().getCounts();
  counts.setFailedBatches(counts.getFailedBatches() + 1);
  table<FailedPart>(kFailed).put(row_of(subscriber), [&](FailedPart::Builder row) {
    row.setSubscriber(subscriber);
    row.setFrom(from);
    row.setError(error);
    row.setPoisoned(events == 1 ? from + 1 : 0);
  });
}

void Group::single_delivered(const std::string& subscriber, Offset offset) {
  table<FailedPart>(kFailed).edit(row_of(subscriber), [&](FailedPart::Builder row) { row.setFrom(offset + 1); });
}

Task<bool> Group::redeliver() {
  auto failed = table<FailedPart>(kFailed);
  const auto page = failed.page({.limit = 1});
  const auto& part = page[0];
  const std::string subscriber(words(part->getSubscriber()));
  if (part->getPoisoned() > 0) {
    const Offset offset = part->getPoisoned() - 1;
    if (state().getSubscription().getOnPoison() == Subscription::OnPoison::STOP) {
      stop("event " + std::to_string(offset) + " failed: " + std::string(words(part->getError())));
      co_return false;
    }
    co_await set_aside(subscriber, offset, std::string(words(part->getError())));
    failed.edit(part.key, [&](FailedPart::Builder row) {
      row.setFrom(offset + 1);
      row.setPoisoned(0);
    });
    co_return true;
  }
  const auto event = co_await next_event_of(subscriber, part->getFrom());
  if (!event) {
    failed.erase(part.key);
    co_return true;
  }
  send(subscriber, {*event},
       text_of(Tag{.kind = Tag::Kind::single, .epoch = state().getEpoch(), .first = event->getOffset()}));
  edit().setPartsOut(1);
  co_return true;
}

// Within the round.
Task<std::optional<Event::Reader>> Group::next_event_of(std::string subscriber, Offset from) {
  const Offset end = state().getRoundEnd();
  while (from < end) {
    const Events events = co_await events_from(from);
    const Offset oldest = events.empty() ? end : std::min(end, events[0].getOffset());
    if (oldest > from)
      note_loss(oldest - from);  // retention was faster; by event key some of them may have been others'
    for (const Event::Reader event : events) {
      if (event.getOffset() >= end) break;
      if (!by_event_key() || words(event.getKey()) == subscriber) co_return std::optional<Event::Reader>(event);
    }
    from = events.empty() ? end : events.back().getOffset() + 1;
  }
  co_return std::optional<Event::Reader>();
}

Task<> Group::set_aside(std::string subscriber, Offset offset, std::string error) {
  const auto event = co_await next_event_of(subscriber, offset);
  if (!event || event->getOffset() != offset) co_return;  // counted as lost
  table<DeadEvent>(kDead).put(offset_key(offset), [&](DeadEvent::Builder row) {
    row.setEvent(*event);
    row.setSubscriber(subscriber);
    row.setError(error);
    row.setAtMs(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now().time_since_epoch()).count()));
  });
  auto counts = edit().getCounts();
  counts.setSetAside(counts.getSetAside() + 1);
}

// --- commands ---

Task<> Group::resume(ResumeParams::Reader, ResumeResults::Builder) {
  edit().setPaused(false);
  edit().setStopped(false);
  edit().setStoppedBy("");
  auto failed = table<FailedPart>(kFailed);
  for (const auto& row : failed.page({.limit = 1}))
    failed.edit(row.key, [](FailedPart::Builder part) { part.setPoisoned(0); });
  co_await go_on();
}

Task<> Group::skip(SkipParams::Reader, SkipResults::Builder out) {
  auto failed = table<FailedPart>(kFailed);
  const auto page = failed.page({.limit = 1});
  if (!state().getStopped() || page.empty() || page[0]->getPoisoned() == 0)
    throw Refusal("nothing_to_skip", "group " + std::string(key()) + " has not stopped at an event");
  const Offset offset = page[0]->getPoisoned() - 1;
  failed.edit(page[0].key, [&](FailedPart::Builder part) {
    part.setPoisoned(0);
    part.setFrom(offset + 1);
  });
  edit().setStopped(false);
  edit().setStoppedBy("");
  auto counts = edit().getCounts();
  counts.setSkipped(counts.getSkipped() + 1);
  out.setOffset(offset);
  co_await go_on();
}

Task<> Group::deadEvents(DeadEventsParams::Reader in, DeadEventsResults::Builder out) {
  const std::string from = offset_key(in.getFrom());
  const std::uint32_t limit = std::clamp<std::uint32_t>(in.getLimit(), 1, kMostShown);
  const auto page = table<DeadEvent>(kDead).page({.from = from, .limit = limit});
  auto events = out.initEvents(static_cast<unsigned>(page.size()));
  for (unsigned i = 0; i < events.size(); ++i) events.setWithCaveats(i, *page[i]);
  out.setMore(page.more());
  co_return;
}

Task<> Group::retryDead(RetryDeadParams::Reader in, RetryDeadResults::Builder) {
  auto dead = table<DeadEvent>(kDead);
  const std::string key = offset_key(in.getOffset());
  const auto row = dead.get(key);
  if (!row) throw Refusal("no_such_event", "event " + std::to_string(in.getOffset()) + " is not a dead event here");
  if ((*row)->getRetrying())
    throw Refusal("under_way", "event " + std::to_string(in.getOffset()) + " is being retried");
  send(std::string(words((*row)->getSubscriber())), {(*row)->getEvent()},
       text_of(Tag{.kind = Tag::Kind::dead, .first = in.getOffset()}));
  dead.edit(key, [](DeadEvent::Builder event) { event.setRetrying(true); });
  co_return;
}

void Group::dead_answered(Offset offset, const Error* error) {
  auto dead = table<DeadEvent>(kDead);
  const std::string key = offset_key(offset);
  if (!error) {
    dead.erase(key);
    auto counts = edit().getCounts();
    return counts.setDelivered(counts.getDelivered() + 1);
  }
  if (!dead.contains(key)) return;
  dead.edit(key, [&](DeadEvent::Builder event) {
    event.setRetrying(false);
    event.setError(error->what());
  });
}

Task<> Group::dropDead(DropDeadParams::Reader in, DropDeadResults::Builder) {
  if (!table<DeadEvent>(kDead).erase(offset_key(in.getOffset())))
    throw Refusal("no_such_event", "event " + std::to_string(in.getOffset()) + " is not a dead event here");
  co_return;
}

}  // namespace troupe::topic
