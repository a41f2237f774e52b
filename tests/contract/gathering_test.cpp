// Threads of the program that serve many: calls that are begun together, and one bell for many answers.
#include "troupe/gathering.h"

#include <doctest/doctest.h>

#include <atomic>

#include "contract/distance.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

class Doorbell final : public Bell {
 public:
  void ring() noexcept override { ++rings; }
  std::atomic<int> rings{0};
};

}  // namespace

AT_EVERY_DISTANCE("calls that are begun together are answered, also while their thread waits for them") {
  constexpr int kCalls = 100;  // more than wait together
  std::vector<Call<Account::AddResults>> calls;
  const CallsTogether together;
  const CallsTogether within;

  for (int i = 0; i < kCalls; ++i)
    calls.push_back(distance.account("a" + std::to_string(i)).add([](auto p) { p.setAmount(7); }));

  for (auto& call : calls) CHECK(std::move(call).get()->getBalance() == 7);
}

AT_EVERY_DISTANCE("a bell that callbacks keep for later rings for all of them") {
  constexpr int kCalls = 50;
  const auto bell = std::make_shared<Doorbell>();
  std::atomic<int> answered{0}, unseen{0};

  for (int i = 0; i < kCalls; ++i) {
    distance.account("a").add([](auto p) { p.setAmount(1); }).then([&](const auto&) {
      ++unseen;
      ++answered;
      if (!ring_later(bell)) bell->ring();
    });
  }
  // Whoever is woken by the bell sees what was answered before it.
  const auto until = std::chrono::steady_clock::now() + 20s;
  for (int heard = 0; answered < kCalls || unseen > 0;) {
    REQUIRE(std::chrono::steady_clock::now() < until);
    if (const int now = bell->rings; now != heard) heard = now, unseen = 0;
    std::this_thread::yield();
  }

  CHECK(distance.balance("a") == kCalls);
  CHECK(bell->rings <= kCalls);
}

TEST_CASE("a bell outside of callbacks is not kept") {
  const auto bell = std::make_shared<Doorbell>();

  CHECK_FALSE(ring_later(bell));
  CHECK_FALSE(ring_later(nullptr));
  CHECK(bell->rings == 0);
}

TEST_CASE("a thread that stops a node begins what it holds back, and what it held ends") {
  const testing::ScratchDirectory directory;
  auto node = std::make_unique<Node>(NodeConfig{.name = "solo", .data_dir = directory / "solo", .threads = 2});
  host_cast(*node);
  node->start();
  constexpr int kCalls = 5;
  std::atomic<int> done{0}, refused{0};
  const CallsTogether together;
  for (int i = 0; i < kCalls; ++i) {
    node->ref<Account>("a" + std::to_string(i)).add([](auto p) { p.setAmount(1); }).then([&](const auto& result) {
      ++(result.ok() ? done : refused);
    });
  }

  const auto begun = std::chrono::steady_clock::now();
  const auto report = node->stop(20s);
  const auto took = std::chrono::steady_clock::now() - begun;
  node.reset();

  CHECK(report.complete);
  CHECK(report.turns_ended == 0);
  CHECK(done + refused == kCalls);
  CHECK(took < 10s);
}
