// Topics in NATS JetStream when the server is away, slow, killed, set up wrongly or not what it was. What every back
// end promises is tested with the others.
#include "topic/jetstream/jetstream.h"

#include <filesystem>
#include <optional>
#include <set>

#include "contract/topic/stage.h"
#include "support/nats_server.h"

using namespace troupe;
using namespace troupe::topic_contract;
using testing::NatsServer;

namespace {

const topic::TopicConfig kInJetStream{.name = "log"};

topic::jetstream::Config at(const NatsServer& server) { return {.url = server.url(), .patience = 20s}; }

BackEnd back_end_at(const topic::jetstream::Config& config) {
  return {"jetstream", [config] { return topic::jetstream::logs(config); }};
}

// One node, whose store can be copied and set back.
class Solo {
 public:
  explicit Solo(const topic::jetstream::Config& config, const topic::TopicConfig& topic = kInJetStream)
      : topic_(topic) {
    start(config);
  }
  ~Solo() { stop(); }

  void start(const topic::jetstream::Config& config) {
    node_.emplace(NodeConfig{.name = "solo", .data_dir = directory_ / "data", .threads = 2});
    topic::Topics topics(topic::jetstream::logs(config));
    topics.add(topic_);
    topics.host(*node_);
    node_->start();
    topics.declare(*node_);
  }
  void stop() {
    if (node_) node_->stop(20ms);
    node_.reset();
  }
  void restart(const topic::jetstream::Config& config) {
    stop();
    start(config);
  }
  void copy_store() { copy("data", "copy"); }
  void set_store_back() { copy("copy", "data"); }

  std::uint64_t append(std::uint64_t id, const std::string& bytes = "x", unsigned events = 1) {
    return topic::TopicClient(*node_, topic_)
        .partition(0)
        .append([&](auto p) {
          p.setIdHi(7);
          p.setIdLo(id);
          for (auto event : p.initEvents(events)) {
            event.setKey("k");
            event.setPayload({reinterpret_cast<const capnp::byte*>(bytes.data()), bytes.size()});
          }
        })
        .get()
        ->getFirst();
  }
  // However often it is `unavailable`.
  std::uint64_t append_in_the_end(std::uint64_t id, unsigned events = 1) {
    std::optional<std::uint64_t> first;
    REQUIRE(eventually([&] {
      try {
        first = append(id, "x", events);
      } catch (const Error& e) {
        CHECK(e.kind() == ErrorKind::unavailable);
      }
      return first.has_value();
    }));
    return first.value_or(0);
  }
  std::uint64_t publish(const std::string& idempotency_key) {
    const topic::TopicClient client(*node_, topic_);
    return client.publish(topic::NewEvents(topic_).add("k", "Bytes", "x"), idempotency_key).at(0).first;
  }
  Reply<topic::TopicPartition::FetchResults> fetch(std::uint64_t from, std::uint32_t events = 10'000) {
    return topic::TopicClient(*node_, topic_)
        .partition(0)
        .fetch([&](auto p) { p.setFrom(from), p.setMaxEvents(events), p.setMaxBytes(8 << 20); })
        .get();
  }

 private:
  void copy(const char* from, const char* to) {
    std::filesystem::remove_all(directory_ / to);
    std::filesystem::copy(directory_ / from, directory_ / to, std::filesystem::copy_options::recursive);
  }

  testing::ScratchDirectory directory_;
  topic::TopicConfig topic_;
  std::optional<Node> node_;
};

void check_once_and_in_order(const Stage& stage, const std::string& listener, std::size_t count) {
  stage.wait_heard(listener, count);
  std::set<std::string> texts;
  std::uint64_t offset = 0;
  for (const auto& event : stage.heard(listener)) {
    CHECK(event.offset == offset++);
    CHECK(texts.insert(event.text).second);
  }
  CHECK(texts.size() == count);
}

}  // namespace

TEST_CASE("while the server is away publishers' messages wait, and callers are told") {
  NatsServer server;
  const BackEnd back_end = back_end_at(at(server));
  Stage stage({.back_end = &back_end});
  stage.declare(news(), {listening("g", "ear")});
  stage.tell("ann", "k", 10);
  stage.wait_heard("ear", 10);

  server.kill();
  for (int i = 0; i < 5; ++i) stage.tell("ann", "k", 10);
  const Error error =
      error_of([&] { return stage.client().publish(topic::NewEvents(news()).add("k", "Bytes", "lost")); });
  CHECK(error.kind() == ErrorKind::unavailable);
  CHECK(error.message().find(server.url()) != std::string::npos);
  server.start();

  check_once_and_in_order(stage, "ear", 60);
}

TEST_CASE("a server that is killed again and again loses no event and doubles none") {
  NatsServer server;
  const BackEnd back_end = back_end_at(at(server));
  for (const bool two_owners : {false, true}) {
    SUBCASE(two_owners ? "two owners" : "one node") {
      Stage stage({.back_end = &back_end, .two_owners = two_owners});
      stage.declare(news(), {listening("g", "ear")});

      for (int turn = 0; turn < 12; ++turn) {
        if (turn % 3 == 1) server.kill();
        stage.tell("ann", "k", 25, turn % 2 == 0);
        if (turn % 3 == 2) server.start();
      }

      check_once_and_in_order(stage, "ear", 300);
    }
  }
}

TEST_CASE("an append whose end nobody heard of is found when it is made again") {
  NatsServer server;
  auto impatient = at(server);
  impatient.patience = 500ms;
  Solo solo(impatient);
  CHECK(solo.append_in_the_end(1) == 0);

  server.freeze();
  const Error error = error_of([&] { return solo.append(2, "x", 3); });
  server.thaw();

  CHECK(error.kind() == ErrorKind::unavailable);
  CHECK(error.may_have_run());
  CHECK(solo.append_in_the_end(2, 3) == 1);
  CHECK(solo.append_in_the_end(3) == 4);
  solo.restart(at(server));
  CHECK(at_once(solo.fetch(0))->getEvents().size() == 5);
}

TEST_CASE("an append that no commit knows is found although others came after it and the node started anew") {
  NatsServer server;
  Solo solo(at(server));
  CHECK(solo.append(1) == 0);
  solo.stop();
  solo.copy_store();
  solo.start(at(server));
  CHECK(solo.append(2, "x", 2) == 1);
  CHECK(solo.append(3) == 3);
  solo.stop();
  solo.set_store_back();
  solo.start(at(server));

  CHECK(solo.append(4) == 4);
  solo.restart(at(server));

  CHECK(solo.append(2, "x", 2) == 1);
  CHECK(solo.append(3) == 3);
  CHECK(solo.append(5) == 5);
  CHECK(at_once(solo.fetch(0))->getEvents().size() == 6);
}

TEST_CASE("two that take a stream for theirs overwrite nothing") {
  NatsServer server;
  Solo one(at(server));
  Solo other(at(server));

  for (std::uint64_t i = 0; i < 10; ++i) {
    CHECK(one.append(2 * i) == 2 * i);
    CHECK(other.append(2 * i + 1) == 2 * i + 1);
  }

  CHECK(one.append(100) == 20);
  CHECK(at_once(one.fetch(0))->getEvents().size() == 21);
}

TEST_CASE("a log that retention emptied goes on where it was") {
  NatsServer server;
  topic::TopicConfig brief = kInJetStream;
  brief.retention_age = 1ms;
  Solo solo(at(server), brief);
  for (std::uint64_t i = 0; i < 3; ++i) (void)solo.append(i);
  REQUIRE(eventually([&] { return at_once(solo.fetch(0))->getFirst() == 3; }));

  solo.restart(at(server));

  auto log = solo.fetch(0);
  CHECK(log->getFirst() == 3);
  CHECK(log->getNext() == 3);
  CHECK(solo.append(4) == 3);
}

TEST_CASE("retention removes events from the middle of an append, and their bytes no longer count") {
  NatsServer server;
  topic::TopicConfig small = kInJetStream;
  small.retention_bytes = 5'000;
  Solo solo(at(server), small);

  CHECK(solo.append(1, std::string(1000, 'x'), 10) == 0);

  for (int again = 0; again < 2; ++again) {
    auto log = solo.fetch(0);
    CHECK(log->getFirst() == 6);
    REQUIRE(log->getEvents().size() == 4);
    CHECK(log->getEvents()[0].getOffset() == 6);
    CHECK(log->getEvents()[0].getPosition() == 6 * (1000 + 1 + 64));
    solo.restart(at(server));
  }
}

TEST_CASE("every event is found by its offset, however its log was filled") {
  NatsServer server;
  Solo solo(at(server));
  std::uint64_t next = 0;
  for (std::uint64_t i = 0; next < 600; next += 1 + i++ % 7)
    (void)solo.append(i, "x", 1 + static_cast<unsigned>(i % 7));
  solo.restart(at(server));

  for (std::uint64_t i = 0; i < next; i += 11) {
    const std::uint64_t offset = i * 7919 % next;
    auto page = solo.fetch(offset, 20);
    REQUIRE(page->getEvents().size() == std::min<std::uint64_t>(20, next - offset));
    std::uint64_t expected = offset;
    for (const auto event : page->getEvents()) CHECK(event.getOffset() == expected++);
  }
}

TEST_CASE("a stream that has lost what it acknowledged is not written to") {
  NatsServer server, empty;
  Solo solo(at(server));
  (void)solo.append(1);
  solo.stop();

  solo.start(at(empty));

  const Error error = error_of([&] { return solo.append(2); });
  CHECK(error.kind() == ErrorKind::corrupt);
  CHECK(error.message().find("troupe-log-0") != std::string::npos);
  solo.restart(at(server));
  CHECK(solo.append(2) == 1);
}

TEST_CASE("a stream that was made for something else is left alone") {
  NatsServer server;
  auto config = at(server);
  config.prefix = "a";
  Solo first(config, {.name = "b-log"});
  CHECK(first.append(1) == 0);

  config.prefix = "a-b";
  Solo second(config, {.name = "log"});

  const Error error = error_of([&] { return second.append(1); });
  CHECK(error.kind() == ErrorKind::invalid);
  CHECK(error.message().find("a stream a-b-log-0 that was not made for this") != std::string::npos);
  CHECK(first.append(2) == 1);
}

TEST_CASE("an append that the server takes for too large is refused, and says what to change") {
  const std::string large(std::size_t{1} << 20, 'x');
  NatsServer narrow;
  Solo solo(at(narrow));

  const Error error = error_of([&] { return solo.append(1, large); });

  CHECK(error.kind() == ErrorKind::invalid);
  CHECK(error.message().find("max_payload") != std::string::npos);
  CHECK(solo.append(2) == 0);
  NatsServer wide({.configuration = "max_payload: 20MB"});
  Solo roomy(at(wide));
  CHECK(roomy.append(1, large, 12) == 0);
  CHECK(at_once(roomy.fetch(3))->getEvents().size() == 7);
}

TEST_CASE("a server without JetStream, and none at all, is said plainly") {
  NatsServer plain({.jetstream = false});
  Solo solo(at(plain));

  const Error without = error_of([&] { return solo.append(1); });
  CHECK(without.kind() == ErrorKind::unavailable);
  CHECK(without.message().find("no JetStream now") != std::string::npos);
  plain.kill();
  solo.restart(at(plain));
  const Error none = error_of([&] { return solo.append(1); });
  CHECK(none.kind() == ErrorKind::unavailable);
  CHECK(none.message().find(plain.url()) != std::string::npos);
}

TEST_CASE("a configuration that can never work is refused at once, without showing its secrets") {
  const auto refused = [](topic::jetstream::Config config) {
    return error_of([&] { return topic::jetstream::logs(config) != nullptr; });
  };

  for (const char* url : {"", "localhost", "http://localhost:80", "nats://", "nats://a:0", "nats://a:port", "nats://a,",
                          "nats://u:secret@:4222", "nats://a/path"}) {
    CAPTURE(url);
    const Error error = refused({.url = url});
    CHECK(error.kind() == ErrorKind::invalid);
    CHECK(error.message().find("secret") == std::string::npos);
  }
  CHECK(refused({.prefix = "a.b"}).kind() == ErrorKind::invalid);
  CHECK(refused({.replicas = 0}).kind() == ErrorKind::invalid);
  CHECK(refused({.patience = 0ms}).kind() == ErrorKind::invalid);
  CHECK(topic::jetstream::logs({.url = "nats://u:secret@a:4222,tls://b,nats://[::1]:4222"}));
}

TEST_CASE("a topic can lie elsewhere than the others") {
  NatsServer server;
  testing::ScratchDirectory directory;
  Node node({.name = "solo", .data_dir = directory / "data", .threads = 2});
  const topic::TopicConfig far{.name = "far"}, near{.name = "near"};
  topic::Topics topics;
  topics.add(far).add(near).lie_in("far", topic::jetstream::logs(at(server)));
  topics.host(node);
  node.start();
  topics.declare(node);
  const auto publish = [&](const topic::TopicConfig& topic) {
    return topic::TopicClient(node, topic).publish(topic::NewEvents(topic).add("k", "Bytes", "x")).at(0).first;
  };
  CHECK(publish(far) == 0);
  CHECK(publish(near) == 0);

  server.kill();

  CHECK(error_of([&] { return publish(far); }).kind() == ErrorKind::unavailable);
  CHECK(publish(near) == 1);
  node.stop(20ms);
}

TEST_CASE("what a host publishes under an idempotency key is found by a node whose store was set back") {
  NatsServer server;
  Solo solo(at(server));
  solo.stop();
  solo.copy_store();
  solo.start(at(server));
  CHECK(solo.publish("order-17") == 0);
  solo.stop();
  solo.set_store_back();
  solo.start(at(server));

  CHECK(solo.publish("order-17") == 0);
  CHECK(solo.publish("order-18") == 1);
}
