#include "topic/topics.h"

#include <algorithm>
#include <utility>

#include "topic/declaration.h"
#include "topic/declared_topic.h"
#include "topic/group.h"
#include "topic/partition.h"
#include "topic/table_log.h"

namespace troupe::topic {
namespace {

// Of the id of what is published under an idempotency key. In logs by their effect: never change them.
constexpr std::uint64_t kIdHiSeed = 0x746f'7069'636b'6579, kIdLoSeed = 0x6b65'796f'6674'6f70;

}  // namespace

Topics::Topics(LogFactory logs) : logs_(logs ? std::move(logs) : table_logs()) {}

Topics& Topics::add(TopicConfig topic, std::vector<GroupConfig> groups) {
  check(topic);
  for (const auto& group : groups) {
    check(group);
    if (std::count_if(groups.begin(), groups.end(), [&](const auto& other) { return other.name == group.name; }) > 1)
      throw Error(ErrorKind::invalid, "topic '" + topic.name + "' has two groups '" + group.name + "'");
  }
  for (const auto& known : topics_)
    if (known.topic.name == topic.name) throw Error(ErrorKind::invalid, "topic '" + topic.name + "' was added before");
  topics_.push_back({std::move(topic), std::move(groups)});
  return *this;
}

Topics& Topics::lie_in(std::string topic, LogFactory logs) {
  logs_of_.insert_or_assign(std::move(topic), std::move(logs));
  return *this;
}

void Topics::host(Node& node) const {
  node.host<DeclaredTopic>();
  const LogFactory logs = [others = logs_, of = logs_of_](LogHome& home) {
    const auto chosen = of.find(home.topic());
    return chosen == of.end() ? others(home) : chosen->second(home);
  };
  node.host<Partition>(std::function([logs] { return std::make_unique<Partition>(logs); }));
  node.host<Group>();
}

void Topics::declare(Node& node, Nanoseconds timeout) const {
  std::vector<Call<Topic::DeclareResults>> calls;
  for (const Declared& declared : topics_) {
    calls.push_back(node.ref<Topic>(declared.topic.name).declare([&](auto p) {
      write(declared.topic, p.initOptions());
      auto list = p.initGroups(static_cast<unsigned>(declared.groups.size()));
      for (unsigned i = 0; i < list.size(); ++i) write(declared.groups[i], list[i]);
    }));
  }
  for (auto& call : calls) (void)std::move(call).get(timeout);
}

// --- TopicClient ---

Ref<Topic> TopicClient::topic() const { return node_->ref<Topic>(topic_.name); }

Ref<TopicPartition> TopicClient::partition(std::uint32_t number) const {
  return node_->ref<TopicPartition>(partition_key(topic_.name, number));
}

Ref<TopicGroup> TopicClient::group(std::uint32_t partition, std::string_view name) const {
  return node_->ref<TopicGroup>(group_key(topic_.name, partition, name));
}

std::vector<TopicClient::Published> TopicClient::publish(const NewEvents& events, std::string_view idempotency_key,
                                                         Nanoseconds timeout) const {
  const auto now = std::chrono::system_clock::now();
  const auto numbers = events.partitions();
  std::vector<Call<TopicPartition::AppendResults>> calls;
  for (const auto number : numbers) {
    auto to = partition(number);
    if (!idempotency_key.empty()) to.idempotency_key(idempotency_key);
    calls.push_back(to.append([&](auto p) {
      events.write(number, node_->name(), now, p);
      if (idempotency_key.empty()) return;
      p.setIdHi(stable_hash(idempotency_key, kIdHiSeed));
      p.setIdLo(stable_hash(idempotency_key, kIdLoSeed));
    }));
  }
  std::vector<Published> published;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    auto reply = std::move(calls[i]).get(timeout);
    published.push_back({numbers[i], reply->getFirst(), reply->getNext()});
  }
  return published;
}

// --- PullConsumer ---

PullConsumer::PullConsumer(TopicClient client, std::uint32_t partition, std::string group)
    : client_(std::move(client)), partition_(partition), group_(std::move(group)) {
  committed_ = at_once(client_.group(partition_, group_).status().get())->getStatus().getCommitted();
  next_ = committed_;
}

PullConsumer::Events PullConsumer::fetch(std::uint32_t max_events, std::uint32_t max_bytes) {
  auto page = client_.partition(partition_)
                  .fetch([&](auto p) {
                    p.setFrom(next_);
                    p.setMaxEvents(max_events);
                    p.setMaxBytes(max_bytes);
                    p.setGroup(group_);
                    p.setCommitted(committed_);
                    p.setPosition(committed_position_);
                  })
                  .get();
  const auto events = page->getEvents();
  const Offset oldest = events.size() > 0 ? events[0].getOffset() : page->getFirst();
  if (oldest > next_) {
    lost_ += oldest - next_;
    next_ = oldest;
  }
  if (events.size() > 0) {
    const auto last = events[events.size() - 1];
    next_ = last.getOffset() + 1;
    next_position_ = last.getPosition() + event_bytes(last);
  }
  return page;
}

void PullConsumer::commit() {
  if (next_ == committed_) return;
  (void)client_.group(partition_, group_).commit([&](auto p) { p.setOffset(next_); }).get();
  committed_ = next_;
  committed_position_ = next_position_;
}

}  // namespace troupe::topic
