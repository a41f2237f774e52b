// Calls with something to fall back on.
#include "contract/resilience/stage.h"

using namespace troupe;
using namespace troupe::resilience_cast;

TEST_CASE("a call that fails has the reply that its fallback fills in, in a turn and outside") {
  Ward ward({});
  const std::string key = ward.patient_on("b");
  ward.orders.fail_next(1, Error(ErrorKind::unavailable, "the patient is away"));

  const auto in_turn =
      ward.cluster.finish(ward.desk().ref<Nurse>(ward.key_on("Nurse", "a")).guess([&](auto p) { p.setPatient(key); }));
  ward.orders.fail_next(1, Error(ErrorKind::overloaded, "too much"));
  ErrorKind told{};
  const auto outside = ward.desk()
                           .ref<Patient>(key)
                           .work()
                           .or_else([&](const Error& error, auto instead) {
                             told = error.kind();
                             instead.setRuns(70);
                           })
                           .get();

  CHECK(in_turn->getRuns() == 7);
  CHECK(outside->getRuns() == 70);
  CHECK(told == ErrorKind::overloaded);
}

TEST_CASE("a call that is answered has its own reply, and its fallback is not asked") {
  Ward ward({});

  const auto reply =
      ward.desk().ref<Patient>(ward.patient_on("b")).work().or_else([](const Error&, auto) { FAIL("asked"); }).get();

  CHECK(reply->getRuns() == 1);
}

TEST_CASE("a call whose fallback was waited for is gone, as after any wait") {
  Ward ward({});
  auto call = ward.desk().ref<Patient>(ward.patient_on("b")).work();
  const auto seven = [](const Error&, auto instead) { instead.setRuns(7); };
  (void)std::move(call).or_else(seven).get();

  CHECK_THROWS_AS((void)std::move(call).or_else(seven).get(), Error);
}

TEST_CASE("what a fallback throws the wait throws, and an empty one is refused") {
  Ward ward({});
  auto patient = ward.desk().ref<Patient>(ward.patient_on("b"));
  ward.orders.fail_next(1, Error(ErrorKind::refused, "no"));
  try {
    (void)patient.work().or_else([](const Error& error, auto) { throw Error(error); }).get();
    FAIL("it has a reply");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::refused);
  }

  using Filled = std::function<void(const Error&, Patient::WorkResults::Builder)>;
  CHECK_THROWS_AS((void)patient.work().or_else(Filled()), Error);
}
