// Calls of host threads: who ends them, once, and what the caller hears.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "call/host_call.h"
#include "troupe/service.h"

using namespace troupe;
using namespace troupe::call;
using namespace std::chrono_literals;

namespace {

const ServiceInfo& service() {
  static const MethodInfo methods[] = {{"reserve", 0, false, false, false, 0, nullptr, {}}};
  static const ServiceInfo stock{"Stock", "stock.capnp", 0x5eed, 0, 0, 0, 0, 0, methods, 1, nullptr, nullptr};
  return stock;
}

class NoSink final : public wire::CallSink {
 public:
  NoSink() : CallSink(origin_) {}
  void deliver(wire::EnvelopePtr) noexcept override {}
  void deliver_watched(wire::EnvelopePtr) noexcept override {}

 private:
  wire::CallOrigin origin_{system_clock(), std::chrono::seconds(10), 1};
};

const TimePoint kStart{1h};

wire::EnvelopePtr host_call(NoSink& sink, TimePoint deadline) {
  auto call = make_counted<wire::Envelope>();
  call->target = make_counted<wire::Address>(sink, service(), service().id, "sku-1", PartitionId{1});
  call->reply_to = make_counted<HostCall>();
  call->deadline = deadline;
  return call;
}

HostCall& host(const wire::EnvelopePtr& call) { return static_cast<HostCall&>(*call->reply_to); }

}  // namespace

TEST_CASE("the watch ends what is late, and nothing else") {
  NoSink sink;
  DeadlineWheel watch;
  auto soon = host_call(sink, kStart + 10ms);
  auto later = host_call(sink, kStart + 1h);
  REQUIRE(watch.add(*soon));
  REQUIRE(watch.add(*later));

  watch.end_late(kStart + 10ms);

  CHECK(host(soon).wait(0ns));
  CHECK_FALSE(host(later).wait(0ns));
  CHECK(watch.size() == 1);
  wire::answer(wire::EnvelopePtr(later));
  CHECK(watch.size() == 0);
}

TEST_CASE("a late call that was never handed on did not run; one that was may have") {
  NoSink sink;
  DeadlineWheel watch;
  auto parked = host_call(sink, kStart);
  auto gone = host_call(sink, kStart);
  gone->went_to = 0;
  REQUIRE(watch.add(*parked));
  REQUIRE(watch.add(*gone));

  watch.end_late(kStart + 1ms);

  CHECK(parked->caller_error->kind() == ErrorKind::unavailable);
  CHECK_FALSE(parked->caller_error->may_have_run());
  CHECK(gone->caller_error->kind() == ErrorKind::deadline);
  CHECK(gone->caller_error->may_have_run());
}

TEST_CASE("end_all ends every call with the reason") {
  NoSink sink;
  DeadlineWheel watch;
  std::vector<wire::EnvelopePtr> calls;
  for (int i = 0; i < 10; ++i) {
    calls.push_back(host_call(sink, kStart + 1h));
    REQUIRE(watch.add(*calls.back()));
  }

  watch.end_all(Error(ErrorKind::unavailable, "over"));

  for (const auto& call : calls) CHECK(call->caller_error->message() == "over");
  CHECK(watch.size() == 0);
}

TEST_CASE("answered and late at the same moment: the caller hears one of them, once") {
  NoSink sink;
  DeadlineWheel watch;
  for (int round = 0; round < 2000; ++round) {
    auto call = host_call(sink, kStart);
    call->went_to = 0;
    REQUIRE(watch.add(*call));
    std::atomic<int> heard{0};
    host(call).on_end([&] { ++heard; });
    std::atomic<bool> go{false};
    std::thread late([&] {
      while (!go) {
      }
      watch.end_late(kStart + 1ms);
    });
    std::thread answer([&, copy = call]() mutable {
      while (!go) {
      }
      wire::answer(std::move(copy), Error(ErrorKind::refused, "no", "no"));
    });

    go = true;
    late.join();
    answer.join();

    REQUIRE(heard == 1);
    REQUIRE((call->caller_error || call->error));
    REQUIRE(watch.size() == 0);
  }
}

TEST_CASE("a callback given after the end runs at once") {
  NoSink sink;
  auto call = host_call(sink, kStart);
  wire::answer(wire::EnvelopePtr(call));
  int heard = 0;

  host(call).on_end([&] { ++heard; });

  CHECK(heard == 1);
}

TEST_CASE("a call that is dropped leaves the watch") {
  NoSink sink;
  DeadlineWheel watch;
  REQUIRE(watch.add(*host_call(sink, kStart)));

  CHECK(watch.size() == 0);
}

TEST_CASE("the watch says when to look next, and an earlier call wakes whoever sleeps until then") {
  NoSink sink;
  DeadlineWheel watch;
  int woken = 0;
  watch.wake_with([&] { ++woken; });
  watch.end_late(kStart);
  CHECK(watch.next_look() == TimePoint::max());

  auto later = host_call(sink, kStart + 5s);
  REQUIRE(watch.add(*later));
  CHECK(woken == 1);
  CHECK(watch.next_look() > kStart + 5s);
  CHECK(watch.next_look() <= kStart + 5s + DeadlineWheel::kGrain);

  auto latest = host_call(sink, kStart + 6s);
  REQUIRE(watch.add(*latest));
  CHECK(woken == 1);
  auto soon = host_call(sink, kStart + 1s);
  REQUIRE(watch.add(*soon));
  CHECK(woken == 2);

  watch.end_late(watch.next_look());
  CHECK(host(soon).wait(0ns));
  CHECK_FALSE(host(later).wait(0ns));
  watch.end_late(watch.next_look());
  CHECK(host(later).wait(0ns));
  CHECK(watch.size() == 1);
  watch.end_all(Error(ErrorKind::unavailable, "over"));
}

TEST_CASE("a deadline rounds of the wheel ahead is kept") {
  NoSink sink;
  DeadlineWheel watch;
  watch.end_late(kStart);
  auto far = host_call(sink, kStart + 1h);
  REQUIRE(watch.add(*far));

  for (TimePoint now = watch.next_look(); now < kStart + 1h; now = watch.next_look()) {
    watch.end_late(now);
    REQUIRE_FALSE(host(far).wait(0ns));
    REQUIRE(watch.next_look() > now);
  }

  watch.end_late(kStart + 1h);
  CHECK(host(far).wait(0ns));
}

TEST_CASE("many threads may watch and end calls at once") {
  NoSink sink;
  DeadlineWheel watch;
  std::vector<std::thread> threads;
  std::atomic<int> ended{0};
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        auto call = host_call(sink, kStart + (i % 2 ? 0ms : 1h));
        (void)watch.add(*call);
        if (i % 2 == 0) wire::answer(wire::EnvelopePtr(call));
        if (i % 50 == 0) watch.end_late(kStart + 1ms);
        while (i % 2 == 1 && i % 3 == 0 && !host(call).wait(0ns)) watch.end_late(kStart + 1ms);
        if (host(call).wait(0ns)) ++ended;
      }
    });
  }
  for (auto& thread : threads) thread.join();

  CHECK(watch.size() == 0);
  CHECK(ended >= 3000);
}
