// Every call ends in time, and says whether it may have run.
#include <doctest/doctest.h>

#include "contract/distance.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

template <class R>
Ref<R> hurried(Ref<R> ref, std::chrono::milliseconds timeout = 80ms) {
  ref.timeout(timeout);
  return ref;
}

}  // namespace

AT_EVERY_DISTANCE("a call past its deadline ends, and may have run") {
  const Error error = error_of([&] { return hurried(distance.latch("l")).pass().get(); });

  CHECK(error.kind() == ErrorKind::deadline);
  CHECK(error.may_have_run());
  CHECK(error.message().find("Latch/l.pass") != std::string::npos);
}

AT_EVERY_DISTANCE("get() that waits no longer ends the call") {
  const auto start = std::chrono::steady_clock::now();

  const Error error = error_of([&] { return distance.latch("l").pass().get(50ms); });

  CHECK(error.kind() == ErrorKind::deadline);
  CHECK(std::chrono::steady_clock::now() - start < 5s);
}

AT_EVERY_DISTANCE("a method's own timeout holds where the caller names none") {
  const Error error = error_of([&] { return distance.desk("d").slow([](auto p) { p.setLatch("l"); }).get(); });

  CHECK(error.kind() == ErrorKind::deadline);
}

AT_EVERY_DISTANCE("work whose deadline passed while it waited is not started") {
  auto first = distance.account("a").addAround([](auto p) { p.setAmount(1), p.setLatch("l"); }).future();
  distance.wait_for_arrivals("l", 1);
  const Error error =
      error_of([&] { return hurried(distance.account("a")).add([](auto p) { p.setAmount(100); }).get(); });

  distance.open("l");

  CHECK(error.kind() == ErrorKind::deadline);
  CHECK(first.get()->getBalance() == 1);
  CHECK(distance.balance("a") == 1);
}

AT_EVERY_DISTANCE("a nested call ends with the deadline of the call above it") {
  // Either of the two may hear of it first: the turn then ends with the nested call's error, or is cut short.
  auto outer = hurried(distance.desk("d")).relay([](auto p) { p.setLatch("l"); }).future();
  outer.wait();

  // The nested call named no timeout of its own; the default is ten seconds.
  const auto start = std::chrono::steady_clock::now();
  CHECK(eventually([&] {
    auto ending = distance.desk("d").ending().get();
    return ending->getKind() == "deadline" || ending->getKind() == "cut short";
  }));
  CHECK(std::chrono::steady_clock::now() - start < 5s);
}

AT_EVERY_DISTANCE("an actor whose caller gave up is free for the next call") {
  (void)error_of([&] { return hurried(distance.desk("d")).hold([](auto p) { p.setLatch("l"); }).get(); });

  CHECK(distance.desk("d").count([](auto) {}).get()->getCalls() == 1);
}

TEST_CASE("a full mailbox refuses at once, and keeps what it holds") {
  Distance distance(Length::bytes, [](NodeConfig& config) { config.max_mailbox = 5; });
  auto first = distance.account("a").addAround([](auto p) { p.setAmount(1), p.setLatch("l"); }).future();
  distance.wait_for_arrivals("l", 1);
  std::vector<std::future<Reply<Account::AddResults>>> waiting;
  for (int i = 0; i < 5; ++i) waiting.push_back(distance.account("a").add([](auto p) { p.setAmount(1); }).future());
  // What may interleave does not wait in the mailbox. When it is answered, those that came before it do.
  CHECK(eventually([&] {
    try {
      return distance.balance("a") == 0;
    } catch (const Error&) {  // the mailbox is full of what has not been taken in
      return false;
    }
  }));

  const Error error = error_of([&] { return distance.account("a").add([](auto p) { p.setAmount(1); }).get(); });

  CHECK(error.kind() == ErrorKind::overloaded);
  CHECK_FALSE(error.may_have_run());
  CHECK(error.retry_after() > 0ms);
  CHECK(error.message().find("Account/a") != std::string::npos);
  CHECK(distance.balance("a") == 0);
  distance.open("l");
  CHECK(first.get()->getBalance() == 1);
  for (int i = 0; i < 5; ++i) CHECK(waiting[static_cast<std::size_t>(i)].get()->getBalance() == i + 2);
}

TEST_CASE("calls for a node that is not there wait until their deadline and did not run") {
  Node caller({.name = "caller",
               .members = {{.name = "owner", .port = testing::free_port()},
                           {.name = "caller", .port = testing::free_port(), .client = true}}});
  caller.start();
  auto desk = hurried(caller.ref<Desk>("d"));

  const Error error = error_of([&] { return desk.count([](auto) {}).get(); });

  CHECK(error.kind() == ErrorKind::unavailable);
  CHECK_FALSE(error.may_have_run());
  CHECK_FALSE(caller.connected());
}
