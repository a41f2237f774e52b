// Publishing: committed with the turn, appended once, in order.
#include <map>

#include "contract/topic/stage.h"
#include "topic/limits.h"

using namespace troupe;
using namespace troupe::topic_contract;

namespace {

std::uint64_t appended(Stage& stage, const topic::TopicConfig& topic) {
  std::uint64_t events = 0;
  for (std::uint32_t i = 0; i < topic.partitions; ++i)
    events += at_once(stage.client(topic).partition(i).fetch([](auto) {}).get())->getNext();
  return events;
}

}  // namespace

TEST_CASE("events of one key come in the order their publisher's turns published them") {
  on_every_stage([](Stage& stage) {
    stage.declare(news(), {listening("g", "ear")});
    for (int turn = 0; turn < 10; ++turn)
      for (const char* teller : {"ann", "bob"}) stage.tell(teller, "weather", 3, turn % 2 == 0);

    stage.wait_heard("ear", 60);

    std::map<std::string, std::uint64_t> last;
    std::map<std::uint32_t, std::uint64_t> next;
    for (const auto& event : stage.heard("ear")) {
      const auto dash = event.text.find('-');
      const std::uint64_t number = std::stoull(event.text.substr(dash + 1));
      CHECK(number == last[event.publisher] + 1);
      last[event.publisher] = number;
      CHECK(event.publisher == "Teller/" + event.text.substr(0, dash));
      CHECK(event.offset == next[event.partition]++);
    }
    CHECK(last == std::map<std::string, std::uint64_t>{{"Teller/ann", 30}, {"Teller/bob", 30}});
  });
}

TEST_CASE("a turn that is rolled back publishes nothing") {
  on_every_stage([](Stage& stage) {
    stage.declare(news(), {listening("g", "ear")});
    for (const char* ending : {"refuse", "crash"}) {
      const Error error = error_of([&] {
        return stage.node()
            .ref<Teller>("ann")
            .tell([&](auto p) { p.setKey("k"), p.setCount(5), p.setEnding(ending); })
            .get();
      });
      CHECK(error.message().find("the test wants a") != std::string::npos);
    }

    stage.tell("ann", "k", 1);

    stage.wait_heard("ear", 1);
    CHECK(stage.heard("ear")[0].text == "ann-1");
    CHECK(appended(stage, news()) == 1);
  });
}

TEST_CASE("a publisher that repeats itself with an idempotency key appends once") {
  on_every_stage([](Stage& stage) {
    stage.declare(news());
    topic::NewEvents events(news());
    for (const char* key : {"a", "b", "c", "d", "e"}) events.add(key, "Bytes", "x");

    const auto first = stage.client().publish(events, "order-17");
    const auto again = stage.client().publish(events, "order-17");
    (void)stage.client().publish(events, "order-18");

    REQUIRE(first.size() == again.size());
    for (std::size_t i = 0; i < first.size(); ++i) CHECK(first[i].first == again[i].first);
    CHECK(appended(stage, news()) == 10);
  });
}

TEST_CASE("an append is all or nothing") {
  on_every_back_end([](Stage& stage) {
    stage.declare(news());

    const Error error = error_of([&] {
      return stage.client()
          .partition(0)
          .append([](auto p) {
            auto events = p.initEvents(2);
            events[0].setKey("good");
          })
          .get();
    });

    CHECK(error.kind() == ErrorKind::invalid);
    CHECK(error.message().find("event 1 of the append has a key of 0 bytes") != std::string::npos);
    CHECK(appended(stage, news()) == 0);
  });
}

TEST_CASE("events past the limits are refused where they are published and where they are appended") {
  on_every_back_end([](Stage& stage) {
    namespace limits = topic::limits;
    stage.declare(news());
    topic::NewEvents events(news());

    CHECK(error_of([&] { return events.add("", "t", "").empty(); }).kind() == ErrorKind::invalid);
    CHECK(error_of([&] { return events.add(std::string(257, 'k'), "t", "").empty(); }).kind() == ErrorKind::invalid);
    CHECK(error_of([&] { return events.add("k", std::string(257, 't'), "").empty(); }).kind() == ErrorKind::invalid);
    CHECK(error_of([&] {
            return events.add("k", "t", std::string(limits::kMaxPayloadBytes + 1, 'p')).empty();
          }).kind() == ErrorKind::invalid);
    CHECK(events.empty());
    const auto append = [&](unsigned count, std::size_t key, std::size_t type, std::size_t payload) {
      return error_of([&] {
               return stage.client()
                   .partition(0)
                   .append([&](auto p) {
                     for (auto event : p.initEvents(count)) {
                       event.setKey(std::string(key, 'k'));
                       event.setType(std::string(type, 't'));
                       event.initPayload(static_cast<unsigned>(payload));
                     }
                   })
                   .get();
             })
          .kind();
    };
    CHECK(append(0, 1, 1, 1) == ErrorKind::invalid);
    CHECK(append(limits::kMaxAppendEvents + 1, 1, 1, 1) == ErrorKind::invalid);
    CHECK(append(1, limits::kMaxEventKeyBytes + 1, 1, 1) == ErrorKind::invalid);
    CHECK(append(1, 1, limits::kMaxEventTypeBytes + 1, 1) == ErrorKind::invalid);
    CHECK(append(1, 1, 1, limits::kMaxPayloadBytes + 1) == ErrorKind::invalid);

    for (std::uint32_t i = 0; i < limits::kMaxAppendEvents; ++i) events.add("k", "t", "");
    const Error full = error_of([&] { return events.add("k", "t", "").empty(); });
    CHECK(full.message().find("too much for one append") != std::string::npos);
    CHECK(stage.client().publish(events)[0].next == limits::kMaxAppendEvents);
  });
}

TEST_CASE("a topic that nobody declared takes no events") {
  on_every_back_end([](Stage& stage) {
    const Error error = error_of([&] { return stage.client().publish(topic::NewEvents(news()).add("k", "t", "")); });

    CHECK(error.kind() == ErrorKind::not_found);
    CHECK(error.message().find("there is no topic 'news'") != std::string::npos);
    stage.declare(news());
    topic::TopicConfig larger = news();
    larger.partitions = 64;
    const Error past = error_of([&] {
      return stage.client(larger).partition(63).append([](auto p) { p.initEvents(1)[0].setKey("k"); }).get();
    });
    CHECK(past.message().find("no partition 63") != std::string::npos);
  });
}

TEST_CASE("a group that is too far behind holds publishers back, and lets them go on when it has caught up") {
  on_every_back_end([](Stage& stage) {
    topic::TopicConfig topic{.name = "narrow", .max_backlog_bytes = 2000};
    stage.declare(topic, {listening("g", "ear")});
    stage.wait_status(topic, 0, "g", "caught_up");
    (void)stage.client(topic).group(0, "g").pause().get();
    stage.publish(topic, "k", std::string(2000, 'x'));

    const Error error =
        error_of([&] { return stage.client(topic).publish(topic::NewEvents(topic).add("k", "t", "")); });

    CHECK(error.kind() == ErrorKind::overloaded);
    CHECK_FALSE(error.may_have_run());
    (void)stage.client(topic).group(0, "g").resume().get();
    stage.wait_heard("ear", 1);
    CHECK(eventually([&] {
      try {
        stage.publish(topic, "k", "later");
        return true;
      } catch (const Error&) {
        return false;
      }
    }));
    stage.wait_heard("ear", 2);
  });
}
