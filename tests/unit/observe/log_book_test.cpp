// What a log line goes through: levels, limits, secrets, repeats, memory; and the paths that show it.
#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <limits>
#include <stdexcept>

#include "fake_source.h"
#include "observe/log_api.h"
#include "observe/log_book.h"
#include "observe/log_secrets.h"

using namespace troupe;
using namespace troupe::observe;
using namespace std::chrono_literals;

namespace {

class HandClock final : public Clock {
 public:
  TimePoint now() const noexcept override { return at; }
  std::uint64_t wall_ms() const noexcept override { return 1'000'000; }
  TimePoint at{1h};
};

struct Booked {
  explicit Booked(LogOptions options = {}, LogSink sink = {})
      : book({.node = "solo",
              .options = std::move(options),
              .sink = sink ? std::move(sink) : LogSink([this](const LogLine& line) {
                said.emplace_back(line.message);
                levels.push_back(line.level);
              }),
              .clock = clock,
              .run = 7}) {}

  void say(const std::string& message, LogLevel level = LogLevel::info, std::string_view room = "net",
           std::initializer_list<LogField> fields = {}) {
    book.write({level, room, message, {fields.begin(), fields.size()}});
  }

  nlohmann::json ask(std::string_view method, const std::string& path) {
    auto target = parse_target(path);
    REQUIRE(asks_for_logs(*target));
    return nlohmann::json::parse(answer_logs(book, method, *target).json);
  }

  HandClock clock;
  std::vector<std::string> said;
  std::vector<LogLevel> levels;
  LogBook book;
};

}  // namespace

TEST_CASE("lines below their room's level are left out, and a level changes while it runs, by a line") {
  Booked log({.level = LogLevel::warn, .levels = {{"store", LogLevel::debug}}});

  log.say("too small");
  log.say("of the store", LogLevel::debug, "store");
  REQUIRE(log.book.set_level("net", LogLevel::debug).ok());
  log.say("now it counts", LogLevel::debug);
  REQUIRE(log.book.set_level("net", std::nullopt).ok());
  log.say("too small again");

  REQUIRE(log.said.size() == 4);
  CHECK(log.said[0] == "of the store");
  CHECK(log.said[1].find("the log level of net is debug from here on, it was warn") == 0);
  CHECK(log.said[2] == "now it counts");
  CHECK(log.said[3].find("the log level of net is warn") == 0);
  CHECK(log.book.levels().now() == log.book.levels().configured());
}

TEST_CASE("rooms with a level of their own are bounded, and a name that is too long is refused") {
  Booked log;
  for (std::size_t i = 0; i < limits::kMaxLogRooms; ++i)
    REQUIRE(log.book.set_level("room" + std::to_string(i), LogLevel::error).ok());

  CHECK(log.book.set_level("one more", LogLevel::error).error().kind() == ErrorKind::overloaded);
  CHECK(log.book.set_level("room1", LogLevel::debug).ok());
  CHECK(log.book.set_level(std::string(limits::kMaxLogRoomBytes + 1, 'x'), LogLevel::debug).error().kind() ==
        ErrorKind::invalid);
}

TEST_CASE("the same line is written so often, then counted, and one line says how many there were") {
  Booked log({.repeats = 3, .repeat_window = 10s});

  for (int i = 0; i < 20; ++i) log.say("link to two is down after " + std::to_string(i) + " ms");
  CHECK(log.said.size() == 3);
  CHECK(log.book.look(log.clock.at) == log.clock.at + 10s);
  log.clock.at += 10s;
  CHECK(log.book.look(log.clock.at) == TimePoint::max());

  REQUIRE(log.said.size() == 4);
  CHECK(log.said[3] == "... 17 more like this in 10 s, the first: link to two is down after 3 ms");
  log.say("link to two is down after 99 ms");
  CHECK(log.said.back() == "link to two is down after 99 ms");
  CHECK(log.book.counts().left_out == 17);
}

TEST_CASE("a summary comes before the first line of the next window, and at the node's end") {
  Booked log({.repeats = 1, .repeat_window = 1s});

  log.say("a");
  log.say("a");
  log.clock.at += 1s;
  log.say("a");
  log.say("a");
  log.book.finish();

  CHECK(log.said == std::vector<std::string>{"a", "... 1 more like this in 1 s, the first: a", "a",
                                             "... 1 more like this in 1 s, the first: a"});
}

TEST_CASE("errors of different actors, rooms and levels are different, and none is missing for another's repeats") {
  Booked log({.repeats = 1});

  for (int round = 0; round < 3; ++round)
    for (const char* key : {"sku-1", "sku-2"})
      log.say(std::string("Stock/") + key + " crashed", LogLevel::error, "supervise",
              {{"service", "Stock"}, {"key", key}});
  log.say("Stock/sku-1 crashed", LogLevel::warn, "supervise", {{"service", "Stock"}, {"key", "sku-1"}});
  log.say("Stock/sku-1 crashed", LogLevel::error, "net", {{"service", "Stock"}, {"key", "sku-1"}});

  CHECK(log.said.size() == 4);
}

TEST_CASE("of one kind so many actors are counted apart, the others together, and memory stays bounded") {
  Booked log({.repeats = 1});

  for (std::size_t i = 0; i < 10 * limits::kMaxRepeatedThings; ++i) {
    const std::string key = "k" + std::to_string(i);
    log.say("Stock/" + key + " crashed", LogLevel::error, "supervise", {{"service", "Stock"}, {"key", key}});
  }
  CHECK(log.said.size() == limits::kMaxRepeatedThings + 1);
  log.clock.at += 10s;
  (void)log.book.look(log.clock.at);

  const std::size_t rest = 9 * limits::kMaxRepeatedThings - 1;
  CHECK(log.said.back().find("... " + std::to_string(rest) + " more like this about several actors") == 0);
}

TEST_CASE("kinds whose repeats are counted are bounded, and a line of one kind more is written uncounted") {
  LogRepeats repeats(1, 10s);
  const auto line = [](std::size_t i) {
    KeptLine out;
    out.room = "r";
    for (; i > 0; i /= 26)
      out.message += static_cast<char>('g' + i % 20), out.message += static_cast<char>('g' + i % 13);
    return out;
  };

  std::size_t written = 0;
  for (std::size_t i = 1; i <= 20 * limits::kMaxRepeatedLines; ++i)
    written += repeats.take(line(i), TimePoint{}) ? 1 : 0;
  CHECK(repeats.counted() == limits::kMaxRepeatedLines);
  CHECK(written > limits::kMaxRepeatedLines);
  CHECK(repeats.take(line(20 * limits::kMaxRepeatedLines), TimePoint{}));
}

TEST_CASE("with no repeats configured every line is written, and those of debug always are") {
  Booked log({.repeats = 0});
  for (int i = 0; i < 100; ++i) log.say("again");
  CHECK(log.said.size() == 100);

  Booked finely({.level = LogLevel::debug, .repeats = 1});
  for (int i = 0; i < 100; ++i) finely.say("again", LogLevel::debug);
  CHECK(finely.said.size() == 100);
}

TEST_CASE("secrets are masked: fields by their names, tokens and keys by their shape") {
  std::vector<std::pair<std::string, std::string>> fields;
  Booked log({}, [&](const LogLine& line) {
    for (const auto& field : line.fields) fields.emplace_back(field.name, field.value);
  });

  log.say("x", LogLevel::info, "net",
          {{"clientSecret", "s3cr3t"}, {"refresh_token", "abc"}, {"Authorization", "Basic Zm9v"}, {"key", "sku-1"}});
  CHECK(fields == std::vector<std::pair<std::string, std::string>>{{"node", "solo"},
                                                                   {"clientSecret", "***"},
                                                                   {"refresh_token", "***"},
                                                                   {"Authorization", "***"},
                                                                   {"key", "sku-1"}});
  CHECK(without_tokens("asked with Authorization: Bearer abcdefghijkl and left") ==
        "asked with Authorization: Bearer *** and left");
  CHECK(without_tokens("token eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2lnbmF0dXJl was refused") ==
        "token *** was refused");
  CHECK(without_tokens("a -----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY----- b") == "a *** b");
  CHECK(without_tokens("a bearer of news, and basic facts") == "a bearer of news, and basic facts");
  CHECK(without_tokens("eyJ is no token, eyJ.a.b neither") == "eyJ is no token, eyJ.a.b neither");
}

TEST_CASE("a line is cut to its limits between characters, and fields past the most are left out") {
  std::string message;
  std::size_t fields = 0, longest = 0;
  Booked log({}, [&](const LogLine& line) {
    message = line.message;
    fields = line.fields.size();
    for (const auto& field : line.fields) longest = std::max(longest, field.value.size());
  });
  std::vector<std::string> names(100);
  std::vector<LogField> many;
  const std::string value(5'000, 'v');
  for (std::size_t i = 0; i < names.size(); ++i) {
    names[i] = "f" + std::to_string(i);
    many.push_back({names[i], value});
  }
  std::string long_text;
  while (long_text.size() < 10'000) long_text += "ü";

  log.book.write({LogLevel::info, "net", long_text, many});

  CHECK(message.size() <= limits::kMaxLogMessageBytes);
  CHECK(message.substr(message.size() - 5) == "ü...");
  CHECK(fields == limits::kMaxLogFields);
  CHECK(longest == limits::kMaxLogFieldBytes);
}

TEST_CASE("a sink that throws is counted and ends nothing, and one that writes lines itself does not run in a circle") {
  Booked thrower({}, [](const LogLine&) { throw std::runtime_error("the disk is full"); });
  thrower.say("one");
  thrower.say("two");
  CHECK(thrower.book.counts().sink_failed == 2);
  CHECK(thrower.book.lines({}).lines.size() == 2);

  LogBook* own = nullptr;
  int calls = 0;
  Booked writer({}, [&](const LogLine&) {
    ++calls;
    own->write({LogLevel::info, "sink", "written while a line was written"});
  });
  own = &writer.book;
  writer.say("one");
  CHECK(calls == 1);
  CHECK(writer.book.lines({}).lines.size() == 2);
}

TEST_CASE("memory keeps the newest lines by count and by bytes, and says how many are lost to a reader") {
  Booked log({.repeats = 0, .kept_lines = 10});
  for (int i = 0; i < 25; ++i) log.say("line " + std::to_string(i));

  const LogPage page = log.book.lines({.after = 5});
  CHECK(page.lost == 10);
  REQUIRE(page.lines.size() == 10);
  CHECK(page.lines.front().message == "line 15");
  CHECK(page.next == 25);
  CHECK(log.book.lines({.after = 25}).lost == 0);
  CHECK(log.book.lines({.after = 99}).next == 25);

  LogRing small(1'000, 4'000);
  KeptLine big;
  big.message = std::string(1'000, 'x');
  for (int i = 0; i < 50; ++i) small.add(big);
  CHECK(small.bytes() <= 4'000);
  CHECK(small.overwritten() + small.read({}).lines.size() == 50);

  Booked none({.kept_lines = 0});
  none.say("gone at once");
  CHECK(none.said.size() == 1);
  CHECK(none.book.lines({}).lines.empty());
  CHECK(none.book.counts().overwritten == 1);
}

TEST_CASE("lines are found by level, room, actor, trace, time and text") {
  Booked log;
  log.say("alpha", LogLevel::warn, "net", {{"service", "Stock"}, {"key", "a"}, {"trace", "t1"}});
  log.say("beta", LogLevel::info, "store", {{"service", "Stock"}, {"key", "b"}, {"request", "r1"}});
  const auto found = [&](LogRequest request) {
    std::string out;
    for (const KeptLine& line : log.book.lines(request).lines) out += line.message + " ";
    return out;
  };

  CHECK(found({.level = LogLevel::warn}) == "alpha ");
  CHECK(found({.room = "store"}) == "beta ");
  CHECK(found({.actor = "Stock/a"}) == "alpha ");
  CHECK(found({.actor = "Stock"}) == "alpha beta ");
  CHECK(found({.trace = "r1"}) == "beta ");
  CHECK(found({.part = "lph"}) == "alpha ");
  CHECK(found({.since_ms = 1'000'001}).empty());
  CHECK(found({.limit = 1}) == "alpha ");
  CHECK(found({.limit = 1, .newest = true}) == "beta ");
}

TEST_CASE("a reader that waits gets the next line that fits, and is let go when its time is over or the node ends") {
  Booked log;
  auto waits = std::async(std::launch::async, [&] { return log.book.lines({.room = "store", .wait = 30s}); });
  while (log.book.counts().written < 1) log.say("not for it", LogLevel::info, "net");
  log.say("for it", LogLevel::info, "store");
  CHECK(waits.get().lines.at(0).message == "for it");

  CHECK(log.book.lines({.after = 2, .wait = 1ms}).lines.empty());
  auto ended = std::async(std::launch::async, [&] { return log.book.lines({.after = 2, .wait = 1h}); });
  log.book.end_waits();
  CHECK(ended.get().lines.empty());
}

TEST_CASE("GET /logs answers with lines and counts, and refuses what it does not know") {
  Booked log;
  log.say("alpha", LogLevel::warn, "net", {{"peer", "two"}});

  const auto all = log.ask("GET", "/logs");
  CHECK(all["run"] == 7);
  CHECK(all["lines"][0]["message"] == "alpha");
  CHECK(all["lines"][0]["fields"]["peer"] == "two");
  CHECK(all["lines"][0]["fields"]["node"] == "solo");
  CHECK(all["next"] == 1);
  CHECK(all["counts"]["written"] == 1);
  CHECK(log.ask("GET", "/logs?level=error")["lines"].empty());
  for (const char* wrong : {"/logs?level=loud", "/logs?limit=0", "/logs?limit=1001", "/logs?wait_ms=20001",
                            "/logs?after=-1", "/logs?colour=red"})
    CHECK_MESSAGE(log.ask("GET", wrong)["error"]["kind"] == "invalid", wrong);
  CHECK(log.ask("POST", "/logs")["error"]["kind"] == "unimplemented");
}

TEST_CASE("requests that wait for lines are bounded, and one more is refused") {
  Booked log;
  log.book.waits() = kMaxLogWaits;
  CHECK(log.ask("GET", "/logs?wait_ms=1")["error"]["kind"] == "overloaded");
  CHECK(log.ask("GET", "/logs").contains("lines"));
  log.book.waits() = 0;
  CHECK(log.ask("GET", "/logs?wait_ms=1").contains("lines"));
  CHECK(log.book.waits() == 0);
}

TEST_CASE("POST /logs/levels sets a room's level, and refuses what is none") {
  Booked log;
  log.say("x", LogLevel::info, "net");

  const auto set = log.ask("POST", "/logs/levels?room=net&level=debug");
  CHECK(set["now"]["rooms"]["net"] == "debug");
  CHECK(set["configured"]["rooms"].empty());
  CHECK(set["heard"][0] == "net");
  CHECK(log.ask("POST", "/logs/levels?level=error")["now"]["level"] == "error");
  CHECK(log.ask("POST", "/logs/levels?level=configured")["now"]["level"] == "info");
  CHECK(log.ask("POST", "/logs/levels?level=loud")["error"]["kind"] == "invalid");
  CHECK(log.ask("POST", "/logs/levels?room=net")["error"]["kind"] == "invalid");
  CHECK(log.ask("GET", "/logs/levels")["now"]["rooms"]["net"] == "debug");
}
