// What a mailbox does with calls that no well-behaved caller on this node would make: retries while the first attempt
// still runs, retries of what was forgotten, methods that do not exist.
#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <vector>

#include "actor/visitors.h"
#include "base/limits.h"
#include "contract/cast.h"
#include "core_node.h"
#include "troupe/testing.h"

using namespace troupe;
using namespace troupe::contract;
using namespace std::chrono_literals;

namespace {

class Home final : public Recipient {
 public:
  bool post(Mail* mail) noexcept override {
    auto call = wire::EnvelopePtr::adopt(static_cast<wire::Envelope*>(mail));
    const auto self = Ptr<Home>::share(this);
    call->reply_to = nullptr;  // or they would own each other
    answer.set_value(std::move(call));
    return true;
  }
  std::promise<wire::EnvelopePtr> answer;
};

class NodeOfAccounts : public testing::CoreNode {
 public:
  NodeOfAccounts() {
    host<Account>(make_account);
    host<Latch>(make_latch);
    start();
  }

  struct Attempt {
    std::uint64_t id;
    std::uint32_t attempt = 1;
    std::uint64_t first_sent_ms = system_clock().wall_ms();
    std::uint64_t sequence = 0;  // not 0: it is a durable message of that number
    actor::Visitors* from = nullptr;
  };
  // Puts a call of Account/a into its mailbox, as a link would.
  template <class Params, class Fill>
  [[nodiscard]] std::future<wire::EnvelopePtr> deliver(const Attempt& attempt, std::uint16_t method, Fill&& fill) {
    auto home = make_counted<Home>();
    auto answer = home->answer.get_future();
    auto call = make_counted<wire::Envelope>();
    call->target = address<Account>("a");
    call->method = method;
    call->id = {99, attempt.id};
    call->attempt = attempt.attempt;
    call->first_sent_ms = attempt.first_sent_ms;
    call->deadline = system_clock().now() + 60s;
    call->reply_to = std::move(home);
    fill(call->params.build().initAs<Params>());
    if (attempt.sequence != 0) {
      call->delivery = std::make_unique<wire::Delivery>(
          wire::DurableMessage{.channel = {1, 2}, .sender = "Account/sender", .sequence = attempt.sequence});
    }
    core().registry.deliver_here(std::move(call), attempt.from);
    return answer;
  }
  [[nodiscard]] std::future<wire::EnvelopePtr> add(const Attempt& attempt) {
    return deliver<Account::AddParams>(attempt, 0, [](auto p) { p.setAmount(1); });
  }
  void restart() {
    stop();
    start();
  }
  [[nodiscard]] std::int64_t balance() { return ref<Account>("a").balance().get()->getBalance(); }
  [[nodiscard]] std::uint32_t arrived() { return ref<Latch>("l").arrived().get()->getCount(); }
  void wait_for_arrivals(std::uint32_t turns) {
    REQUIRE(testing::eventually([&] { return arrived() == turns; }, 60s));
  }
};

std::int64_t balance_in(const wire::EnvelopePtr& answer) {
  return answer->results.read().getAs<Account::AddResults>().getBalance();
}

}  // namespace

TEST_CASE("a retry gets the answer of the first attempt, and adds nothing") {
  NodeOfAccounts node;
  CHECK(balance_in(node.add({.id = 1}).get()) == 1);
  CHECK(balance_in(node.add({.id = 2}).get()) == 2);

  CHECK(balance_in(node.add({.id = 1, .attempt = 2}).get()) == 1);

  CHECK(node.balance() == 2);
}

TEST_CASE("a message whose number jumps is refused, and the honest ones that follow it are taken") {
  NodeOfAccounts node;
  CHECK(balance_in(node.add({.id = 1, .sequence = 1}).get()) == 1);

  const auto forged = node.add({.id = 2, .sequence = limits::kMaxSequenceJump + 2}).get();

  REQUIRE(forged->error);
  CHECK(forged->error->kind() == ErrorKind::invalid);
  CHECK(forged->error->message().find("jumps: 1 was the last one that was taken") != std::string::npos);
  CHECK(balance_in(node.add({.id = 3, .sequence = 2}).get()) == 2);
  CHECK(balance_in(node.add({.id = 4, .sequence = limits::kMaxSequenceJump + 2}).get()) == 3);  // as far as is allowed
}

TEST_CASE("an activation counts for the peer whose call made it, until it leaves memory") {
  NodeOfAccounts node;
  const auto first = make_counted<actor::Visitors>(10), second = make_counted<actor::Visitors>(10);

  (void)node.add({.id = 1, .from = first.get()}).get();
  (void)node.add({.id = 2, .from = second.get()}).get();

  CHECK(first->count() == 1);
  CHECK(second->count() == 0);
  node.restart();
  CHECK(first->count() == 0);
}

TEST_CASE("a retry of a call that still runs waits for its end") {
  for (const std::uint16_t method :
       {std::uint16_t{3}, std::uint16_t{4}}) {  // addAround, and addBeside, which interleaves
    CAPTURE(method);
    NodeOfAccounts node;
    const auto fill = [](Account::AddAroundParams::Builder p) { p.setAmount(10), p.setLatch("l"); };
    auto first = node.deliver<Account::AddAroundParams>({.id = 1}, method, fill);
    node.wait_for_arrivals(1);
    auto again = node.deliver<Account::AddAroundParams>({.id = 1, .attempt = 2}, method, fill);

    (void)node.ref<Latch>("l").open().get();

    CHECK(balance_in(first.get()) == 10);
    CHECK(balance_in(again.get()) == 10);
    CHECK(node.balance() == 10);
    CHECK(node.arrived() == 1);
  }
}

TEST_CASE("of many calls that wait here each retry waits for its own") {
  constexpr std::uint64_t kCalls = 200;
  NodeOfAccounts node;
  const auto fill = [](Account::AddBesideParams::Builder p) { p.setAmount(1), p.setLatch("l"); };
  std::vector<std::future<wire::EnvelopePtr>> first, again;
  const auto call_all = [&](auto& answers, std::uint64_t from, std::uint32_t attempt) {
    for (std::uint64_t id = from; id <= kCalls; ++id)
      answers.push_back(node.deliver<Account::AddBesideParams>({.id = id, .attempt = attempt}, 4, fill));
  };
  call_all(first, 1, 1);
  node.wait_for_arrivals(kCalls);
  call_all(again, 1, 2);
  // One that was never here runs beside them.
  auto fresh = node.deliver<Account::AddBesideParams>({.id = kCalls + 1, .attempt = 2}, 4, fill);
  auto fresh_again = node.deliver<Account::AddBesideParams>({.id = kCalls + 1, .attempt = 3}, 4, fill);

  (void)node.ref<Latch>("l").open().get();

  for (std::uint64_t i = 0; i < kCalls; ++i) CHECK(balance_in(first[i].get()) == balance_in(again[i].get()));
  CHECK(balance_in(fresh.get()) == balance_in(fresh_again.get()));
  CHECK(node.balance() == static_cast<std::int64_t>(kCalls) + 1);
  CHECK(node.arrived() == kCalls + 1);
}

TEST_CASE("a retry of what may have been forgotten does not run") {
  NodeOfAccounts node;
  const auto before = system_clock().wall_ms();
  const std::uint64_t calls = limits::kRememberedReplies + 2 * limits::kRepliesInRecord;
  for (std::uint64_t id = 1; id <= calls; ++id) (void)node.add({.id = id}).get();

  const auto forgotten = node.add({.id = 1, .attempt = 2, .first_sent_ms = before}).get();
  const auto remembered = node.add({.id = calls, .attempt = 2, .first_sent_ms = before}).get();

  REQUIRE(forgotten->error);
  CHECK(forgotten->error->kind() == ErrorKind::unknown_outcome);
  CHECK_FALSE(remembered->error);
  CHECK(node.balance() == static_cast<std::int64_t>(calls));
}

TEST_CASE("as many replies as the limit says are remembered, across restarts of the actor too") {
  NodeOfAccounts node;
  const auto before = system_clock().wall_ms();
  const std::uint64_t calls = limits::kRememberedReplies + 100;
  for (std::uint64_t id = 1; id <= calls; ++id) (void)node.add({.id = id}).get();

  node.restart();
  for (std::uint64_t id = calls - limits::kRememberedReplies + 1; id <= calls; id += 37) {
    const auto again = node.add({.id = id, .attempt = 2, .first_sent_ms = before}).get();
    REQUIRE_FALSE(again->error);
    CHECK(balance_in(again) == static_cast<std::int64_t>(id));
  }

  CHECK(node.balance() == static_cast<std::int64_t>(calls));
}

TEST_CASE("a method that the service does not have is not found") {
  NodeOfAccounts node;
  for (const std::uint16_t method : {std::uint16_t{77}, wire::kNoMethod}) {
    const auto answer = node.deliver<Account::AddParams>({.id = 1}, method, [](auto) {}).get();

    REQUIRE(answer->error);
    CHECK(answer->error->kind() == ErrorKind::not_found);
  }
}

TEST_CASE("a call that was given up while it waited does not run") {
  NodeOfAccounts node;
  auto first = node.deliver<Account::AddAroundParams>({.id = 1}, 3, [](auto p) { p.setAmount(1), p.setLatch("l"); });
  node.wait_for_arrivals(1);
  auto account = node.ref<Account>("a");
  account.timeout(30ms);
  CHECK_THROWS_AS((void)account.add([](auto p) { p.setAmount(100); }).get(), Error);

  (void)node.ref<Latch>("l").open().get();

  CHECK(balance_in(first.get()) == 1);
  CHECK(node.balance() == 1);
}
