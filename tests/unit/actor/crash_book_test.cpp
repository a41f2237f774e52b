// What a node remembers of crashes has limits, and the newest stay.
#include "actor/crash_book.h"

#include <doctest/doctest.h>

#include "base/limits.h"

using namespace troupe;
using namespace troupe::actor;

namespace {

CrashReport report(const std::string& actor, std::uint64_t at_ms) {
  return {.actor = actor, .method = "reserve", .what = "boom", .at_ms = at_ms, .trace = {}};
}

const TimePoint kStart{std::chrono::hours(1)};

}  // namespace

TEST_CASE("the crashes of a node are remembered newest first, up to their limit") {
  CrashBook book;
  for (std::uint64_t i = 0; i < limits::kRestartHistory + 5; ++i)
    book.note(report("A/" + std::to_string(i % 7), i), {});

  const auto all = book.newest(limits::kRestartHistory * 2);

  REQUIRE(all.size() == limits::kRestartHistory);
  CHECK(all.front()->at_ms == limits::kRestartHistory + 4);
  CHECK(all.back()->at_ms == 5);
  CHECK(book.newest(3).size() == 3);
}

TEST_CASE("the crashes of an actor are remembered newest first, up to their limit") {
  CrashBook book;
  for (std::uint64_t i = 0; i < limits::kRestartHistoryPerActor + 3; ++i) book.note(report("A/a", i), {});
  book.note(report("A/b", 99), {});

  const auto of_a = book.of("A/a");

  REQUIRE(of_a.size() == limits::kRestartHistoryPerActor);
  CHECK(of_a.front()->at_ms == limits::kRestartHistoryPerActor + 2);
  CHECK(book.of("A/b").size() == 1);
  CHECK(book.of("A/c").empty());
}

TEST_CASE("of too many actors the one that crashed longest ago is forgotten") {
  CrashBook book;
  book.note(report("A/first", 1), {kStart});
  for (std::size_t i = 0; i < limits::kCrashedActors - 1; ++i) book.note(report("A/" + std::to_string(i), 2), {kStart});
  book.note(report("A/first", 3), book.take_times("A/first"));

  book.note(report("A/last", 4), {kStart});

  CHECK(book.take_times("A/first").size() == 1);
  CHECK(book.take_times("A/0").empty());
  CHECK(book.take_times("A/1").size() == 1);
}

TEST_CASE("what a crash says is cut at its limit") {
  CrashBook book;
  auto long_one = report("A/a", 1);
  long_one.what = std::string(limits::kMaxCrashText * 3, 'x');

  book.note(std::move(long_one), {});

  CHECK(book.of("A/a")[0]->what.size() == limits::kMaxCrashText);
}

TEST_CASE("forgiven crashes count no more, and are still told") {
  CrashBook book;
  book.note(report("A/a", 1), {kStart, kStart});

  book.forgive("A/a");

  CHECK(book.take_times("A/a").empty());
  CHECK(book.of("A/a").size() == 1);
}

TEST_CASE("the quarantined are listed by name, page after page") {
  CrashBook book;
  for (const char* actor : {"B/b", "A/z", "A/a"}) book.quarantine({nullptr, actor, 1, 2, "too often", "boom"});

  CHECK(book.quarantined("", 2)[1].actor == "A/z");
  CHECK(book.quarantined("A/z", 2).size() == 1);
  book.release("A/a");
  CHECK(book.quarantined("", 9).size() == 2);
  CHECK_FALSE(book.quarantine_of("A/a"));
  CHECK(book.quarantine_of("B/b")->until_ms == 2);
}
