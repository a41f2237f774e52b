// troupe/actor.h, table.h, task.h: what an author may ask for within a turn, at the ends of its range.
#include "contract/extremes/subject.h"

using namespace troupe;
using namespace troupe::extremes;

TEST_CASE("a reminder past the end of time never rings, and one before its begin is due at once") {
  Stage stage;
  CHECK(stage.at_once([](SubjectRole& self) {
    self.remind_in("in centuries", kCenturies);
    self.remind_in("in the longest time", kLongest);
    self.remind_in("in the most milliseconds", std::chrono::milliseconds::max());
    self.remind_at("at the last moment", std::chrono::system_clock::time_point::max());
    self.remind_every("every longest time", kLongest);
  }) == "works");
  CHECK(stage.at_once([](SubjectRole& self) {
    self.remind_in("now", 0ms);
    self.remind_in("a moment ago", -1ms);
    self.remind_in("ages ago", kShortest);
    self.remind_at("at the first moment", std::chrono::system_clock::time_point::min());
  }) == "works");

  stage.node().clock().advance(10min);

  std::string rung = stage.rung();
  for (const char* due : {"now", "a moment ago", "ages ago", "at the first moment"}) CHECK(contains(rung, due));
  for (const char* far : {"in centuries", "in the", "at the last", "every"}) CHECK_FALSE(contains(rung, far));
}

TEST_CASE("what comes again and again needs a positive period") {
  Stage stage;
  const auto every = [&](Nanoseconds period) {
    return stage.at_once([period](SubjectRole& self) { self.every(period, []() -> Task<> { co_return; }); });
  };
  const auto remind_every = [&](Milliseconds period) {
    return stage.at_once([period](SubjectRole& self) { self.remind_every("r", period); });
  };

  for (const auto period : {0h, -1h, kShortest}) {
    CHECK_INVALID(every(period), "give at least 1");
    CHECK_INVALID(remind_every(period), "give at least 1");
  }
  CHECK(every(kLongest) == "works");
  CHECK(every(kCenturies) == "works");
  CHECK(remind_every(kLongest) == "works");
}

TEST_CASE("a timer past the end of time never runs, and one whose time is over runs next") {
  Stage stage;
  auto ran = std::make_shared<std::string>();
  const auto note = [ran](const char* what) {
    return [ran, what]() -> Task<> {
      *ran += what;
      co_return;
    };
  };
  CHECK(stage.at_once([&](SubjectRole& self) {
    self.after(kCenturies, note("centuries "));
    self.after(kLongest, note("longest "));
    self.every(kLongest, note("again "));
    self.after(0ns, note("now "));
    self.after(-1ns, note("ago "));
    self.after(kShortest, note("ages "));
  }) == "works");

  stage.node().clock().advance(10min);

  CHECK(*ran == "now ago ages ");
}

TEST_CASE("a turn that sleeps past the end of time sleeps until its deadline, and for no time not at all") {
  Stage stage;
  const auto sleep = [&](Nanoseconds time) {
    return stage.turn([time](SubjectRole& self) -> Task<> { co_await self.sleep_for(time); });
  };

  for (const auto none : {0h, -1h, kShortest}) CHECK(sleep(none) == "works");
  for (const auto long_time : {kCenturies, kLongest}) CHECK(contains(sleep(long_time), "deadline: "));
}

TEST_CASE("an empty function is refused where it is given") {
  Stage stage;

  CHECK_INVALID(stage.at_once([](SubjectRole& self) { self.after(1s, {}); }), "after() was given an empty function");
  CHECK_INVALID(stage.at_once([](SubjectRole& self) { self.every(1s, {}); }), "every() was given an empty function");
  const std::function<int()> nothing;
  int (*const nowhere)() = nullptr;
  CHECK_INVALID(stage.at_once([&](SubjectRole& self) { (void)self.block(nothing); }), "blocking()");
  CHECK_INVALID(stage.at_once([&](SubjectRole& self) { (void)self.block(nowhere); }), "blocking()");
}

TEST_CASE("names and keys within a turn have their lengths, and say them") {
  Stage stage;
  struct Row {
    const char* what;
    std::size_t least, most;
    std::function<void(SubjectRole&, const std::string&)> use;
  };
  const Row rows[] = {
      {"reminder", 1, 64, [](SubjectRole& self, const std::string& name) { self.remind_in(name, 1h); }},
      {"table", 1, 32, [](SubjectRole& self, const std::string& name) { (void)self.lines(name).count(); }},
      {"row", 1, 192, [](SubjectRole& self, const std::string& key) { self.lines("t").put(key, [](auto) {}); }},
      {"key", 1, 256, [](SubjectRole& self, const std::string& key) { (void)self.other<Subject>(key); }},
      {"tag", 0, 256,
       [](SubjectRole& self, const std::string& tag) {
         const auto to = self.other<Helper>("h");
         to.send_help({.answer = tag});
       }},
      {"idempotency", 1, 256,
       [](SubjectRole& self, const std::string& key) {
         auto to = self.other<Subject>("o");
         to.idempotency_key(key, std::chrono::system_clock::time_point::max());
         to.idempotency_key(key, std::chrono::system_clock::time_point::min());
       }},
  };

  for (const Row& row : rows) {
    CAPTURE(std::string(row.what));
    const auto use = [&](std::size_t size) {
      return stage.at_once([&](SubjectRole& self) { row.use(self, letters(size)); });
    };
    CHECK(use(row.least) == "works");
    CHECK(use(row.most) == "works");
    CHECK_INVALID(use(row.most + 1), std::to_string(row.most));
    if (row.least > 0) CHECK(use(0).rfind("invalid: ", 0) == 0);
  }
  CHECK_INVALID(stage.at_once([](SubjectRole& self) { (void)self.child(letters(300)); }), "256");
  CHECK(contains(stage.at_once([](SubjectRole& self) { (void)self.other("", "k"); }), "not_found: "));
}

TEST_CASE("the named calls of a turn end by a time that is not negative") {
  Stage stage;
  auto outcomes = std::make_shared<std::string>();
  const auto named = [outcomes](SubjectRole& self, Milliseconds timeout) {
    *outcomes += outcome_of([&] { return self.name_calls("n", self.node_time(), timeout), 0; }) + "; ";
  };
  CHECK(stage.at_once([&](SubjectRole& self) {
    self.after(0ms, [&self, named, outcomes]() -> Task<> {
      named(self, kLongest);
      named(self, 0ms);
      named(self, -1ms);
      const auto helper = self.child("h");
      for (const auto first_used : {kMostMs, 0ms, kLeastMs}) {
        self.name_calls(letters(10'000), first_used, kCenturies);
        co_await helper.help();
        *outcomes += "; called";
      }
    });
  }) == "works");
  stage.node().settle();

  CHECK(contains(*outcomes, "works; works; invalid: name_calls(\"n\") with a timeout of -1 ms"));
  CHECK(contains(*outcomes, "called; called; called"));
}

TEST_CASE("whatever moment is named as the first use of calls, what was forgotten is not made again") {
  for (const auto first_used : {kMostMs, 0ms, kLeastMs}) {
    CAPTURE(first_used.count());
    Stage stage;
    auto outcomes = std::make_shared<std::string>();
    const auto call_other = [outcomes](SubjectRole& self, std::optional<std::chrono::milliseconds> first) {
      self.after(0ms, [&self, outcomes, first]() -> Task<> {
        const auto other = self.other<Brief>("b");
        self.name_calls("n", first);
        auto outcome = co_await other.add().result();
        *outcomes += outcome.ok() ? "works; " : std::string(to_string(outcome.error().kind())) + "; ";
      });
    };
    CHECK(stage.at_once([&](SubjectRole& self) { call_other(self, std::nullopt); }) == "works");
    stage.node().clock().advance(1s);
    for (int i = 0; i < 8; ++i) (void)stage.node().finish(stage.node().ref<Brief>("b").add());
    stage.node().clock().advance(1s);

    CHECK(stage.at_once([&](SubjectRole& self) { call_other(self, first_used); }) == "works");
    stage.node().settle();

    CHECK(*outcomes == "works; unknown_outcome; ");
  }
}

TEST_CASE("how long ago a moment was is asked of any, and no time at all for one to come") {
  Stage stage;
  auto since = std::make_shared<std::vector<std::chrono::milliseconds>>();
  CHECK(stage.at_once([&](SubjectRole& self) {
    for (const auto then : {kMostMs, self.node_time(), 0ms, kLeastMs}) since->push_back(self.time_since(then));
    since->push_back(self.node_time());
  }) == "works");

  CHECK((*since)[0] == 0ms);
  CHECK((*since)[1] == 0ms);
  CHECK((*since)[2] == since->back());
  CHECK((*since)[3] == since->back());
}

TEST_CASE("a page of rows has a limit at either end") {
  Stage stage;
  const auto page = [&](std::size_t limit) {
    return stage.at_once([limit](SubjectRole& self) { (void)self.lines("t").page({.limit = limit}); });
  };

  CHECK(page(1) == "works");
  CHECK(page(TableBase::kMaxPageRows) == "works");
  for (const auto wrong : {std::size_t{0}, TableBase::kMaxPageRows + 1, ~std::size_t{0}})
    CHECK_INVALID(page(wrong), "10000");
}

TEST_CASE("why an actor stops itself may be said at any length") {
  Stage stage;
  CHECK(stage.at_once([](SubjectRole& self) { self.stop_self(""); }) == "works");
  CHECK(stage.at_once([](SubjectRole& self) { self.stop_self(letters(1 << 20)); }) == "works");
  stage.node().settle();

  CHECK(stage.at_once([](SubjectRole&) {}) == "works");
}
