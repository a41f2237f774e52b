// What a call brings back: replies, refusals, errors, and the limits of what may be asked.
#include <doctest/doctest.h>

#include <troupe/ids.h>

#include "contract/distance.h"

using namespace troupe;
using namespace troupe::contract;

AT_EVERY_DISTANCE("a call brings back what the handler filled in") {
  const auto account = distance.account("a");

  auto reply = account.add([](auto p) { p.setAmount(7); }).get();

  CHECK(reply->getBalance() == 7);
  CHECK(distance.balance("a") == 7);
}

AT_EVERY_DISTANCE("a refusal brings its code and message, and rolls back") {
  distance.add("a", 5);

  const Error error = error_of(
      [&] { return distance.account("a").addThen([](auto p) { p.setAmount(100), p.setEnding("refuse"); }).get(); });

  CHECK(error.kind() == ErrorKind::refused);
  CHECK(error.code() == "told_to");
  CHECK(error.message() == "the test wants a refusal");
  CHECK_FALSE(error.may_have_run());
  CHECK(distance.balance("a") == 5);
}

AT_EVERY_DISTANCE("an Error thrown by a handler arrives as it is, and rolls back") {
  const Error error = error_of(
      [&] { return distance.account("a").addThen([](auto p) { p.setAmount(100), p.setEnding("error"); }).get(); });

  CHECK(error.kind() == ErrorKind::denied);
  CHECK(error.message() == "the test wants an error");
  CHECK(distance.balance("a") == 0);
}

AT_EVERY_DISTANCE("an error after a call of the turn's own says that an effect may exist") {
  const Error error = error_of([&] {
    return distance.account("a").transfer([](auto p) { p.setAmount(3), p.setTo("b"), p.setEnding("refuse"); }).get();
  });

  CHECK(error.kind() == ErrorKind::refused);
  CHECK(error.may_have_run());
  CHECK(distance.balance("a") == 0);
  CHECK(distance.balance("b") == 3);
}

AT_EVERY_DISTANCE("a key that is empty or too long is refused when the reference is made") {
  CHECK(error_of([&] { return distance.account(""); }).kind() == ErrorKind::invalid);
  const Error error = error_of([&] { return distance.account(std::string(257, 'k')); });

  CHECK(error.kind() == ErrorKind::invalid);
  CHECK(error.message().find("at most 256") != std::string::npos);

  const std::string longest(256, 'k');
  distance.add(longest, 1);
  CHECK(distance.balance(longest) == 1);
}

AT_EVERY_DISTANCE("a key may hold any byte") {
  const std::string key("slash/ zero\0 high\xff newline\n", 27);
  distance.add(key, 2);
  CHECK(distance.balance(key) == 2);
  CHECK(distance.balance("slash/ zero") == 0);
}

AT_EVERY_DISTANCE("a service that nobody hosts is not found") {
  const Error error = error_of([&] { return distance.node().ref<Stranger>("x").greet().get(); });

  CHECK(error.kind() == ErrorKind::not_found);
  CHECK_FALSE(error.may_have_run());
}

AT_EVERY_DISTANCE("a method past the end of the interface is not found") {
  const auto account = distance.account("a");

  const Error error = error_of([&] {
    auto call = account.begin_call(77);
    account.start_call(call);
    call.wait(10s);
    if (call.error()) throw Error(*call.error());
    return 0;
  });

  CHECK(error.kind() == ErrorKind::not_found);
}

AT_EVERY_DISTANCE("a big message arrives whole, both ways") {
  std::string bytes(3 << 20, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(mix(i));
  const auto data = capnp::Data::Reader(reinterpret_cast<const capnp::byte*>(bytes.data()), bytes.size());

  auto reply = distance.desk("d").echo([&](auto p) { p.setBytes(data); }).get(30s);

  CHECK(reply->getBytes() == data);
}

AT_EVERY_DISTANCE("small calls pass a big message by") {
  const std::string bytes(8 << 20, 'x');
  const auto data = capnp::Data::Reader(reinterpret_cast<const capnp::byte*>(bytes.data()), bytes.size());
  std::vector<std::future<Reply<Desk::EchoResults>>> big;
  for (int i = 0; i < 3; ++i)
    big.push_back(distance.desk("d" + std::to_string(i)).echo([&](auto p) { p.setBytes(data); }).future());

  for (int i = 0; i < 50; ++i) distance.add("a", 1);

  CHECK(distance.balance("a") == 50);
  for (auto& reply : big) CHECK(at_once(reply.get())->getBytes().size() == bytes.size());
}

AT_EVERY_DISTANCE("a state too big to keep is refused and rolled back") {
  distance.add("a", 4);

  const Error error =
      error_of([&] { return distance.account("a").grow([](auto p) { p.setBytes(80u << 20); }).get(30s); });

  CHECK(error.kind() == ErrorKind::invalid);
  CHECK(error.message().find("Account/a") != std::string::npos);
  CHECK(distance.balance("a") == 4);
  distance.add("a", 1);
  CHECK(distance.balance("a") == 5);
}

AT_EVERY_DISTANCE("a state too deep to be read back is refused and rolled back") {
  distance.account("a").nest([](auto p) { p.setDepth(30); }).get();
  CHECK(distance.balance("a") == 1);

  const Error error = error_of([&] { return distance.account("a").nest([](auto p) { p.setDepth(100); }).get(); });

  CHECK(error.kind() == ErrorKind::invalid);
  CHECK(error.message().find("nested deeper than 64") != std::string::npos);
  CHECK(distance.balance("a") == 1);
}

AT_EVERY_DISTANCE("calls made together run side by side, and callbacks and futures bring their outcomes") {
  std::vector<std::future<Reply<Account::AddResults>>> futures;
  for (int i = 0; i < 200; ++i)
    futures.push_back(distance.account("a" + std::to_string(i % 10)).add([](auto p) { p.setAmount(1); }).future());
  std::promise<Error> refused;
  distance.account("r").addThen([](auto p) { p.setEnding("refuse"); }).then([&](auto result) {
    refused.set_value(result.ok() ? Error(ErrorKind::failed, "a reply") : result.error());
  });

  for (auto& future : futures) (void)future.get();

  for (int i = 0; i < 10; ++i) CHECK(distance.balance("a" + std::to_string(i)) == 20);
  CHECK(refused.get_future().get().code() == "told_to");
}

AT_EVERY_DISTANCE("an actor asks several others at once") {
  distance.add("a", 20);
  distance.add("b", 22);

  auto reply = distance.account("s").sum([](auto p) { p.setFirst("a"), p.setSecond("b"); }).get();

  CHECK(reply->getBalance() == 42);
}

AT_EVERY_DISTANCE("a forgotten call runs") {
  distance.account("a").add([](auto p) { p.setAmount(9); }).forget();

  CHECK(eventually([&] { return distance.balance("a") == 9; }));
}

AT_EVERY_DISTANCE("calls of one thread to one actor run in the order they were made") {
  std::vector<std::future<Reply<Account::AddResults>>> futures;
  for (int i = 0; i < 300; ++i) futures.push_back(distance.account("a").add([](auto p) { p.setAmount(1); }).future());

  for (int i = 0; i < 300; ++i) CHECK(futures[static_cast<std::size_t>(i)].get()->getBalance() == i + 1);
}
