#include "topics.h"

#include <topic/topics.h>

#include <string>
#include <vector>

#include "baseline/baselines.h"
#include "bench.capnp.troupe.h"
#include "counting.h"
#include "pace.h"

namespace troupe::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint32_t kTopics = 4;  // of one partition each
constexpr std::uint32_t kEventBatch = 256;
constexpr std::size_t kEventPayloadBytes = 100;
// Of an event's row, of its copy in a message, of the records of a partition, a group and a counter.
constexpr std::size_t kEventRow = 248, kEventInMessage = 232, kPartitionRecord = 320, kGroupRecord = 420,
                      kCounterRecord = 120, kMark = 72;

class CountingEvents final : public EventCounterActor {
  Task<> onEvents(OnEventsParams::Reader in, OnEventsResults::Builder) override {
    edit().setTotal(state().getTotal() + in.getEvents().size());
    co_return;
  }
  Task<> total(TotalParams::Reader, TotalResults::Builder out) override {
    out.setTotal(state().getTotal());
    co_return;
  }
};

std::vector<topic::TopicConfig> all_topics() {
  std::vector<topic::TopicConfig> all;
  for (std::uint32_t i = 0; i < kTopics; ++i) all.push_back({.name = "topic-" + std::to_string(i)});
  return all;
}

void declare(Node& node, bool with_groups) {
  topic::Topics topics;
  for (const auto& one : all_topics()) {
    std::vector<topic::GroupConfig> groups;
    if (with_groups) groups = {{.name = "g", .service = "EventCounter", .method = "onEvents", .key = one.name}};
    topics.add(one, groups);
  }
  topics.declare(node);
}

// Publishes to all topics, one batch in flight each, until `until()`; the batches.
template <class Until>
std::uint64_t publish(Node& node, Until&& until) {
  const std::string payload(kEventPayloadBytes, 'x');
  std::vector<topic::NewEvents> batches;
  for (const auto& one : all_topics()) {
    batches.emplace_back(one);
    for (std::uint32_t i = 0; i < kEventBatch; ++i) batches.back().add("key-" + std::to_string(i), "Happened", payload);
  }
  std::uint64_t done = 0;
  const auto append = [&](std::size_t i) {
    return node.ref<topic::TopicPartition>(topic::partition_key(batches[i].topic().name, 0)).append([&](auto p) {
      batches[i].write(0, "bench", std::chrono::system_clock::now(), p);
    });
  };
  std::vector<Call<topic::TopicPartition::AppendResults>> calls;
  for (std::size_t i = 0; i < batches.size(); ++i) calls.push_back(append(i));
  for (std::size_t i = 0; !until(done); i = (i + 1) % calls.size()) {
    (void)std::move(calls[i]).get();
    ++done;
    calls[i] = append(i);
  }
  for (auto& call : calls) (void)std::move(call).get();
  return done;
}

std::uint64_t counted(Node& node) {
  std::uint64_t sum = 0;
  for (const auto& one : all_topics()) sum += node.ref<EventCounter>(one.name).total().get()->getTotal();
  return sum;
}

// Groups that have come to the end begin again.
void keep_busy(Node& node) {
  for (const auto& one : all_topics()) {
    const auto group = node.ref<topic::TopicGroup>(topic::group_key(one.name, 0, "g"));
    if (at_once(group.status().get())->getStatus().getLagEvents() == 0)
      (void)group.seek([](auto p) { p.initTo().setBeginning(); }).get();
  }
}

}  // namespace

double topic_publish(const Effort& effort) {
  Node node(counting_node(effort.dir));
  topic::Topics().host(node);
  node.start();
  declare(node, false);
  const auto warm = Clock::now() + effort.time / 10;
  publish(node, [&](std::uint64_t) { return Clock::now() >= warm; });
  const Batches batches(node);
  const auto start = Clock::now();
  const auto published = publish(node, [&](std::uint64_t) { return Clock::now() >= start + effort.time; });
  const std::chrono::duration<double> took = Clock::now() - start;
  const double events = static_cast<double>(published) * kEventBatch;
  batches.tell(events, effort);
  return events / took.count();
}

double lmdb_publish(const Effort& effort) {
  const auto append = [](baseline::Writes& writes, std::uint64_t round) {
    for (std::uint32_t topic = 0; topic < kTopics; ++topic) {
      const std::string prefix = "topic-" + std::to_string(topic) + "/";
      for (std::uint32_t i = 0; i < kEventBatch; ++i) {
        std::string number = std::to_string(round * kEventBatch + i);
        writes.put(prefix + std::string(20 - number.size(), '0') + number, kEventRow);
      }
      writes.put(prefix + "state", kPartitionRecord);
    }
  };
  return baseline::lmdb_rounds({append}, kTopics * kEventBatch, effort);
}

double topic_consume(const Effort& effort) {
  constexpr std::uint64_t kBatchesToReplay = 400 * kTopics;
  Node node(counting_node(effort.dir));
  topic::Topics().host(node);
  node.host<CountingEvents>();
  node.start();
  declare(node, false);
  publish(node, [&](std::uint64_t done) { return done >= kBatchesToReplay; });
  declare(node, true);
  await(std::chrono::milliseconds(1), [&] { return counted(node) > 0; });
  const auto start = Clock::now();
  const std::uint64_t before = counted(node);
  const Batches batches(node);
  while (Clock::now() < start + effort.time) {
    keep_busy(node);
    let_run(std::chrono::milliseconds(5));
  }
  const auto events = static_cast<double>(counted(node) - before);
  const std::chrono::duration<double> took = Clock::now() - start;
  batches.tell(events, effort);
  return events / took.count();
}

double lmdb_consume(const Effort& effort) {
  const auto each = [](const auto& visit) {
    for (std::uint32_t topic = 0; topic < kTopics; ++topic) visit("topic-" + std::to_string(topic) + "/");
  };
  const auto send = [&](baseline::Writes& writes, std::uint64_t round) {
    each([&](const std::string& prefix) {
      if (round > 0) writes.erase(prefix + "message-" + std::to_string(round - 1));
      writes.put(prefix + "message-" + std::to_string(round), kEventBatch * kEventInMessage);
      writes.put(prefix + "group", kGroupRecord);
    });
  };
  const auto take = [&](baseline::Writes& writes, std::uint64_t) {
    each([&](const std::string& prefix) {
      writes.put(prefix + "counter", kCounterRecord);
      writes.put(prefix + "mark", kMark);
    });
  };
  return baseline::lmdb_rounds({send, take}, kTopics * kEventBatch, effort);
}

}  // namespace troupe::bench
