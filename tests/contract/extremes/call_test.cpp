// troupe/call.h, ref.h, json.h, error.h: what a host thread asks of a call, at the ends of its range.
#include <troupe/json.h>

#include <future>

#include "contract/extremes/subject.h"
#include "support/log_lines.h"

using namespace troupe;
using namespace troupe::extremes;

TEST_CASE("a call is waited for as long as time goes on, or not at all") {
  Stage stage;
  REQUIRE(stage.at_once([](SubjectRole&) {}) == "works");

  for (const auto time : {kCenturies, kLongest})
    CHECK(outcome_of([&] { return stage.subject().run().get(time); }) == "works");
  CHECK(outcome_of([&] { return stage.subject().run().get(std::chrono::nanoseconds::max()); }) == "works");

  stage.tell([](SubjectRole& self) -> Task<> { co_await self.sleep_for(1h); });
  for (const auto time : {0h, -1h, kShortest})
    CHECK(contains(outcome_of([&] { return stage.subject().run().get(time); }), "deadline: "));
}

TEST_CASE("the calls of a Ref end by a time that is not negative") {
  Stage stage;
  REQUIRE(stage.at_once([](SubjectRole&) {}) == "works");
  const auto with = [&](Milliseconds timeout) {
    return outcome_of([&] {
      auto subject = stage.subject();
      subject.timeout(timeout);
      return subject.run().get();
    });
  };

  CHECK(with(0ms) == "works");
  CHECK(with(kCenturies) == "works");
  CHECK(with(kLongest) == "works");
  CHECK_INVALID(with(-1ms), "a timeout of -1 ms for calls to Subject/s; give at least 1 ms");
  CHECK_INVALID(with(kShortest), "give at least 1 ms");
}

TEST_CASE("what a callback throws is a line of the log, and the process goes on") {
  testing::LogLines log;
  Stage stage([&](NodeConfig& config) { config.log = log.sink(); });
  REQUIRE(stage.at_once([](SubjectRole&) {}) == "works");

  stage.subject().run().then([](const auto&) { throw std::runtime_error("thrown by the test"); });
  CHECK(log.come_to_say("a callback of then() threw: thrown by the test"));
  stage.subject().run().then([](const auto&) { throw 13; });
  CHECK(log.come_to_say("a callback of then() threw: what is no std::exception"));
  call_json(stage.subject(), "run", "{}", 0ms, [](const auto&) { throw std::runtime_error("thrown over JSON"); });
  CHECK(log.come_to_say("thrown over JSON"));

  CHECK(stage.at_once([](SubjectRole&) {}) == "works");
}

TEST_CASE("an empty callback is refused where it is given") {
  Stage stage;
  REQUIRE(stage.at_once([](SubjectRole&) {}) == "works");
  using Answer = Result<Reply<Subject::RunResults>>;

  CHECK_INVALID(outcome_of([&] { return stage.subject().run().then(std::function<void(Answer)>()), 0; }), "then()");
  CHECK_INVALID(outcome_of([&] { return stage.subject().run().then(static_cast<void (*)(Answer)>(nullptr)), 0; }),
                "then()");
  CHECK_INVALID(outcome_of([&] { return call_json(stage.subject(), "run", "{}", 0ms, {}), 0; }), "call_json()");
}

TEST_CASE("calls from text: whatever is wrong with one comes to its callback") {
  Stage stage;
  REQUIRE(stage.at_once([](SubjectRole&) {}) == "works");
  const auto call = [&](RefBase ref, std::string_view method, std::string_view json, Milliseconds timeout) {
    std::promise<std::string> ended;
    call_json(std::move(ref), method, json, timeout,
              [&](Result<std::string> result) { ended.set_value(result.ok() ? "works" : result.error().what()); });
    return ended.get_future().get();
  };

  CHECK(call(stage.subject(), "run", "", 0ms) == "works");
  CHECK(call(stage.subject(), "run", "{}", kLongest) == "works");
  CHECK_INVALID(call(stage.subject(), "run", "{}", -1ms), "a timeout of -1 ms");
  CHECK_INVALID(call(stage.subject(), "run", "{", 0ms), "line 1");
  CHECK_INVALID(call(RefBase(), "run", "{}", 0ms), "an empty Ref names no actor");
  CHECK(contains(call(stage.subject(), "", "{}", 0ms), "not_found: "));
  CHECK(contains(call(stage.subject(), std::string(1 << 20, 'x'), "{}", 0ms), "not_found: "));
}

TEST_CASE("an empty Ref says so, whatever is asked of it") {
  Ref<Subject> none;

  CHECK(none.key().empty());
  CHECK(none.text() == "an empty Ref");
  CHECK_INVALID(outcome_of([&] { return none.service().id; }), "an empty Ref");
  CHECK_INVALID(outcome_of([&] { return none.timeout(1s), 0; }), "an empty Ref");
  CHECK_INVALID(outcome_of([&] { return none.idempotency_key("k"), 0; }), "an empty Ref");
  CHECK_INVALID(outcome_of([&] { return none.run().get(); }), "an empty Ref");
  CHECK_INVALID(outcome_of([&] { return none.send_run(), 0; }), "an empty Ref");
}

TEST_CASE("an error of any size and any wait arrives, its words cut to what a link carries") {
  testing::TestCluster cluster({.nodes = {"a"}, .clients = {"c"}, .host = [](Node& node) {
                                  node.host<SubjectRole>(std::function([] {
                                    return std::make_unique<SubjectRole>(
                                        std::make_shared<SubjectRole::Work>([](SubjectRole&) -> Task<> {
                                          throw Refusal(std::string(100'000, 'c'), std::string(10 << 20, 'm'))
                                              .retry_after(std::chrono::milliseconds::max());
                                        }));
                                  }));
                                }});

  try {
    (void)cluster.finish(cluster.node("c").ref<Subject>("s").run());
    FAIL("no error came");
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::refused);
    CHECK(e.code().substr(0, 9) == "ccccccccc");
    CHECK(e.message().size() > 1000);
    CHECK(e.retry_after() >= 24h);
  }
}
