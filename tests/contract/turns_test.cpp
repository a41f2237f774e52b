// One turn at a time, what may interleave, and what a turn sees of the state.
#include <doctest/doctest.h>

#include "contract/distance.h"

using namespace troupe;
using namespace troupe::contract;

AT_EVERY_DISTANCE("turns of one actor do not interleave, not even across co_await") {
  auto first = distance.account("a").addAround([](auto p) { p.setAmount(1), p.setLatch("l"); }).future();
  distance.wait_for_arrivals("l", 1);
  std::vector<std::future<Reply<Account::AddAroundResults>>> more;
  for (int i = 0; i < 20; ++i)
    more.push_back(distance.account("a").addAround([](auto p) { p.setAmount(1), p.setLatch("l"); }).future());

  CHECK(distance.latch("l").arrived().get()->getCount() == 1);
  distance.open("l");

  CHECK(first.get()->getBalance() == 1);
  for (auto& reply : more) (void)reply.get();
  CHECK(distance.balance("a") == 21);
}

AT_EVERY_DISTANCE("a readOnly method runs beside a turn that waits, and sees what was committed") {
  distance.add("a", 5);
  auto turn = distance.account("a").editBeside([](auto p) { p.setAmount(10), p.setLatch("l"); }).future();
  distance.wait_for_arrivals("l", 1);

  CHECK(distance.balance("a") == 5);

  distance.open("l");
  CHECK(turn.get()->getBalance() == 15);
  CHECK(distance.balance("a") == 15);
}

AT_EVERY_DISTANCE("a readOnly method runs beside an exclusive turn that waits") {
  auto turn = distance.account("a").addAround([](auto p) { p.setAmount(1), p.setLatch("l"); }).future();
  distance.wait_for_arrivals("l", 1);

  CHECK(distance.balance("a") == 0);

  distance.open("l");
  (void)turn.get();
}

AT_EVERY_DISTANCE("reentrant methods run beside a turn that waits, and no update is lost") {
  auto exclusive = distance.desk("d").hold([](auto p) { p.setLatch("l"); }).future();
  std::vector<std::future<Reply<Account::AddBesideResults>>> turns;
  for (int i = 0; i < 10; ++i)
    turns.push_back(distance.account("a").addBeside([](auto p) { p.setAmount(1), p.setLatch("l"); }).future());
  distance.wait_for_arrivals("l", 11);

  distance.add("a", 100);  // an exclusive turn starts beside reentrant ones that wait
  distance.open("l");

  for (auto& turn : turns) (void)turn.get();
  (void)exclusive.get();
  CHECK(distance.balance("a") == 110);
}

AT_EVERY_DISTANCE("of interleaved turns only one may edit") {
  auto editor = distance.account("a").editBeside([](auto p) { p.setAmount(1), p.setLatch("l"); }).future();
  distance.wait_for_arrivals("l", 1);

  const Error error = error_of([&] { return distance.account("a").add([](auto p) { p.setAmount(1); }).get(); });

  CHECK(error.kind() == ErrorKind::unavailable);
  CHECK_FALSE(error.may_have_run());
  distance.open("l");
  (void)editor.get();
  CHECK(distance.balance("a") == 1);
}

AT_EVERY_DISTANCE("what a turn saw of the state stays readable while others commit") {
  (void)distance.account("a").grow([](auto p) { p.setBytes(2000); }).get();
  distance.add("a", 1);
  auto reader = distance.account("a").readAround([](auto p) { p.setLatch("l"); }).future();
  distance.wait_for_arrivals("l", 1);
  for (int i = 0; i < 50; ++i) distance.add("a", 1);

  distance.open("l");

  auto seen = reader.get();
  CHECK(seen->getBefore() == 1);
  CHECK(seen->getNote().size() == 2000);
  CHECK(seen->getAfter() == 51);
}

AT_EVERY_DISTANCE("edit() in a readOnly method is invalid") {
  const Error error = error_of([&] { return distance.account("a").editReadOnly().get(); });

  CHECK(error.kind() == ErrorKind::invalid);
  CHECK(error.message().find("readOnly") != std::string::npos);
  CHECK(distance.balance("a") == 0);
}

namespace {

Error cycle(Distance& distance, const std::vector<std::string>& way) {
  return error_of([&] {
    return distance.account(way.front())
        .pass([&](auto p) {
          auto rest = p.initWay(static_cast<unsigned>(way.size() - 1));
          for (unsigned i = 1; i < way.size(); ++i) rest.set(i - 1, way[i]);
        })
        .get(5s);
  });
}

}  // namespace

AT_EVERY_DISTANCE("a call cycle is refused at once, with the chain in the message") {
  const auto start = std::chrono::steady_clock::now();

  const Error error = cycle(distance, {"a", "b", "c", "d", "a"});

  CHECK(error.kind() == ErrorKind::invalid);
  CHECK(error.message().find("Account/a -> Account/b -> Account/c -> Account/d -> Account/a") != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - start < 4s);
}

AT_EVERY_DISTANCE("an actor that calls itself is refused, unless the method may interleave") {
  CHECK(cycle(distance, {"a", "a"}).message().find("Account/a -> Account/a") != std::string::npos);

  auto reply = distance.account("s").sum([](auto p) { p.setFirst("s"), p.setSecond("s"); }).get();
  CHECK(reply->getBalance() == 0);
}

AT_EVERY_DISTANCE("a chain of calls has a greatest length") {
  std::vector<std::string> way;
  for (int i = 0; i < 70; ++i) way.push_back("w" + std::to_string(i));

  const Error error = cycle(distance, way);

  CHECK(error.kind() == ErrorKind::invalid);
  CHECK(error.message().find("64 nested calls") != std::string::npos);
}

AT_EVERY_DISTANCE("get() inside an actor is refused") {
  auto reply = distance.desk("d").getInside().get();

  CHECK(text(reply->getKind()) == "invalid");
  CHECK(text(reply->getMessage()).find("co_await") != std::string::npos);
}

AT_EVERY_DISTANCE("a call can be awaited only by the turn that made it") {
  (void)distance.desk("d").keepCall().get();

  CHECK(text(at_once(distance.desk("d").awaitKept().get())->getKind()) == "invalid");
}

AT_EVERY_DISTANCE("one busy actor does not keep the others waiting") {
  auto held = distance.desk("held").hold([](auto p) { p.setLatch("l"); }).future();
  distance.wait_for_arrivals("l", 1);

  for (int i = 0; i < 20; ++i) distance.add("other", 1);

  CHECK(distance.balance("other") == 20);
  distance.open("l");
  (void)held.get();
}
