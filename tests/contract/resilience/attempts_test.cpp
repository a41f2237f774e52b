// Attempts that have a timeout of their own.
#include "contract/resilience/stage.h"

using namespace troupe;
using namespace troupe::resilience_cast;

namespace {

CoveredCalls hurried(std::string to, std::uint32_t tries = 3, std::chrono::milliseconds timeout = 100ms) {
  return {.to = std::move(to),
          .policy = {
              .retry = {.tries = tries, .backoff = 1ms, .max_backoff = 1ms, .jitter = 0, .attempt_timeout = timeout}}};
}

bool shows(const Ward& ward, const std::string& part) {
  return ward.admin("GET", "/limits").find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("an attempt that takes longer than its timeout is cancelled, and the next one answers the call") {
  Ward ward({hurried("Patient")});
  const std::string key = ward.patient_on("b");
  ward.orders.sleep_next(1, 1h);
  const auto began = ward.cluster.clock().now();

  const auto reply = ward.cluster.finish(ward.desk().ref<Patient>(key).again());

  CHECK(reply->getRuns() == 2);
  CHECK(ward.cluster.clock().now() - began < 1s);
  CHECK(ward.orders.cancelled == 1);
  CHECK(shows(ward, "\"attemptsTimedOut\":1"));
  CHECK(shows(ward, "\"retries\":1"));
  CHECK(shows(ward, "\"inFlight\":0"));
  CHECK(shows(ward, "\"waiting\":0"));
}

TEST_CASE("an effect whose answer takes longer than the timeout of its attempt is there once") {
  Ward ward({hurried("Purse")});
  const std::string key = ward.purse_on("b");
  ward.cluster.messages().delay(1h, {.service = "Purse", .method = "put"});
  auto call = ward.desk().ref<Purse>(key).put([](auto p) { p.setCoins(5); });
  ward.cluster.settle();
  ward.cluster.messages().let_through();

  const auto reply = ward.cluster.finish(std::move(call));

  CHECK(reply->getCoins() == 5);
  ward.cluster.clock().advance(2h);
  CHECK(ward.cluster.finish(ward.desk().ref<Purse>(key).coins())->getCoins() == 5);
}

TEST_CASE("calls that a turn makes have attempts with timeouts too, under the same ids") {
  Ward ward({hurried("Patient"), hurried("Purse")});
  const std::string nurse = ward.key_on("Nurse", "a");
  ward.orders.sleep_next(1, 1h);
  const auto seen =
      ward.cluster.finish(ward.desk().ref<Nurse>(nurse).look([&](auto p) { p.setPatient(ward.patient_on("b")); }));
  CHECK(seen->getRuns() == 2);

  const std::string purse = ward.purse_on("b");
  auto nurse_ref = ward.desk().ref<Nurse>(nurse);
  nurse_ref.idempotency_key("payday");
  const auto pay = [&] {
    return nurse_ref.pay([&](auto p) {
      p.setPurse(purse);
      p.setCoins(10);
    });
  };
  ward.cluster.messages().delay(1h, {.service = "Purse", .method = "put"});
  auto paid = pay();
  ward.cluster.settle();
  ward.cluster.messages().let_through();
  CHECK(ward.cluster.finish(std::move(paid))->getCoins() == 20);
  CHECK(ward.cluster.finish(pay())->getCoins() == 20);  // all that the first one did is remembered
}

TEST_CASE("an attempt goes on that no other may follow: past tries or budget, or of a method that may run once") {
  auto poor = hurried("Patient.look");
  poor.policy.budget = {.share = 0, .per_second = 0};
  Ward ward({hurried("Patient", 2), poor});
  const std::string key = ward.patient_on("b");

  ward.orders.sleep_next(2, 1s);
  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(key).again()));
  CHECK(ward.orders.runs == 2);
  ward.orders.sleep_next(1, 1s);
  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(key).look()));
  CHECK(ward.orders.runs == 3);
  ward.orders.sleep_next(1, 1s);
  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(key).work()));
  CHECK(ward.orders.runs == 4);
}

TEST_CASE("attempts that fail and attempts that take too long count together") {
  Ward ward({hurried("Patient", 3)});
  const std::string key = ward.patient_on("b");
  ward.orders.fail_next(2, Error(ErrorKind::unavailable, "away"));
  ward.orders.sleep_next(1, 1h);  // the first fails, once it has slept: it is cancelled before

  const auto error = ends(ward.cluster, ward.desk().ref<Patient>(key).again());

  CHECK(!error);
  CHECK(ward.orders.runs == 3);
  CHECK(shows(ward, "\"retries\":2"));
  CHECK(shows(ward, "\"attemptsTimedOut\":1"));
}

TEST_CASE("a timeout of attempts that is longer than the deadline changes nothing, the shortest ends") {
  for (const auto timeout : {std::chrono::milliseconds::max(), std::chrono::milliseconds(250)}) {
    Ward ward({hurried("Patient", 3, timeout)});
    auto patient = ward.desk().ref<Patient>(ward.patient_on("b"));
    patient.timeout(250ms);
    ward.orders.sleep_next(100, 1h);

    const auto late = ends(ward.cluster, patient.again());

    REQUIRE(late);
    CHECK(late->kind() == ErrorKind::deadline);
    CHECK(ward.orders.runs == 1);
  }
  Ward ward({hurried("Patient", 100, 1ms)});
  ward.orders.sleep_next(1, 1s);
  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(ward.patient_on("b")).again()));
}

TEST_CASE("cancelling a call cancels its present attempt, and its deadline and its node's stop end it once") {
  Ward ward({hurried("Patient", 100)});
  const std::string key = ward.patient_on("b");
  ward.orders.sleep_next(1'000, 1h);
  auto call = ward.desk().ref<Patient>(key).again();
  ward.cluster.settle();
  for (int i = 0; i < 3; ++i) ward.cluster.clock().advance(100ms);
  REQUIRE(ward.orders.runs >= 2);
  call.cancel();
  REQUIRE(ward.cluster.eventually([&] { return ward.orders.cancelled == ward.orders.runs; }, 1s));
  CHECK(shows(ward, "\"waiting\":0"));

  auto patient = ward.desk().ref<Patient>(key);
  patient.timeout(450ms);
  CHECK(ends(ward.cluster, patient.again())->kind() == ErrorKind::deadline);
  REQUIRE(ward.cluster.eventually([&] { return ward.orders.cancelled == ward.orders.runs; }, 1s));
  CHECK(shows(ward, "\"inFlight\":0"));
  CHECK(shows(ward, "\"waiting\":0"));

  auto answer = ward.desk().ref<Patient>(key).again().future();
  ward.cluster.settle();
  ward.cluster.clock().advance(150ms);
  ward.cluster.member("desk").stop(0ms);
  REQUIRE(answer.wait_for(0s) == std::future_status::ready);
  CHECK_THROWS_AS(answer.get(), Error);
}

TEST_CASE("attempts that take too long open the breaker of their callee") {
  auto entry = hurried("Patient.again", 100);
  entry.policy.breaker = {.error_rate = 0.5, .minimum_calls = 2, .open_for = 10s};
  Ward ward({entry});
  ward.orders.sleep_next(1'000, 1h);

  const auto error = ends(ward.cluster, ward.desk().ref<Patient>(ward.patient_on("b")).again());

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::unavailable);
  CHECK(error->message().find("the breaker of Patient.again at node b is open") != std::string::npos);
  CHECK(error->may_have_run());
  CHECK(ward.orders.runs == 2);
}

TEST_CASE("a hedged call whose attempts have timeouts ends with the first answer of any copy") {
  auto entry = hurried("Patient.look");
  entry.policy.hedge = {.after = 60ms};
  Ward ward({entry});
  ward.orders.sleep_next(2, 1h);  // the first, and the copy beside it

  const auto reply = ward.cluster.finish(ward.desk().ref<Patient>(ward.patient_on("b")).look());

  CHECK(reply->getRuns() == 3);
  REQUIRE(ward.cluster.eventually([&] { return ward.orders.cancelled == 2; }, 1s));
  CHECK(shows(ward, "\"waiting\":0"));
}
