// Calls that are made twice, of which the first answer stands.
#include "contract/resilience/stage.h"

using namespace troupe;
using namespace troupe::resilience_cast;

namespace {

CoveredCalls hedged(std::uint32_t most = 1) {
  return {.to = "Patient", .policy = {.hedge = {.after = 100ms, .most = most}}};
}

// Each turn of a patient stands behind the one before, so what hedges a turn that sleeps is a lost request here.
void lose_first(Ward& ward) { ward.cluster.messages().delay(1h, {.service = "Patient", .method = "look"}); }

}  // namespace

TEST_CASE("the copy of a readOnly call answers it when the first does not, and the first is cancelled") {
  Ward ward({hedged()});
  const std::string key = ward.patient_on("b");
  ward.orders.sleep_next(1, 1h);
  const auto began = ward.cluster.clock().now();

  const auto reply = ward.cluster.finish(ward.desk().ref<Patient>(key).look());

  CHECK(reply->getRuns() == 2);
  CHECK(ward.cluster.clock().now() - began < 1s);
  REQUIRE(ward.cluster.eventually([&] { return ward.orders.cancelled == 1; }, 1s));
  CHECK(ward.admin("GET", "/limits").find("\"hedges\":1") != std::string::npos);
  CHECK(ward.admin("GET", "/limits").find("\"inFlight\":0") != std::string::npos);
  CHECK(ward.admin("GET", "/limits").find("\"waiting\":0") != std::string::npos);
}

TEST_CASE("a call that is answered in time is made once, and nothing of it is left") {
  Ward ward({hedged()});

  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(ward.patient_on("b")).look()));

  CHECK(ward.orders.runs == 1);
  CHECK(ward.admin("GET", "/limits").find("\"waiting\":0") != std::string::npos);
  ward.cluster.clock().advance(1s);
  CHECK(ward.orders.runs == 1);
}

TEST_CASE("methods that change something are not hedged by an entry of their service") {
  Ward ward({hedged()});
  ward.orders.sleep_next(1, 1s);

  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(ward.patient_on("b")).work()));

  CHECK(ward.orders.runs == 1);
}

TEST_CASE("a call that a turn makes is hedged, and the turn goes on with the first answer") {
  Ward ward({hedged()});
  ward.orders.sleep_next(1, 1h);

  const auto reply = ward.cluster.finish(
      ward.desk().ref<Nurse>(ward.key_on("Nurse", "a")).look([&](auto p) { p.setPatient(ward.patient_on("b")); }));

  CHECK(reply->getRuns() == 2);
  REQUIRE(ward.cluster.eventually([&] { return ward.orders.cancelled == 1; }, 1s));
}

TEST_CASE("a business answer of any copy ends the call, an outage of one waits for the other") {
  Ward ward({hedged()});
  const std::string key = ward.patient_on("b");
  ward.orders.sleep_next(1, 1s);
  ward.orders.fail_next(1, Error(ErrorKind::unavailable, "gone"));
  auto first_fails = ward.desk().ref<Patient>(key).look().future();  // asleep, and then it fails
  ward.cluster.settle();
  ward.orders.sleep_next(1, 2s);  // the copy's
  ward.cluster.clock().advance(150ms);
  ward.cluster.clock().advance(3s);
  REQUIRE(first_fails.wait_for(0s) == std::future_status::ready);
  CHECK(first_fails.get()->getRuns() == 2);

  ward.orders.fail_next(1, Error(ErrorKind::denied, "not you"));
  CHECK(ends(ward.cluster, ward.desk().ref<Patient>(key).look())->kind() == ErrorKind::denied);
  ward.orders.fail_next(2, Error(ErrorKind::unavailable, "gone"));
  CHECK(ends(ward.cluster, ward.desk().ref<Patient>(key).look())->kind() == ErrorKind::unavailable);
}

TEST_CASE("cancelling a hedged call cancels all copies of it, and its deadline ends them") {
  Ward ward({hedged(3)});
  const std::string key = ward.patient_on("b");
  ward.orders.sleep_next(100, 1h);
  auto call = ward.desk().ref<Patient>(key).look();
  ward.cluster.settle();
  for (int i = 0; i < 4; ++i) ward.cluster.clock().advance(100ms);
  REQUIRE(ward.orders.runs == 4);

  call.cancel();

  REQUIRE(ward.cluster.eventually([&] { return ward.orders.cancelled == 4; }, 1s));
  auto patient = ward.desk().ref<Patient>(key);
  patient.timeout(250ms);
  const auto late = ends(ward.cluster, patient.look());
  REQUIRE(late);
  CHECK(late->kind() == ErrorKind::deadline);
  REQUIRE(ward.cluster.eventually([&] { return ward.orders.cancelled == ward.orders.runs; }, 1s));
  CHECK(ward.admin("GET", "/limits").find("\"waiting\":0") != std::string::npos);
}

TEST_CASE("copies count against the budget") {
  auto entry = hedged();
  entry.policy.budget = {.share = 0, .per_second = 0};
  Ward ward({entry});
  ward.orders.sleep_next(1, 1s);

  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(ward.patient_on("b")).look()));

  CHECK(ward.orders.runs == 1);
}

TEST_CASE("a hedged call that nobody hears of any more leaves nothing behind after its deadline") {
  Ward ward({hedged()});
  lose_first(ward);
  {
    auto dropped = ward.desk().ref<Patient>(ward.patient_on("b")).look();
    (void)dropped;
  }
  ward.cluster.clock().advance(30s);

  CHECK(ward.admin("GET", "/limits").find("\"waiting\":0") != std::string::npos);
  CHECK(ward.admin("GET", "/limits").find("\"inFlight\":0") != std::string::npos);
}

TEST_CASE("a node that stops while copies are under way ends the call, once") {
  Ward ward({hedged()});
  ward.orders.sleep_next(2, 1h);
  auto answer = ward.desk().ref<Patient>(ward.patient_on("b")).look().future();
  ward.cluster.settle();
  ward.cluster.clock().advance(200ms);

  ward.cluster.member("desk").stop(0ms);

  REQUIRE(answer.wait_for(0s) == std::future_status::ready);
  CHECK_THROWS_AS(answer.get(), Error);
}
