#include "contract/topic/stage.h"

#include <atomic>
#include <thread>

#include "contract/second_process.h"
#include "topic/table_log.h"

#ifdef TROUPE_NATS_SERVER
#include "support/nats_server.h"
#include "topic/jetstream/jetstream.h"
#endif

namespace troupe::topic_contract {

namespace {

#ifdef TROUPE_NATS_SERVER
// One server for all cases, each with streams of its own.
topic::LogFactory logs_of_next_case() {
  static testing::NatsServer server;
  static std::atomic<int> cases{0};
  return topic::jetstream::logs({.url = server.url(), .prefix = "case" + std::to_string(++cases)});
}
#endif

}  // namespace

const std::vector<BackEnd>& back_ends() {
  static const std::vector<BackEnd> all{
      {"tables", [] { return topic::table_logs(); }},
#ifdef TROUPE_NATS_SERVER
      {"jetstream", logs_of_next_case},
#endif
  };
  return all;
}

Stage::Stage(const Setting& setting) : logs_(setting.back_end->make()) {
  if (setting.two_owners) {
    members_ = {{.name = "left", .port = testing::free_port()},
                {.name = "right", .port = testing::free_port()},
                {.name = "caller", .port = testing::free_port(), .client = true}};
  } else {
    members_ = {{.name = "solo"}};
  }
  for (std::size_t i = 0; i < members_.size(); ++i) nodes_.push_back(start(i));
  REQUIRE(node().wait_connected(10s));
}

Stage::~Stage() {
  for (auto& one : nodes_) one->stop(20ms);
}

std::unique_ptr<Node> Stage::start(std::size_t member) {
  NodeConfig config{.name = members_[member].name, .data_dir = directory_ / members_[member].name};
  if (members_.size() > 1) config.members = members_;
  config.threads = 2;
  config.delivery = {.tries = 2, .backoff = 1ms, .max_backoff = 20ms};
  config.restart = {.restarts = 1000, .window = 10s, .backoff = 1ms, .max_backoff = 2ms, .cooldown = 1s};
  auto made = std::make_unique<Node>(std::move(config));
  topic::Topics(logs_).host(*made);
  host_topic_cast(*made);
  made->start();
  return made;
}

void Stage::restart_owner(std::size_t index) {
  nodes_[index]->stop(20ms);
  nodes_[index].reset();
  nodes_[index] = start(index);
}

void Stage::restart_all() {
  for (auto& one : nodes_) one->stop(20ms);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    nodes_[i].reset();
    nodes_[i] = start(i);
  }
}

void Stage::declare(const topic::TopicConfig& topic, std::vector<topic::GroupConfig> groups) {
  topic::Topics topics;
  topics.add(topic, std::move(groups));
  topics.declare(node());
}

void Stage::tell(const std::string& teller, const std::string& key, std::uint32_t count, bool batch) {
  (void)node()
      .ref<Teller>(teller)
      .tell([&](auto p) {
        p.setKey(key);
        p.setCount(count);
        p.setBatch(batch);
      })
      .get();
}

void Stage::publish(const topic::TopicConfig& topic, const std::string& key, const std::string& bytes) {
  (void)client(topic).publish(topic::NewEvents(topic).add(key, "Bytes", bytes));
}

std::vector<Stage::Heard> Stage::heard(const std::string& listener) const {
  std::vector<Heard> all;
  for (;;) {
    auto reply = node().ref<Listener>(listener).seen([&](auto p) { p.setFrom(all.size()); }).get();
    if (reply->getEvents().size() == 0) return all;
    for (const auto event : reply->getEvents()) {
      all.push_back({event.getPartition(), event.getOffset(), text(event.getKey()), text(event.getText()),
                     text(event.getPublisher()), text(event.getGroup())});
    }
  }
}

std::uint64_t Stage::heard_count(const std::string& listener) const {
  return at_once(node().ref<Listener>(listener).seen([](auto p) { p.setFrom(~std::uint64_t{0} >> 8); }).get())
      ->getCount();
}

void Stage::wait_heard(const std::string& listener, std::uint64_t count) const {
  const bool came = eventually([&] { return heard_count(listener) >= count; });
  CAPTURE(heard_count(listener));
  REQUIRE(came);
}

void Stage::fail_at(const std::string& listener, const std::string& said, const std::string& how) {
  (void)node()
      .ref<Listener>(listener)
      .failAt([&](auto p) {
        p.setText(said);
        p.setHow(how);
      })
      .get();
}

Reply<topic::TopicGroup::StatusResults> Stage::group_status(const topic::TopicConfig& topic, std::uint32_t partition,
                                                            const std::string& group) const {
  return topic::TopicClient(node(), topic).group(partition, group).status().get();
}

void Stage::wait_status(const topic::TopicConfig& topic, std::uint32_t partition, const std::string& group,
                        const std::string& status) const {
  const auto now = [&] { return text(at_once(group_status(topic, partition, group))->getStatus().getStatus()); };
  const bool came = eventually([&] { return now() == status; });
  CAPTURE(now());
  REQUIRE(came);
}

bool eventually(const std::function<bool()>& condition) {
  const auto holds = [&] {
    try {
      return condition();
    } catch (const Error& e) {
      if (e.kind() != ErrorKind::unavailable) throw;
      return false;
    }
  };
  return testing::eventually(holds, 30s);
}

void on_every_back_end(const std::function<void(Stage&)>& body) {
  for (const BackEnd& back_end : back_ends()) {
    SUBCASE(back_end.name) {
      Stage stage({.back_end = &back_end});
      body(stage);
    }
  }
}

void on_every_stage(const std::function<void(Stage&)>& body) {
  for (const BackEnd& back_end : back_ends()) {
    for (const bool two_owners : {false, true}) {
      const std::string name = std::string(back_end.name) + (two_owners ? ", two owners" : ", one node");
      SUBCASE(name.c_str()) {
        Stage stage({.back_end = &back_end, .two_owners = two_owners});
        body(stage);
      }
    }
  }
}

topic::GroupConfig listening(const std::string& group, const std::string& listener) {
  return {.name = group, .service = "Listener", .method = "onEvents", .key = listener};
}

}  // namespace troupe::topic_contract
