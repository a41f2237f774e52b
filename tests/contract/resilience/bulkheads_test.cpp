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
