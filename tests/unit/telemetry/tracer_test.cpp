// What the tracer decides: who is recorded, what names spans get, what is kept and what is let go.
#include "telemetry/tracer.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "telemetry/open_span.h"
#include "troupe/limits.h"

using namespace troupe;
using namespace troupe::telemetry;

namespace {

class SteppedClock final : public Clock {
 public:
  TimePoint now() const noexcept override { return TimePoint(ms); }
  std::uint64_t wall_ms() const noexcept override { return 1'000'000 + static_cast<std::uint64_t>(ms.count()); }
  std::chrono::milliseconds ms{0};
};

RequestId request(std::uint64_t number) { return {mix(number), number}; }

int sampled_of(const Tracer& tracer, int all) {
  int sampled = 0;
  for (int i = 0; i < all; ++i) sampled += tracer.samples(request(static_cast<std::uint64_t>(i))) ? 1 : 0;
  return sampled;
}

}  // namespace

TEST_CASE("the head records as many traces as its ratio says, all at 1 and none at 0") {
  const SteppedClock clock;
  const auto sampled_at = [&](double share) { return sampled_of(Tracer({.sample = share}, clock, "n", 7), 10'000); };

  CHECK(sampled_at(1) == 10'000);
  CHECK(sampled_at(0) == 0);
  CHECK(sampled_at(0.01) > 50);
  CHECK(sampled_at(0.01) < 200);
  CHECK(sampled_at(0.5) > 4'500);
  CHECK(sampled_at(0.5) < 5'500);
}

TEST_CASE("the head decides the same about one id as often as it is asked") {
  const SteppedClock clock;
  const Tracer tracer({.sample = 0.3}, clock, "n", 7);

  CHECK(sampled_of(tracer, 1'000) == sampled_of(tracer, 1'000));
}

TEST_CASE("spans get ids of their own, none of them zeros") {
  const SteppedClock clock;
  Tracer tracer({}, clock, "n", 7);
  std::set<SpanId> ids;

  for (int i = 0; i < 10'000; ++i) ids.insert(tracer.new_span());

  CHECK(ids.size() == 10'000);
  CHECK(ids.count(SpanId{}) == 0);
  CHECK(tracer.new_trace().flags == 1);
  CHECK(tracer.new_trace().trace_id != tracer.new_trace().trace_id);
}

TEST_CASE("what is kept of a call that nobody sampled has ids that derive from its own") {
  CHECK(derived_trace(request(1)).trace_id == derived_trace(request(1)).trace_id);
  CHECK(derived_trace(request(1)).trace_id != derived_trace(request(2)).trace_id);
  CHECK(derived_span(request(1), Side::caller) != derived_span(request(1), Side::callee));
  CHECK(derived_trace(request(1)).flags == 0);
}

TEST_CASE("the ring keeps the newest spans and counts those that made room") {
  const SteppedClock clock;
  Tracer tracer({.keep = 3}, clock, "n", 7);

  for (int i = 0; i < 5; ++i) tracer.take({.name = "span " + std::to_string(i)});

  REQUIRE(tracer.ring().size() == 3);
  CHECK(tracer.ring().all().front()->name == "span 2");
  CHECK(tracer.ring().all().back()->name == "span 4");
  CHECK(tracer.ring().added() == 5);
  CHECK(tracer.ring().overwritten() == 2);
}

TEST_CASE("a ring of no spans keeps none and tells who listens") {
  const SteppedClock clock;
  Tracer tracer({.keep = 0}, clock, "n", 7);
  std::string heard;
  tracer.ring().listen([&](const SpanPtr& span) { heard = span->name; });

  tracer.take({.name = "one"});

  CHECK(heard == "one");
  CHECK(tracer.ring().size() == 0);
}

TEST_CASE("in one second only so many unsampled spans are kept, and the rest is counted") {
  SteppedClock clock;
  Tracer tracer({}, clock, "n", 7);
  unsigned kept = 0;

  for (int i = 0; i < 1'000; ++i) kept += tracer.may_keep_unsampled() ? 1 : 0;

  CHECK(kept == limits::kMaxUnsampledSpansPerSecond);
  CHECK(tracer.unsampled_dropped() == 1'000 - limits::kMaxUnsampledSpansPerSecond);
  clock.ms += std::chrono::seconds(1);
  CHECK(tracer.may_keep_unsampled());
}

TEST_CASE("times of spans are of the wall clock, also after that was set") {
  SteppedClock clock;
  Tracer tracer({}, clock, "n", 7);

  CHECK(tracer.wall_ns(TimePoint(std::chrono::milliseconds(5))) == 1'000'005'000'000);
}

TEST_CASE("a turn is slow from TracingConfig::slow on, and none is at zero") {
  SteppedClock clock;
  const Tracer tracer({.slow = std::chrono::milliseconds(100)}, clock, "n", 7);
  const Tracer never({.slow = std::chrono::milliseconds(0)}, clock, "n", 7);

  clock.ms = std::chrono::milliseconds(99);
  CHECK_FALSE(tracer.is_slow_since(TimePoint{}));
  clock.ms = std::chrono::milliseconds(100);
  CHECK(tracer.is_slow_since(TimePoint{}));
  CHECK_FALSE(never.is_slow_since(TimePoint{}));
}

TEST_CASE("attributes are replaced by name, cut to their limits, and no more than so many") {
  SpanData span;
  set_attribute(span, "a", std::int64_t{1});
  set_attribute(span, "a", std::int64_t{2});
  set_attribute(span, "", std::int64_t{3});
  set_attribute(span, "long", std::string(1'000, 'x'));

  REQUIRE(span.attributes.size() == 2);
  CHECK(span.attributes[0].value == AttributeValue(std::int64_t{2}));
  CHECK(std::get<std::string>(span.attributes[1].value).size() == limits::kMaxSpanTextBytes);

  for (int i = 0; i < 100; ++i) set_attribute(span, "n" + std::to_string(i), true);
  CHECK(span.attributes.size() == limits::kMaxSpanAttributes);
}

TEST_CASE("a text is not cut within a character") {
  CHECK(cut("a\xc3\xa4z", 2) == "a");
  CHECK(cut("a\xc3\xa4z", 3) == "a\xc3\xa4");
  CHECK(cut("abc", 0).empty());
}

TEST_CASE("a refusal is no failure, and neither is what its caller gave up") {
  for (const auto kind : {ErrorKind::refused, ErrorKind::invalid, ErrorKind::denied, ErrorKind::cancelled})
    CHECK_FALSE(is_failure(Error(kind, "no")));
  for (const auto kind : {ErrorKind::failed, ErrorKind::unavailable, ErrorKind::deadline, ErrorKind::overloaded})
    CHECK(is_failure(Error(kind, "no")));
}

TEST_CASE("a host's span of a trace that is not recorded is kept when it failed, and says why") {
  const SteppedClock clock;
  Tracer tracer({}, clock, "n", 7);
  const auto end_one = [&](SpanStatus status) {
    detail::OpenSpan span{.tracer = &tracer, .sampled = false};
    span.data.status = status;
    span.end();
    span.end();
  };

  end_one(SpanStatus::ok);
  CHECK(tracer.ring().size() == 0);
  end_one(SpanStatus::error);
  REQUIRE(tracer.ring().size() == 1);
  CHECK(tracer.ring().all()[0]->attributes ==
        std::vector<SpanAttribute>{{"troupe.kept", AttributeValue(std::string("error"))}});
}
