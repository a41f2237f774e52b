#include "topic/partition.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "topic/config.h"
#include "topic/limits.h"
#include "topic/wall_time.h"
#include "topic/words.h"

namespace troupe::topic {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kRetention = "retention";
// A reminder serves all events that went past their age since the last.
constexpr int kRetentionSteps = 16;

std::chrono::milliseconds retention_age(TopicOptions::Reader options) {
  return saturated<std::chrono::milliseconds>(
      std::chrono::duration<std::uint64_t, std::milli>(options.getRetentionMs()));
}

[[noreturn]] void refuse_event(std::uint32_t index, const std::string& why) {
  throw Error(ErrorKind::invalid,
              "event " + std::to_string(index) + " of the append " + why + "; nothing was appended");
}

// What publishers check too; here for those that do not use the library's own.
void check_events(TopicPartitionActor::AppendParams::Reader in) {
  const auto events = in.getEvents();
  if (events.size() == 0 || events.size() > limits::kMaxAppendEvents) {
    throw Error(ErrorKind::invalid, "an append of " + std::to_string(events.size()) + " events; 1 to " +
                                        std::to_string(limits::kMaxAppendEvents) + " are allowed");
  }
  if (in.getPublisher().size() > limits::kMaxPublisherBytes) {
    throw Error(ErrorKind::invalid, "an append whose publisher has " + std::to_string(in.getPublisher().size()) +
                                        " bytes; at most " + std::to_string(limits::kMaxPublisherBytes) +
                                        " are allowed");
  }
  std::uint64_t bytes = 0;
  for (std::uint32_t i = 0; i < events.size(); ++i) {
    const auto key = events[i].getKey().size();
    if (key == 0 || key > limits::kMaxEventKeyBytes) refuse_event(i, "has a key of " + std::to_string(key) + " bytes");
    if (events[i].getType().size() > limits::kMaxEventTypeBytes)
      refuse_event(i, "has a type of " + std::to_string(events[i].getType().size()) + " bytes");
    if (events[i].getPayload().size() > limits::kMaxPayloadBytes)
      refuse_event(i, "has a payload of " + std::to_string(events[i].getPayload().size()) + " bytes");
    bytes += event_bytes(events[i], {});
    if (bytes > limits::kMaxAppendBytes)
      refuse_event(i, "is past the " + std::to_string(limits::kMaxAppendBytes) + " bytes that one append may have");
  }
}

}  // namespace

Partition::Partition(LogFactory make_log) : LogHome(static_cast<Actor&>(*this)), make_log_(std::move(make_log)) {}

void Partition::on_activate() {
  const KeyParts place = parts_of_key(key());
  name(place.topic, place.partition);
  log_ = make_log_(*this);
}

// --- publishing ---

Task<> Partition::append(AppendParams::Reader in, AppendResults::Builder out) {
  check_events(in);
  co_await know_options();
  const Extent before = co_await log_->extent();
  refuse_if_behind(before);
  const Appending appending{.id = {in.getIdHi(), in.getIdLo()},
                            .publisher = words(in.getPublisher()),
                            .events = in.getEvents(),
                            .now_ms = wall_ms(now())};
  const Appended appended = co_await log_->append(appending);
  out.setFirst(appended.first);
  out.setNext(appended.first + in.getEvents().size());
  wake_followers();
  co_await keep_to_retention(appended.extent);
}

// The options come from the topic, once; later ones it sends.
Task<> Partition::know_options() {
  if (state().getGeneration() > 0 && partition() < state().getOptions().getPartitions()) co_return;
  auto topic_now = co_await ref<Topic>(topic()).describe();
  if (topic_now->getGeneration() == 0) {
    throw Error(ErrorKind::not_found, "there is no topic '" + topic() + "'; declare it (topic/topics.h)");
  }
  if (partition() >= topic_now->getOptions().getPartitions()) {
    throw Error(ErrorKind::not_found, "topic '" + topic() + "' has " +
                                          std::to_string(topic_now->getOptions().getPartitions()) +
                                          " partitions, and no partition " + std::to_string(partition()));
  }
  edit().setOptions(topic_now->getOptions());
  edit().setGeneration(topic_now->getGeneration());
}

void Partition::refuse_if_behind(const Extent& extent) const {
  const std::uint64_t most = state().getOptions().getMaxBacklogBytes();
  if (most == 0) return;
  const std::uint64_t behind = backlog(extent);
  if (behind < most) return;
  throw Error(ErrorKind::overloaded, "a group is " + std::to_string(behind) + " bytes behind in partition " +
                                         std::string(key()) + ", which takes no more events from " +
                                         std::to_string(most) + " bytes on");
}

std::uint64_t Partition::backlog(const Extent& extent) const {
  std::uint64_t reached = extent.next_position;
  for (const auto known : state().getFollowers()) {
    std::uint64_t position = known.getPosition();
    if (const auto newer = progress_.find(words(known.getGroup())); newer != progress_.end())
      position = newer->second.position;
    reached = std::min(reached, std::max(position, extent.first_position));
  }
  return extent.next_position - reached;
}

// --- reading ---

Task<> Partition::fetch(FetchParams::Reader in, FetchResults::Builder out) {
  if (in.getGroup().size() > 0)
    progress_.insert_or_assign(std::string(words(in.getGroup())), Progress{in.getCommitted(), in.getPosition()});
  const Extent extent = co_await log_->extent();
  out.setFirst(extent.first);
  out.setNext(extent.next);
  out.setNextPosition(extent.next_position);
  const PageLimit limit{std::min(in.getMaxEvents(), limits::kMaxFetchEvents),
                        std::min(in.getMaxBytes(), limits::kMaxFetchBytes)};
  const Offset from = std::max(in.getFrom(), extent.first);
  if (limit.events == 0 || from >= extent.next) co_return;
  const LogPage page = co_await log_->read(from, limit);
  auto events = out.initEvents(static_cast<unsigned>(page.events.size()));
  for (unsigned i = 0; i < events.size(); ++i) events.setWithCaveats(i, page.events[i]);
}

Task<> Partition::find(FindParams::Reader in, FindResults::Builder out) {
  const Extent extent = co_await log_->extent();
  const std::uint64_t wanted = in.getTimeMs();
  const auto not_before = [wanted](const EventMark& mark) { return mark.time_ms >= wanted; };
  const Offset found = co_await first_where(*log_, extent, not_before);
  out.setOffset(found);
}

Task<> Partition::status(StatusParams::Reader in, StatusResults::Builder out) {
  const Extent extent = co_await log_->extent();
  auto status = out.initStatus();
  status.setPartition(partition());
  status.setFirst(extent.first);
  status.setNext(extent.next);
  status.setBytes(extent.bytes());
  status.setNewestMs(extent.last_ms);
  status.setBacklogBytes(backlog(extent));
  if (extent.empty()) co_return;
  const auto oldest = co_await log_->mark(extent.first);
  if (oldest) status.setOldestMs(oldest->time_ms);
  if (in.getAt() >= extent.next) co_return;
  const auto asked = co_await log_->mark(std::max(in.getAt(), extent.first));
  if (asked) out.setTimeAtMs(asked->time_ms);
}

// --- groups ---

Task<> Partition::follow(FollowParams::Reader in, FollowResults::Builder) {
  const Extent extent = co_await log_->extent();
  const std::string group(words(in.getGroup()));
  const bool wait = in.getWake() && in.getFrom() >= extent.next;
  auto known = follower(group);
  known.setCommitted(in.getCommitted());
  known.setPosition(in.getPosition());
  known.setWaiting(wait);
  progress_.insert_or_assign(group, Progress{in.getCommitted(), in.getPosition()});
  if (in.getWake() && !wait) ref<TopicGroup>(group_key(topic(), partition(), group)).send_wake();
}

Task<> Partition::unfollow(UnfollowParams::Reader in, UnfollowResults::Builder) {
  const std::string group(words(in.getGroup()));
  progress_.erase(group);
  unsigned left = 0;
  for (const auto one : state().getFollowers()) left += words(one.getGroup()) != group;
  if (left == state().getFollowers().size()) co_return;
  const auto before = edit().disownFollowers();
  auto followers = edit().initFollowers(left);
  left = 0;
  for (const auto one : before.getReader())
    if (words(one.getGroup()) != group) followers.setWithCaveats(left++, one);
}

PartitionState::Follower::Builder Partition::follower(std::string_view group) {
  auto root = edit();
  for (auto one : root.getFollowers())
    if (words(one.getGroup().asReader()) == group) return one;
  auto orphan = root.disownFollowers();
  const auto before = orphan.getReader();
  auto followers = root.initFollowers(before.size() + 1);
  for (unsigned i = 0; i < before.size(); ++i) followers.setWithCaveats(i, before[i]);
  auto added = followers[before.size()];
  added.setGroup(std::string(group));
  return added;
}

// Part of the commit that appends: a group that waits hears of it, whatever dies.
void Partition::wake_followers() {
  const auto followers = state().getFollowers();
  for (unsigned i = 0; i < followers.size(); ++i) {
    if (!state().getFollowers()[i].getWaiting()) continue;
    auto one = edit().getFollowers()[i];
    one.setWaiting(false);
    ref<TopicGroup>(group_key(topic(), partition(), words(one.getGroup().asReader()))).send_wake();
  }
}

// --- configuration and retention ---

Task<> Partition::configure(ConfigureParams::Reader in, ConfigureResults::Builder) {
  if (in.getGeneration() <= state().getGeneration()) co_return;
  edit().setOptions(in.getOptions());
  edit().setGeneration(in.getGeneration());
  edit().setRetentionDueMs(0);
  cancel_reminder(kRetention);
  const Extent extent = co_await log_->extent();
  co_await keep_to_retention(extent);
}

Task<> Partition::on_reminder(std::string_view) {
  edit().setRetentionDueMs(0);
  const Extent extent = co_await log_->extent();
  co_await keep_to_retention(extent);
}

Task<Offset> Partition::first_to_keep(const Extent& extent) {
  const auto options = state().getOptions();
  Offset keep = extent.first;
  if (const std::uint64_t most = options.getRetentionBytes(); most > 0 && extent.bytes() > most) {
    const std::uint64_t least = extent.next_position - most;
    const auto fits = [least](const EventMark& mark) { return mark.position >= least; };
    keep = co_await first_where(*log_, extent, fits);
  }
  if (const auto age = retention_age(options); age > 0ms && !extent.empty()) {
    const std::uint64_t now_ms = wall_ms(now());
    // A reminder is due when the oldest event was to go; until then there is none to look for.
    if (now_ms >= state().getRetentionDueMs()) {
      const auto young = [now_ms, age](const EventMark& mark) { return later(mark.time_ms, age) > now_ms; };
      const Offset oldest = co_await first_where(*log_, extent, young);
      keep = std::max(keep, oldest);
    }
  }
  co_return keep;
}

Task<> Partition::keep_to_retention(Extent extent) {
  const Offset keep = co_await first_to_keep(extent);
  if (keep > extent.first) extent = co_await log_->trim(std::min(keep, extent.first + limits::kMaxTrimEvents));
  const auto age = retention_age(state().getOptions());
  const std::uint64_t now_ms = wall_ms(now());
  std::uint64_t due = 0;
  if (extent.first < keep) {
    due = now_ms;  // there was more than one turn removes
  } else if (age > 0ms && !extent.empty()) {
    if (state().getRetentionDueMs() > now_ms) co_return;
    const auto oldest = co_await log_->mark(extent.first);
    due = std::max(oldest ? later(oldest->time_ms, age) : 0, later(now_ms, std::max(age / kRetentionSteps, 1ms)));
  }
  if (due == 0) co_return;
  edit().setRetentionDueMs(due);
  remind_at(kRetention, epoch_moment(due));
}

// --- the extent of a log that is committed with the turn ---

Extent Partition::stored() const {
  const auto log = state().getLog();
  return {log.getFirst(), log.getNext(), log.getFirstPosition(), log.getNextPosition(), log.getLastMs()};
}

void Partition::store(const Extent& extent) {
  auto log = edit().getLog();
  log.setFirst(extent.first);
  log.setNext(extent.next);
  log.setFirstPosition(extent.first_position);
  log.setNextPosition(extent.next_position);
  log.setLastMs(extent.last_ms);
}

}  // namespace troupe::topic
