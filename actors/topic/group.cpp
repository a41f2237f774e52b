#include "topic/group.h"

#include <algorithm>
#include <chrono>
#include <unordered_map>
#include <utility>

#include "topic/group_tags.h"
#include "topic/limits.h"
#include "topic/subscriber.h"
#include "topic/wall_time.h"
#include "topic/words.h"

namespace troupe::topic {
namespace {

using namespace std::chrono_literals;

// A page holds so many rounds: fewer fetches.
constexpr std::uint32_t kRoundsOfPage = 4;
constexpr std::string_view kTryLater = "try later";
constexpr auto kTryLaterIn = 500ms;

// The partition could not be asked.
struct TryLater {};

}  // namespace

// --- rounds ---

Task<> Group::go_on() {
  bool later = false;
  try {
    co_await take_steps();
  } catch (const TryLater&) {
    later = true;
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::refused && e.kind() != ErrorKind::not_found) throw;
    stop(e.message());  // the subscriber is not what it was
  }
  if (later) remind_in(kTryLater, kTryLaterIn);
}

Task<> Group::on_reminder(std::string_view) { co_await go_on(); }

Task<> Group::take_steps() {
  for (;;) {
    if (state().getPartsOut() > 0) co_return;
    if (in_round() && !has_failures()) finish_round();
    if (state().getGeneration() == 0 || pulls() || state().getStopped() || state().getPaused()) co_return;
    // Not within the conditions: g++ 12 loses the task of a co_await there.
    bool more = false;
    if (in_round()) {
      more = co_await redeliver();
    } else {
      more = co_await start_round();
    }
    if (!more) co_return;
  }
}

// False: there is nothing to do until something comes.
Task<bool> Group::start_round() {
  const Offset committed = state().getCommitted();
  const Events events = co_await events_from(committed);
  const Offset oldest = events.empty() ? (*page_)->getFirst() : events[0].getOffset();
  if (oldest > committed) {
    note_loss(oldest - committed);
    edit().setCommitted(oldest);
    edit().setRoundEnd(oldest);
    if (events.empty()) edit().setPosition((*page_)->getNextPosition());
  }
  if (events.empty() && committed > (*page_)->getNext()) {
    stop("the log ends at " + std::to_string((*page_)->getNext()) + ", before " + std::to_string(committed) +
         ", which this group has come to; seek to where it is to go on");
    co_return false;
  }
  if (events.empty()) {
    sleep();
    co_return false;
  }
  send_round(events);
  co_return true;
}

void Group::finish_round() {
  edit().setCommitted(state().getRoundEnd());
  edit().setPosition(state().getRoundEndPosition());
}

void Group::send_round(const Events& events) {
  know_method(by_event_key() ? words(events[0].getKey()) : words(state().getSubscription().getKey()));
  const Event::Reader last = events.back();
  edit().setRoundEnd(last.getOffset() + 1);
  edit().setRoundEndPosition(last.getPosition() + event_bytes(last));
  const std::uint32_t epoch = state().getEpoch();
  const auto tag = [epoch](const Events& part) {
    return text_of(Tag{.kind = Tag::Kind::part, .epoch = epoch, .first = part[0].getOffset(), .events = part.size()});
  };
  if (!by_event_key()) {
    send(std::string(words(state().getSubscription().getKey())), events, tag(events));
    return edit().setPartsOut(1);
  }
  std::unordered_map<std::string_view, std::size_t> known;
  std::vector<Events> parts;
  for (const Event::Reader event : events) {
    const auto [at, is_new] = known.emplace(words(event.getKey()), parts.size());
    if (is_new) parts.emplace_back();
    parts[at->second].push_back(event);
  }
  for (const Events& part : parts) send(std::string(words(part[0].getKey())), part, tag(part));
  edit().setPartsOut(static_cast<std::uint32_t>(parts.size()));
}

void Group::send(const std::string& subscriber, const Events& events, const std::string& tag) {
  const auto subscription = state().getSubscription();
  know_method(subscriber);
  const RefBase target = ref(words(subscription.getService()), subscriber);
  const auto call = target.begin_call(*method_);
  auto batch = call.params().initAs<EventBatch>();
  batch.setTopic(place_.topic);
  batch.setPartition(place_.partition);
  batch.setGroup(place_.group);
  auto list = batch.initEvents(static_cast<unsigned>(events.size()));
  for (unsigned i = 0; i < list.size(); ++i) list.setWithCaveats(i, events[i]);
  target.send_durably(call, {.answer = tag});
}

// Throws, before anything is changed, when there is no such method of such a service here.
void Group::know_method(std::string_view subscriber) {
  if (method_) return;
  const auto subscription = state().getSubscription();
  method_ = subscriber_method(ref(words(subscription.getService()), subscriber), subscription);
}

Task<> Group::on_answer(const Answer& answer) {
  const Tag tag = parse_tag(answer.tag);
  if (tag.kind == Tag::Kind::dead) {
    dead_answered(tag.first, answer.error);
    co_return;
  }
  if (!answer.error) {
    auto counts = edit().getCounts();
    counts.setDelivered(counts.getDelivered() + tag.events);
  }
  if (tag.epoch != state().getEpoch()) co_return;  // sent before a seek
  const std::string subscriber(answer.to.substr(answer.to.find('/') + 1));
  edit().setPartsOut(state().getPartsOut() - 1);
  if (tag.kind == Tag::Kind::single && !answer.error) single_delivered(subscriber, tag.first);
  if (answer.error) part_failed(subscriber, tag.first, tag.events, answer.error->what());
  co_await go_on();
}

void Group::sleep() {
  edit().setAsleep(true);
  say_progress(true);
}

Task<> Group::wake(WakeParams::Reader, WakeResults::Builder) {
  edit().setAsleep(false);
  if (state().getGeneration() == 0)
    partition().send_unfollow([this](auto p) { p.setGroup(place_.group); });  // dropped meanwhile
  co_await go_on();
}

void Group::stop(const std::string& why) {
  edit().setStopped(true);
  edit().setStoppedBy(why);
  say_progress(false);
}

void Group::note_loss(std::uint64_t events) {
  auto counts = edit().getCounts();
  counts.setLost(counts.getLost() + events);
  counts.setLastLossMs(wall_ms(now()));
}

// --- the partition ---

Ref<TopicPartition> Group::partition() const {
  return ref<TopicPartition>(partition_key(place_.topic, place_.partition));
}

void Group::say_progress(bool wake) {
  partition().send_follow([&](auto p) {
    p.setGroup(place_.group);
    p.setWake(wake);
    p.setFrom(state().getCommitted());
    p.setCommitted(state().getCommitted());
    p.setPosition(state().getPosition());
  });
}

Task<Group::Events> Group::events_from(Offset from) {
  const auto held = [this](Offset offset) {
    if (!page_) return false;
    const auto events = (*page_)->getEvents();
    return events.size() > 0 && offset >= events[0].getOffset() && offset < events[0].getOffset() + events.size();
  };
  if (!held(from)) co_await fetch(from);
  const auto page = (*page_)->getEvents();
  Events events;
  if (page.size() == 0) co_return events;
  const auto subscription = state().getSubscription();
  std::uint64_t bytes = 0;
  const Offset begin = std::max(from, page[0].getOffset()) - page[0].getOffset();
  for (auto i = static_cast<unsigned>(begin); i < page.size() && events.size() < subscription.getBatchEvents(); ++i) {
    bytes += event_bytes(page[i]);
    if (!events.empty() && bytes > subscription.getBatchBytes()) break;
    events.push_back(page[i]);
  }
  co_return events;
}

Task<> Group::fetch(Offset from) {
  page_.reset();
  const auto subscription = state().getSubscription();
  auto asked = co_await partition()
                   .fetch([&](auto p) {
                     p.setFrom(from);
                     p.setMaxEvents(std::min(kRoundsOfPage * subscription.getBatchEvents(), limits::kMaxFetchEvents));
                     p.setMaxBytes(std::min(kRoundsOfPage * subscription.getBatchBytes(), limits::kMaxFetchBytes));
                     p.setGroup(place_.group);
                     p.setCommitted(state().getCommitted());
                     p.setPosition(state().getPosition());
                   })
                   .result();
  if (!asked.ok()) throw TryLater{};
  page_.emplace(std::move(asked).value());
}

}  // namespace troupe::topic
