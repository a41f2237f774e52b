// Bulkheads: how many calls of a node may be under way.
#include "contract/resilience/stage.h"

using namespace troupe;
using namespace troupe::resilience_cast;

TEST_CASE("a bulkhead lets so many calls be under way, refuses the next at once, and has room when one has ended") {
  Ward ward({{.to = "Patient", .policy = {.bulkhead = {.most_in_flight = 2}}}});
  const std::string key = ward.patient_on("b"), other = ward.patient_on("a");
  ward.orders.sleep_next(2, 1s);
  auto one = ward.desk().ref<Patient>(key).work().future();
  auto two = ward.desk().ref<Patient>(other).look().future();  // another method of the same entry
  ward.cluster.settle();

  const auto refused = ends(ward.cluster, ward.desk().ref<Patient>(key).again());

  REQUIRE(refused);
  CHECK(refused->kind() == ErrorKind::overloaded);
  CHECK(!refused->may_have_run());
  CHECK(refused->retry_after() > 0ms);
  CHECK(refused->message().find("the bulkhead of \"Patient\" lets 2 calls") != std::string::npos);
  CHECK(ward.orders.runs == 2);
  CHECK(ward.admin("GET", "/limits").find("\"inFlight\":2") != std::string::npos);
  ward.cluster.clock().advance(2s);
  (void)one.get();
  (void)two.get();
  CHECK(ward.admin("GET", "/limits").find("\"inFlight\":0") != std::string::npos);
  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(key).again()));
}

TEST_CASE("an entry of a method stands alone: the service's is for the other methods") {
  Ward ward({{.to = "Patient", .policy = {.bulkhead = {.most_in_flight = 1}}}, {.to = "Patient.look"}});
  const std::string key = ward.patient_on("b");
  ward.orders.sleep_next(1, 1h);
  auto one = ward.desk().ref<Patient>(ward.patient_on("a")).work();
  ward.cluster.settle();

  CHECK(ends(ward.cluster, ward.desk().ref<Patient>(key).again()));
  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(key).look()));
  one.cancel();
}

TEST_CASE("calls that are given up, time out or lose their turn give their place in the bulkhead back") {
  Ward ward({{.to = "Patient", .policy = {.bulkhead = {.most_in_flight = 1}}}});
  const std::string key = ward.patient_on("b");
  ward.orders.sleep_next(1, 1h);
  auto cancelled = ward.desk().ref<Patient>(key).work();
  ward.cluster.settle();
  cancelled.cancel();
  REQUIRE(ward.cluster.eventually([&] { return ward.orders.cancelled == 1; }, 1s));
  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(key).work()));

  ward.orders.sleep_next(1, 1h);
  auto patient = ward.desk().ref<Patient>(key);
  patient.timeout(50ms);
  CHECK(ends(ward.cluster, patient.work())->kind() == ErrorKind::deadline);
  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(key).work()));

  ward.orders.sleep_next(1, 1h);  // the nurse's turn ends with her caller's patience, and her call with it
  auto nurse = ward.desk().ref<Nurse>(ward.key_on("Nurse", "a"));
  auto visit = nurse.visit([&](auto p) { p.setPatient(key); });
  ward.cluster.settle();
  visit.cancel();
  REQUIRE(ward.cluster.eventually([&] { return ward.orders.cancelled == 3; }, 1s));
  CHECK(!ends(ward.cluster, nurse.visit([&](auto p) { p.setPatient(key); })));
}

TEST_CASE("a call waits for a place in its bulkhead, the first that came first, and as many as may") {
  Ward ward({{.to = "Patient", .policy = {.bulkhead = {.most_in_flight = 1, .most_waiting = 2, .max_wait = 10s}}}});
  const auto patient = ward.desk().ref<Patient>(ward.patient_on("b"));
  ward.orders.sleep_next(3, 1s);
  auto first = patient.work().future(), second = patient.work().future();
  auto third = patient.look().future();
  ward.cluster.settle();
  CHECK(ward.admin("GET", "/limits").find("\"waitingForPlace\":2") != std::string::npos);

  const auto fourth = ends(ward.cluster, patient.work());

  REQUIRE(fourth);
  CHECK(fourth->kind() == ErrorKind::overloaded);
  CHECK(fourth->message().find("did not run, and 2 wait for a place already") != std::string::npos);
  CHECK(ward.orders.runs == 1);
  for (int i = 0; i < 3; ++i) ward.cluster.clock().advance(1s);
  CHECK(first.get()->getRuns() == 1);
  CHECK(second.get()->getRuns() == 2);
  CHECK(third.get()->getRuns() == 3);
  const auto limits = ward.admin("GET", "/limits");
  CHECK(limits.find("\"inFlight\":0") != std::string::npos);
  CHECK(limits.find("\"waitingForPlace\":0") != std::string::npos);
  CHECK(limits.find("\"waited\":2") != std::string::npos);
  CHECK(limits.find("\"waiting\":0") != std::string::npos);
}

TEST_CASE("a call that waited as long as it may for a place in its bulkhead is refused, and did not run") {
  Ward ward(
      {{.to = "Patient", .policy = {.bulkhead = {.most_in_flight = 1, .most_waiting = 100'000, .max_wait = 50ms}}}});
  const auto patient = ward.desk().ref<Patient>(ward.patient_on("b"));
  ward.orders.sleep_next(1, 1h);
  auto first = patient.work();
  ward.cluster.settle();

  const auto waited = ends(ward.cluster, patient.work());

  REQUIRE(waited);
  CHECK(waited->kind() == ErrorKind::overloaded);
  CHECK(!waited->may_have_run());
  CHECK(waited->retry_after() > 0ms);
  CHECK(waited->message().find("waited 50 ms for a place, and did not run") != std::string::npos);
  CHECK(ward.orders.runs == 1);
  first.cancel();
}

TEST_CASE("a call that is given up while it waits for a place, or loses its time or its node, runs nothing") {
  Ward ward({{.to = "Patient", .policy = {.bulkhead = {.most_in_flight = 1, .most_waiting = 9, .max_wait = 1h}}}});
  const std::string key = ward.patient_on("b");
  ward.orders.sleep_next(1, 1h);
  auto first = ward.desk().ref<Patient>(key).work();
  auto given_up = ward.desk().ref<Patient>(key).work();
  ward.cluster.settle();
  given_up.cancel();
  CHECK(ward.admin("GET", "/limits").find("\"waitingForPlace\":0") != std::string::npos);

  auto patient = ward.desk().ref<Patient>(key);
  patient.timeout(250ms);
  const auto late = ends(ward.cluster, patient.work());
  REQUIRE(late);
  CHECK(!late->may_have_run());

  auto answer = ward.desk().ref<Patient>(key).work().future();
  ward.cluster.settle();
  ward.cluster.member("desk").stop(0ms);
  REQUIRE(answer.wait_for(0s) == std::future_status::ready);
  try {
    (void)answer.get();
    FAIL("it has an answer");
  } catch (const Error& error) {
    CHECK(!error.may_have_run());
  }
  CHECK(ward.orders.runs == 1);
}

TEST_CASE("calls that turns make wait for their places, and a turn that ends gives the wait up") {
  Ward ward({{.to = "Patient", .policy = {.bulkhead = {.most_in_flight = 1, .most_waiting = 9, .max_wait = 1h}}}});
  const std::string key = ward.patient_on("b"), on_a = ward.key_on("Nurse", "a");
  std::string other = on_a;
  for (int i = 0; other == on_a || ward.cluster.owner_of({"Nurse", other}).name() != "a"; ++i)
    other = "n" + std::to_string(i);
  ward.orders.sleep_next(1, 1s);
  const auto visit = [&](const std::string& nurse) {
    return ward.desk().ref<Nurse>(nurse).visit([&](auto p) { p.setPatient(key); });
  };
  auto first = visit(on_a);
  ward.cluster.settle();
  auto given_up = visit(other);
  ward.cluster.settle();
  given_up.cancel();
  ward.cluster.settle();

  auto second = visit(other);
  CHECK(ward.cluster.finish(std::move(first))->getRuns() == 1);
  CHECK(ward.cluster.finish(std::move(second))->getRuns() == 2);
}
