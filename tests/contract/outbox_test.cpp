// Durable messages: committed with the turn that sends them, taken once and in order, whoever dies meanwhile.
#include <doctest/doctest.h>

#include <numeric>

#include "contract/distance.h"
#include "contract/impatient.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

std::vector<std::int64_t> entries_of(const Distance& distance, const std::string& ledger) {
  auto reply = distance.node().ref<Ledger>(ledger).entries().get();
  std::vector<std::int64_t> out;
  for (const auto amount : reply->getAmounts()) out.push_back(amount);
  return out;
}

std::vector<std::string> answers_of(const Distance& distance, const std::string& poster) {
  auto reply = distance.node().ref<Poster>(poster).answers().get();
  std::vector<std::string> out;
  for (auto answer : reply->getAnswers()) out.emplace_back(answer.begin(), answer.size());
  return out;
}

void post(const Distance& distance, const std::string& from, const std::string& to,
          const std::vector<std::int64_t>& amounts, const std::string& ending = "") {
  (void)distance.node()
      .ref<Poster>(from)
      .post([&](auto p) {
        p.setTo(to);
        p.setEnding(ending);
        auto list = p.initAmounts(static_cast<unsigned>(amounts.size()));
        for (unsigned i = 0; i < amounts.size(); ++i) list.set(i, amounts[i]);
      })
      .get();
}

void ask(const Distance& distance, const std::string& from, const std::string& to,
         const std::vector<std::int64_t>& amounts) {
  (void)distance.node()
      .ref<Poster>(from)
      .ask([&](auto p) {
        p.setTo(to);
        auto list = p.initAmounts(static_cast<unsigned>(amounts.size()));
        for (unsigned i = 0; i < amounts.size(); ++i) list.set(i, amounts[i]);
      })
      .get();
}

std::vector<std::int64_t> up_to(std::int64_t n, std::int64_t from = 1000) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(n));
  std::iota(out.begin(), out.end(), from);
  return out;
}

}  // namespace

AT_EVERY_DISTANCE("a turn's messages arrive once and in order") {
  post(distance, "p", "l", up_to(300));
  post(distance, "p", "l", up_to(200, 5000));

  auto expected = up_to(300);
  for (const auto amount : up_to(200, 5000)) expected.push_back(amount);
  CHECK(eventually([&] { return entries_of(distance, "l").size() == expected.size(); }));
  CHECK(entries_of(distance, "l") == expected);
}

AT_EVERY_DISTANCE("messages of a turn that ends badly are never sent") {
  for (const std::string ending : {"refuse", "error", "crash"}) {
    CAPTURE(ending);
    (void)error_of([&] {
      post(distance, "p", "l", {1, 2}, ending);
      return 0;
    });
  }
  post(distance, "p", "l", {3});

  CHECK(eventually([&] { return !entries_of(distance, "l").empty(); }));
  CHECK(entries_of(distance, "l") == std::vector<std::int64_t>{3});
  CHECK(distance.node().ref<Poster>("p").posted().get()->getCount() == 1);
}

AT_EVERY_DISTANCE("a message leaves when its turn is committed, and not before") {
  auto waiting = distance.node()
                     .ref<Poster>("p")
                     .postAround([](auto p) {
                       p.setTo("l");
                       p.setAmount(7);
                       p.setLatch("gate");
                     })
                     .future();
  distance.wait_for_arrivals("gate", 1);
  CHECK(entries_of(distance, "l").empty());

  distance.open("gate");
  (void)waiting.get();

  CHECK(eventually([&] { return entries_of(distance, "l") == std::vector<std::int64_t>{7}; }));
}

AT_EVERY_DISTANCE("an answer that is wanted comes back once, and a refusal is an answer") {
  ask(distance, "p", "l", {7, 13, 8});

  CHECK(eventually([&] { return answers_of(distance, "p").size() == 3; }));
  CHECK(answers_of(distance, "p") == std::vector<std::string>{"7: 1", "13: refused", "8: 2"});
  CHECK(entries_of(distance, "l") == std::vector<std::int64_t>{7, 8});
}

TEST_CASE("messages that are refused hold the others back until they are given up") {
  at_every_distance(
      [](Distance& distance) {
        if (distance.length() == Length::processes) return;  // whose configuration is its own
        post(distance, "p", "l", {1, 13, 2});
        CHECK(eventually([&] { return entries_of(distance, "l").size() == 2; }));
        CHECK(entries_of(distance, "l") == std::vector<std::int64_t>{1, 2});
      },
      be_impatient);
}

TEST_CASE("a receiver that comes to its senses is sent what waits for it") {
  Distance distance(Length::spread);
  post(distance, "p", "l", {1, 13, 2});
  CHECK(eventually([&] { return entries_of(distance, "l").size() == 1; }));

  (void)distance.node().ref<Ledger>("l").beLenient().get();

  CHECK(eventually([&] { return entries_of(distance, "l").size() == 3; }));
  CHECK(entries_of(distance, "l") == std::vector<std::int64_t>{1, 13, 2});
}

TEST_CASE("messages outlive the death of their sender's and receiver's nodes, once each and in order") {
  Distance distance(Length::processes);
  for (int round = 0; round < 5; ++round) {
    post(distance, "p", "l", up_to(400, 1000 + round * 1000));
    ask(distance, "p", "m", {round + 100});
    distance.kill_owner();
    distance.start_owner();
  }

  CHECK(eventually([&] { return entries_of(distance, "l").size() == 2000 && answers_of(distance, "p").size() == 5; }));
  std::vector<std::int64_t> expected;
  for (int round = 0; round < 5; ++round) {
    for (const auto amount : up_to(400, 1000 + round * 1000)) expected.push_back(amount);
  }
  CHECK(entries_of(distance, "l") == expected);
  CHECK(answers_of(distance, "p") == std::vector<std::string>{"100: 1", "101: 2", "102: 3", "103: 4", "104: 5"});
}

TEST_CASE("what cannot be a durable message is invalid at once") {
  Distance distance(Length::pointer);

  auto kind = [](auto&& call) { return error_of(call).kind(); };
  const auto poster = distance.node().ref<Poster>("p");
  CHECK(kind([&] { return poster.postReadOnly([](auto p) { p.setTo("l"); }).get(); }) == ErrorKind::invalid);
  CHECK(kind([&] { return poster.postNothing([](auto p) { p.setTo("l"); }).get(); }) == ErrorKind::invalid);
  CHECK(kind([&] {
          distance.node().ref<Ledger>("l").send_enter([](auto) {});
          return 0;
        }) == ErrorKind::invalid);
  CHECK(entries_of(distance, "l").empty());
}

TEST_CASE("an actor that erases everything is as new, and its next messages are taken") {
  Distance distance(Length::bytes);
  post(distance, "p", "l", {1, 2});
  CHECK(eventually([&] { return entries_of(distance, "l").size() == 2; }));

  (void)distance.node().ref<Poster>("p").forgetAll().get();
  CHECK(distance.node().ref<Poster>("p").posted().get()->getCount() == 0);
  post(distance, "p", "l", {3});

  CHECK(eventually([&] { return entries_of(distance, "l") == std::vector<std::int64_t>{1, 2, 3}; }));
}
