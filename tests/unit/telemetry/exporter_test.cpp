// The exporter: what goes out in what batches, what is tried again, what is dropped and counted.
#include "telemetry/exporter.h"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

using namespace troupe;
using namespace troupe::telemetry;
using namespace std::chrono_literals;

namespace {

SpanPtr span_named(const std::string& name) { return std::make_shared<const SpanData>(SpanData{.name = name}); }

// A collector that answers as it is told, and says when it was asked.
class ToldCollector {
 public:
  Delivered take(const std::string& body) {
    std::unique_lock lock(mutex_);
    bodies_.push_back(body);
    changed_.notify_all();
    changed_.wait(lock, [&] { return !held_; });
    if (answers_.empty()) return {.done = true};
    Delivered next = answers_.front();
    answers_.erase(answers_.begin());
    return next;
  }
  PostSpans post() {
    return [this](const std::string& body) { return take(body); };
  }
  void answer(std::vector<Delivered> answers) { answers_ = std::move(answers); }
  void hold(bool yes) {
    const std::lock_guard lock(mutex_);
    held_ = yes;
    changed_.notify_all();
  }
  bool wait_for(std::size_t bodies) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 20s, [&] { return bodies_.size() >= bodies; });
  }
  std::size_t asked() {
    const std::lock_guard lock(mutex_);
    return bodies_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> bodies_;
  std::vector<Delivered> answers_;
  bool held_ = false;
};

Exporter::Options options_to(ToldCollector& collector) {
  Exporter::Options options;
  options.every = 1ms;
  options.backoff = 1ms;
  options.most_backoff = 1ms;
  options.post = collector.post();
  return options;
}

}  // namespace

TEST_CASE("a batch that is not full goes after a while, and what is left goes at the end") {
  ToldCollector collector;
  Exporter exporter(options_to(collector));

  exporter.offer(span_named("a"));
  REQUIRE(collector.wait_for(1));
  exporter.offer(span_named("b"));
  exporter.end();

  CHECK(exporter.counts().exported == 2);
  CHECK(exporter.counts().dropped == 0);
}

TEST_CASE("what the collector cannot take now is tried again, with the same spans") {
  ToldCollector collector;
  collector.answer({{.again = true, .why = "is busy"}, {.again = true, .why = "is busy"}});
  Exporter exporter(options_to(collector));

  exporter.offer(span_named("a"));
  REQUIRE(collector.wait_for(3));
  exporter.end();

  CHECK(exporter.counts().exported == 1);
  CHECK(exporter.counts().dropped == 0);
}

TEST_CASE("what the collector refuses is dropped, counted, and said once") {
  ToldCollector collector;
  collector.answer({{.why = "answered 400"}, {.why = "answered 400"}});
  std::atomic<int> lines{0};
  auto options = options_to(collector);
  options.log = [&](const LogLine&) { ++lines; };
  Exporter exporter(options);

  exporter.offer(span_named("a"));
  REQUIRE(collector.wait_for(1));
  exporter.offer(span_named("b"));
  REQUIRE(collector.wait_for(2));
  exporter.end();

  CHECK(exporter.counts().dropped == 2);
  CHECK(exporter.counts().last_error == "of the collector: answered 400");
  CHECK(lines == 1);
}

TEST_CASE("a collector that never takes it is tried so often and no more") {
  ToldCollector collector;
  collector.answer(std::vector<Delivered>(100, {.again = true, .why = "is busy"}));
  Exporter exporter(options_to(collector));

  exporter.offer(span_named("a"));
  REQUIRE(collector.wait_for(Exporter::kMostTries));
  exporter.end();

  CHECK(collector.asked() == Exporter::kMostTries);
  CHECK(exporter.counts().dropped == 1);
}

TEST_CASE("a full queue drops what comes, and whoever offers does not wait") {
  ToldCollector collector;
  collector.hold(true);
  auto options = options_to(collector);
  options.queue = 2;
  options.batch = 1;
  Exporter exporter(options);

  exporter.offer(span_named("under way"));
  REQUIRE(collector.wait_for(1));
  for (int i = 0; i < 5; ++i) exporter.offer(span_named("waits"));

  CHECK(exporter.counts().waiting == 2);
  CHECK(exporter.counts().dropped == 3);
  collector.hold(false);
  exporter.end();
  CHECK(exporter.counts().exported == 3);
}

TEST_CASE("the host's sink gets the spans themselves, without any collector") {
  std::mutex mutex;
  std::vector<std::string> names;
  Exporter::Options options;
  options.every = 1ms;
  options.sink = [&](std::span<const SpanData> spans) {
    const std::lock_guard lock(mutex);
    for (const SpanData& span : spans) names.push_back(span.name);
  };
  Exporter exporter(options);

  exporter.offer(span_named("a"));
  exporter.offer(span_named("b"));
  exporter.end();

  CHECK(names == std::vector<std::string>{"a", "b"});
  CHECK(exporter.counts().exported == 2);
}

TEST_CASE("what is offered after the end is dropped, and a second end does nothing") {
  ToldCollector collector;
  Exporter exporter(options_to(collector));
  exporter.end();
  exporter.end();

  exporter.offer(span_named("late"));

  CHECK(exporter.counts().dropped == 1);
  CHECK(collector.asked() == 0);
}

TEST_CASE("pauses between tries double up to the most, and chance takes up to half of one") {
  CHECK(export_pause(1s, 30s, 1, 0) == 1s);
  CHECK(export_pause(1s, 30s, 3, 0) == 4s);
  CHECK(export_pause(1s, 30s, 20, 0) == 30s);
  CHECK(export_pause(1s, 30s, 1, 1) == 500ms);
  CHECK(export_pause(1s, 30s, 0, 0) == 1s);
}
