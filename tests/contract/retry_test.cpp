// Lost nodes: what is called again under the same id, and what is said when nobody can know.
#include <doctest/doctest.h>

#include <sys/wait.h>

#include "contract/distance.h"

using namespace troupe;
using namespace troupe::contract;

TEST_CASE("a durable call that is interrupted by its node's death runs again and counts once") {
  Distance distance(Length::processes);
  distance.add("a", 1);
  auto interrupted = distance.account("a").addAround([](auto p) { p.setAmount(10), p.setLatch("l"); }).future();
  distance.wait_for_arrivals("l", 1);

  distance.kill_owner();
  distance.start_owner();
  distance.wait_for_arrivals("l", 1);
  distance.open("l");

  CHECK(interrupted.get()->getBalance() == 11);
  CHECK(distance.balance("a") == 11);
}

TEST_CASE("a turn that runs again repeats none of the calls it had made") {
  Distance distance(Length::processes);
  auto interrupted =
      distance.account("a").addElsewhere([](auto p) { p.setAmount(10), p.setTo("b"), p.setLatch("l"); }).future();
  distance.wait_for_arrivals("l", 1);
  CHECK(distance.balance("b") == 10);

  distance.kill_owner();
  distance.start_owner();
  distance.wait_for_arrivals("l", 1);
  distance.open("l");

  (void)interrupted.get();
  CHECK(distance.balance("b") == 10);
}

TEST_CASE("a call that keeps nothing ends with unknown_outcome when its node is lost") {
  Distance distance(Length::processes);
  auto lost = distance.desk("d").count([](auto p) { p.setLatch("l"); }).future();
  distance.wait_for_arrivals("l", 1);

  distance.kill_owner();
  const Error error = error_of([&] { return lost.get(); });

  CHECK(error.kind() == ErrorKind::unknown_outcome);
  CHECK(error.may_have_run());
  CHECK(error.message().find("owner") != std::string::npos);
}

TEST_CASE("readOnly and retry methods are called again when their node is lost") {
  Distance distance(Length::processes);
  auto reader = distance.account("a").readAround([](auto p) { p.setLatch("l"); }).future();
  auto again = distance.desk("d").countAgain([](auto p) { p.setLatch("l"); }).future();
  distance.wait_for_arrivals("l", 2);

  distance.kill_owner();
  distance.start_owner();
  distance.wait_for_arrivals("l", 2);
  distance.open("l");

  CHECK(at_once(reader.get())->getAfter() == 0);
  CHECK(again.get()->getCalls() == 1);
}

TEST_CASE("calls made while a node is away wait for its return") {
  Distance distance(Length::processes);
  distance.add("a", 1);
  distance.kill_owner();
  REQUIRE(eventually([&] { return !distance.node().connected(); }));
  std::vector<std::future<Reply<Account::AddResults>>> parked;
  for (int i = 0; i < 20; ++i) parked.push_back(distance.account("a").add([](auto p) { p.setAmount(1); }).future());

  distance.start_owner();

  for (auto& reply : parked) (void)reply.get();
  CHECK(distance.balance("a") == 21);
}

TEST_CASE("what was acknowledged before a node's death is there after it") {
  Distance distance(Length::processes);
  for (int round = 1; round <= 3; ++round) {
    for (int i = 0; i < 10; ++i) distance.add("a" + std::to_string(i), 1);

    distance.kill_owner();
    distance.start_owner();

    for (int i = 0; i < 10; ++i) CHECK(distance.balance("a" + std::to_string(i)) == round);
  }
}

TEST_CASE("a node killed while the link carries calls loses none and repeats none") {
  Distance distance(Length::processes);
  std::vector<std::future<Reply<Account::AddResults>>> calls;
  for (int i = 0; i < 600; ++i) {
    // No more than an actor remembers are under way to each.
    calls.push_back(distance.account("a" + std::to_string(i % 40)).add([](auto p) { p.setAmount(1); }).future());
    if (i == 300) distance.kill_owner();
  }
  distance.start_owner();

  for (auto& call : calls) (void)call.get();

  for (int i = 0; i < 40; ++i) CHECK(distance.balance("a" + std::to_string(i)) == 15);
}

AT_EVERY_DISTANCE("calls with one idempotency key run once, whoever makes them") {
  auto first = distance.account("a");
  first.idempotency_key("payment-1");
  CHECK(first.add([](auto p) { p.setAmount(5); }).get()->getBalance() == 5);
  distance.add("a", 100);

  auto again = distance.account("a");
  again.idempotency_key("payment-1");
  auto other = distance.account("a");
  other.idempotency_key("payment-2");

  CHECK(again.add([](auto p) { p.setAmount(5); }).get()->getBalance() == 5);
  CHECK(first.add([](auto p) { p.setAmount(5); }).get()->getBalance() == 5);
  CHECK(other.add([](auto p) { p.setAmount(5); }).get()->getBalance() == 110);
}

AT_EVERY_DISTANCE("a copy of a reference keeps its idempotency key and its timeout") {
  auto first = distance.account("a");
  first.idempotency_key("payment-1");
  const auto five = [](auto p) { p.setAmount(5); };
  CHECK(first.add(five).get()->getBalance() == 5);
  distance.add("a", 100);

  const auto copied = first;
  auto assigned = distance.account("b");
  assigned = first;
  auto captured = [first, five] { return first.add(five).get()->getBalance(); };
  first.timeout(200ms);
  auto hurried = first;

  CHECK(copied.add(five).get()->getBalance() == 5);
  CHECK(assigned.add(five).get()->getBalance() == 5);
  CHECK(captured() == 5);
  hurried.idempotency_key("payment-2");
  const auto slow = [](auto p) { p.setAmount(5), p.setLatch("l"); };
  const auto begin = std::chrono::steady_clock::now();
  CHECK(error_of([&] { return hurried.addAround(slow).get(); }).kind() == ErrorKind::deadline);
  CHECK(std::chrono::steady_clock::now() - begin < NodeConfig{}.default_timeout);
}

AT_EVERY_DISTANCE("an idempotency key past what is remembered is answered with unknown_outcome, if its age is told") {
  auto first = distance.node().ref<Forgetful>("f");
  const auto used = std::chrono::system_clock::now();
  first.idempotency_key("k", used);
  (void)first.add([](auto p) { p.setAmount(1); }).get();
  for (int i = 0; i < 20; ++i) (void)distance.node().ref<Forgetful>("f").add([](auto p) { p.setAmount(1); }).get();

  const Error error = error_of([&] { return first.add([](auto p) { p.setAmount(1); }).get(); });
  auto anew = distance.node().ref<Forgetful>("f");
  anew.idempotency_key("k");

  CHECK(error.kind() == ErrorKind::unknown_outcome);
  std::int64_t balance = 0;
  CHECK(eventually([&] {  // once the clock has passed the millisecond in which the last reply was forgotten
    auto result = anew.add([](auto p) { p.setAmount(1); }).future();
    try {
      balance = result.get()->getBalance();
    } catch (const Error&) {
      return false;
    }
    return true;
  }));
  CHECK(balance == 22);
}

TEST_CASE("an idempotency key has a length") {
  Distance distance(Length::pointer);
  auto account = distance.account("a");

  CHECK(error_of([&] {
          account.idempotency_key("");
          return 0;
        }).kind() == ErrorKind::invalid);
  CHECK(error_of([&] {
          account.idempotency_key(std::string(257, 'k'));
          return 0;
        }).kind() == ErrorKind::invalid);
}

TEST_CASE("what an idempotency key did is known after its node's death") {
  Distance distance(Length::processes);
  auto account = distance.account("a");
  account.idempotency_key("payment-1");
  (void)account.add([](auto p) { p.setAmount(5); }).get();

  distance.kill_owner();
  distance.start_owner();

  CHECK(account.add([](auto p) { p.setAmount(5); }).get()->getBalance() == 5);
  CHECK(distance.balance("a") == 5);
}
