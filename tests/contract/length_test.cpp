// How long a message may be is one number, at every distance; what is longer ends a turn, and not its actor.
#include <doctest/doctest.h>

#include "contract/depot.h"
#include "contract/distance.h"
#include "depot.capnp.troupe.h"

using namespace troupe;
using namespace troupe::contract;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t kLongest = (64u << 20) - 256;  // and what its struct takes: within 64 MiB
constexpr std::uint32_t kTooLong = (64u << 20) + 4096;
using Lengths = std::vector<std::uint32_t>;

Lengths taken_by(const Distance& distance, const std::string& depot) {
  auto reply = distance.node().ref<Depot>(depot).taken().get(30s);
  Lengths out;
  for (const auto length : reply->getLengths()) out.push_back(length);
  return out;
}

void send(const Distance& distance, const std::string& from, const std::string& to, const Lengths& lengths) {
  (void)distance.node()
      .ref<Depot>(from)
      .send([&](auto p) {
        p.setTo(to);
        auto list = p.initLengths(static_cast<unsigned>(lengths.size()));
        for (unsigned i = 0; i < lengths.size(); ++i) list.set(i, lengths[i]);
      })
      .get(30s);
}

// Patient enough for 64 MiB on a slow disk.
const auto kPatient = [](NodeConfig& config) { config.default_timeout = 60s; };

}  // namespace

AT_EVERY_DISTANCE("a durable message that is too long is invalid at once, and its sender goes on") {
  const Error error = error_of([&] {
    send(distance, "a", "b", {1, kTooLong});
    return 0;
  });
  CHECK(error.kind() == ErrorKind::invalid);
  CHECK(error.message().find("67108864 are allowed") != std::string::npos);

  send(distance, "a", "b", {7});

  CHECK(eventually([&] { return taken_by(distance, "b") == Lengths{7}; }));
}

TEST_CASE("the longest durable message gets there, and so does what is behind it") {
  for (const Length length : {Length::pointer, Length::spread}) {
    Distance distance(length, kPatient);
    send(distance, "a", "b", {kLongest, 7});

    CHECK(eventually([&] { return taken_by(distance, "b") == Lengths{kLongest, 7}; }));
  }
}

AT_EVERY_DISTANCE("a call is as long as it may be, and so is its answer") {
  auto reply = distance.desk("d").echo([](auto p) { p.initBytes(kLongest); }).get(60s);

  CHECK(reply->getBytes().size() == kLongest);
}

AT_EVERY_DISTANCE("parameters and results that are too long are invalid, and nothing is changed") {
  const auto depot = distance.node().ref<Depot>("a");

  CHECK(error_of([&] { return depot.take([](auto p) { p.initContent(kTooLong); }).get(30s); }).kind() ==
        ErrorKind::invalid);
  CHECK(error_of([&] { return depot.hand([](auto p) { p.setLength(kTooLong); }).get(30s); }).kind() ==
        ErrorKind::invalid);
  const Error error = error_of([&] { return depot.handOut([](auto p) { p.setLength(kTooLong); }).get(30s); });
  CHECK(error.kind() == ErrorKind::invalid);
  CHECK(error.message().find("the results of Depot/a.handOut are") != std::string::npos);

  CHECK(taken_by(distance, "a").empty());
  (void)depot.handOut([](auto p) { p.setLength(3); }).get(30s);
  CHECK(taken_by(distance, "a") == Lengths{3});
}

TEST_CASE("the longest state goes on with the replies beside it") {
  Distance distance(Length::pointer, kPatient);
  const auto depot = distance.node().ref<Depot>("a");
  for (std::uint32_t i = 0; i < 3; ++i) (void)depot.handOut([](auto p) { p.setLength(300); }).get();
  (void)depot.store([](auto p) { p.setLength(kLongest); }).get(60s);

  send(distance, "a", "b", {7});

  CHECK(eventually([&] { return taken_by(distance, "b") == Lengths{7}; }));
  (void)depot.handOut([](auto p) { p.setLength(8); }).get(60s);
  CHECK(taken_by(distance, "a") == Lengths{300, 300, 300, 8});
}
