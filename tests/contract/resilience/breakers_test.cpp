// Breakers of calls between nodes.
#include "contract/resilience/stage.h"

using namespace troupe;
using namespace troupe::resilience_cast;

namespace {

CoveredCalls broken(std::string to) {
  return {.to = std::move(to),
          .policy = {.breaker = {.error_rate = 0.5,
                                 .slow_call = 500ms,
                                 .slow_rate = 0.5,
                                 .window = 10s,
                                 .minimum_calls = 4,
                                 .open_for = 2s,
                                 .half_open_calls = 2}}};
}

const Error kIll(ErrorKind::unavailable, "the patient is ill");

void fall_ill(Ward& ward, const std::string& key, ErrorKind kind = ErrorKind::unavailable) {
  ward.orders.fail_next(4, Error(kind, "the patient is ill"));
  for (int i = 0; i < 4; ++i) (void)ends(ward.cluster, ward.desk().ref<Patient>(key).work());
}

}  // namespace

TEST_CASE("a breaker opens when calls fail: further ones end at once, did not run, and say when to come again") {
  Ward ward({broken("Patient.work")});
  const std::string key = ward.patient_on("b");
  fall_ill(ward, key);
  REQUIRE(ward.orders.runs == 4);

  const auto error = ends(ward.cluster, ward.desk().ref<Patient>(key).work());

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::unavailable);
  CHECK(!error->may_have_run());
  CHECK(error->retry_after() > 1s);
  CHECK(error->retry_after() <= 2s);
  CHECK(error->message().find("the breaker of Patient.work at node b is open: 4 of 4 calls failed") !=
        std::string::npos);
  CHECK(ward.orders.runs == 4);
  CHECK(ward.logged("the breaker of Patient.work at node b is open"));
}

TEST_CASE("an open breaker is half-open after its time, and closes when its trial goes well") {
  Ward ward({broken("Patient.work")});
  const std::string key = ward.patient_on("b");
  fall_ill(ward, key);
  ward.cluster.clock().advance(2s);

  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(key).work()));
  CHECK(ward.admin("GET", "/breakers").find("half-open") != std::string::npos);
  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(key).work()));

  CHECK(ward.admin("GET", "/breakers").find("\"closed\"") != std::string::npos);
  CHECK(ward.logged("the breaker of Patient.work at node b is closed"));
}

TEST_CASE("a trial that fails opens the breaker again") {
  Ward ward({broken("Patient.work")});
  const std::string key = ward.patient_on("b");
  fall_ill(ward, key);
  ward.cluster.clock().advance(2s);
  ward.orders.fail_next(1, kIll);

  CHECK(ends(ward.cluster, ward.desk().ref<Patient>(key).work()));
  const auto error = ends(ward.cluster, ward.desk().ref<Patient>(key).work());

  REQUIRE(error);
  CHECK(error->message().find("is open") != std::string::npos);
  CHECK(ward.orders.runs == 5);
}

TEST_CASE("a node that is ill closes neither the door of another nor of another method") {
  Ward ward({broken("Patient")});
  const std::string ill = ward.patient_on("b"), well = ward.patient_on("a");
  fall_ill(ward, ill);
  REQUIRE(ends(ward.cluster, ward.desk().ref<Patient>(ill).work()));

  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(well).work()));
  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(ill).again()));
}

TEST_CASE("refusals open no breaker, crashes do") {
  Ward ward({broken("Patient.work")});
  const std::string key = ward.patient_on("b");

  fall_ill(ward, key, ErrorKind::refused);
  fall_ill(ward, key, ErrorKind::denied);
  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(key).work()));

  for (int i = 0; i < 3; ++i) fall_ill(ward, key, ErrorKind::failed);
  const auto error = ends(ward.cluster, ward.desk().ref<Patient>(key).work());
  REQUIRE(error);
  CHECK(error->message().find("the breaker of") != std::string::npos);
}

TEST_CASE("a callee that is slow opens its breaker") {
  Ward ward({broken("Patient.look")});
  const std::string key = ward.patient_on("b");
  ward.orders.sleep_next(4, 1s);

  for (int i = 0; i < 4; ++i) CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(key).look()));

  const auto error = ends(ward.cluster, ward.desk().ref<Patient>(key).look());
  REQUIRE(error);
  CHECK(error->message().find("4 were slow") != std::string::npos);
}

TEST_CASE("calls whose deadline passes open the breaker, calls that turns make go by it too") {
  Ward ward({broken("Patient.work")});
  const std::string key = ward.patient_on("b");
  auto patient = ward.desk().ref<Patient>(key);
  patient.timeout(100ms);
  ward.orders.sleep_next(100, 1h);
  for (int i = 0; i < 4; ++i) REQUIRE(ends(ward.cluster, patient.work())->kind() == ErrorKind::deadline);
  const auto of_desk = ends(ward.cluster, patient.work());
  REQUIRE(of_desk);
  CHECK(of_desk->message().find("is open") != std::string::npos);

  ward.orders.sleep_next(0, 0ms);
  ward.orders.fail_next(100, kIll);
  const auto nurse = ward.desk().ref<Nurse>(ward.key_on("Nurse", "a"));
  for (int i = 0; i < 5; ++i)
    CHECK(ends(ward.cluster, nurse.visit([&](auto p) { p.setPatient(key); }))->kind() == ErrorKind::unavailable);
  const auto of_nurse = ends(ward.cluster, nurse.visit([&](auto p) { p.setPatient(key); }));
  CHECK(of_nurse->message().find("the breaker of Patient.work at node b is open") != std::string::npos);
}

TEST_CASE("a log that calls through the breaker which it is told of is answered") {
  Node* desk = nullptr;
  std::string key;
  std::atomic<int> told{0};
  Ward ward({broken("Patient.work")}, [&](NodeConfig& config) {
    if (config.name != "desk") return;
    config.log = [&](const LogLine& line) {
      if (line.message.find("the breaker of") == std::string_view::npos || !desk) return;
      ++told;
      desk->ref<Patient>(key).work().then([](auto) {});
    };
  });
  desk = &ward.desk();
  key = ward.patient_on("b");

  fall_ill(ward, key);
  ward.cluster.clock().advance(3s);
  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(key).work()));

  CHECK(told >= 2);
  ward.cluster.settle();
  desk = nullptr;
}

TEST_CASE("an attempt that an open breaker turns away is the last of its call") {
  auto entry = broken("Patient.again");
  entry.policy.breaker.minimum_calls = 2;
  entry.policy.retry = {.tries = 10, .backoff = 1ms, .max_backoff = 1ms};
  Ward ward({entry});
  ward.orders.fail_next(10, kIll);

  const auto error = ends(ward.cluster, ward.desk().ref<Patient>(ward.patient_on("b")).again());

  REQUIRE(error);
  CHECK(error->message().find("the breaker of Patient.again") != std::string::npos);
  CHECK(ward.orders.runs == 2);
}

TEST_CASE("a breaker is opened and reset by hand, and gone when nobody called for its window") {
  Ward ward({broken("Patient.work")});
  const std::string key = ward.patient_on("b");
  CHECK(ward.admin("GET", "/breakers") == R"({"breakers":[]})");
  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(key).work()));

  CHECK(ward.admin("POST", "/breakers/Patient.work/open?member=b").find("\"open\"") != std::string::npos);
  CHECK(ends(ward.cluster, ward.desk().ref<Patient>(key).work()));
  CHECK(ward.admin("POST", "/breakers/Patient.work/reset").find("\"closed\"") != std::string::npos);
  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(key).work()));
  CHECK(ward.admin("POST", "/breakers/Patient.look/reset").find("There are: Patient.work at b") != std::string::npos);

  ward.cluster.clock().advance(2min);
  CHECK(ward.admin("GET", "/breakers") == R"({"breakers":[]})");
}
