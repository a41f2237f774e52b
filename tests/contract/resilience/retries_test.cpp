// Calls that are attempted again, and those that are not.
#include "contract/resilience/stage.h"

using namespace troupe;
using namespace troupe::resilience_cast;

namespace {

CoveredCalls retried(std::string to, std::uint32_t tries = 3) {
  return {.to = std::move(to),
          .policy = {.retry = {.tries = tries, .backoff = 100ms, .max_backoff = 100ms, .jitter = 0}}};
}

const Error kAway(ErrorKind::unavailable, "the patient is away");

}  // namespace

TEST_CASE("a call that did not run is attempted again, after the wait that the policy says") {
  Ward ward({retried("Patient.work")});
  const std::string key = ward.patient_on("b");
  ward.orders.fail_next(2, kAway);
  const auto began = ward.cluster.clock().now();

  const auto error = ends(ward.cluster, ward.desk().ref<Patient>(key).work());

  CHECK(!error);
  CHECK(ward.orders.runs == 3);
  CHECK(ward.cluster.clock().now() - began >= 200ms);
}

TEST_CASE("the attempts of a call are as many as the policy says, and it ends with the last error") {
  Ward ward({retried("Patient.work")});
  ward.orders.fail_next(10, kAway);

  const auto error = ends(ward.cluster, ward.desk().ref<Patient>(ward.patient_on("b")).work());

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::unavailable);
  CHECK(!error->may_have_run());
  CHECK(ward.orders.runs == 3);
}

TEST_CASE("a wait that an error asks for is waited for in full") {
  Ward ward({retried("Patient.work")});
  ward.orders.fail_next(1, Error(ErrorKind::overloaded, "come later").retry_after(2s));
  const auto began = ward.cluster.clock().now();

  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(ward.patient_on("a")).work()));

  CHECK(ward.cluster.clock().now() - began >= 2s);
}

TEST_CASE("what may have run is attempted again only where that repeats nothing") {
  const auto ran = Error(ErrorKind::unavailable, "half done").may_have_run(true);
  Ward ward({retried("Patient"), retried("Purse")});
  const std::string key = ward.patient_on("b");
  Node& desk = ward.desk();

  ward.orders.fail_next(1, ran);
  const auto once = ends(ward.cluster, desk.ref<Patient>(key).work());
  REQUIRE(once);
  CHECK(once->may_have_run());
  CHECK(ward.orders.runs == 1);

  ward.orders.fail_next(1, ran);
  CHECK(!ends(ward.cluster, desk.ref<Patient>(key).look()));
  ward.orders.fail_next(1, ran);
  CHECK(!ends(ward.cluster, desk.ref<Patient>(key).again()));
  ward.orders.fail_next(1, Error(ErrorKind::unknown_outcome, "who knows"));
  CHECK(!ends(ward.cluster, desk.ref<Patient>(key).again()));
  ward.orders.fail_next(1, ran);
  CHECK(!ends(ward.cluster, desk.ref<Purse>(ward.purse_on("b")).put([](auto p) { p.setCoins(5); })));
}

TEST_CASE("refusals, crashes and other errors of a callee are answers, and no attempt follows") {
  Ward ward({retried("Patient")});
  const std::string key = ward.patient_on("a");
  for (const auto kind : {ErrorKind::refused, ErrorKind::invalid, ErrorKind::denied, ErrorKind::failed}) {
    const auto before = ward.orders.runs.load();
    ward.orders.fail_next(1, Error(kind, "no"));

    const auto error = ends(ward.cluster, ward.desk().ref<Patient>(key).again());

    REQUIRE(error);
    CHECK(error->kind() == kind);
    CHECK(ward.orders.runs == before + 1);
  }
}

TEST_CASE("an effect whose answer is lost and whose call is attempted again is there once") {
  Ward ward({retried("Purse", 5)});
  const std::string key = ward.purse_on("b");
  ward.cluster.messages().drop_next(2, {.service = "Purse", .method = "put"}, Loss::answer);
  ward.orders.fail_next(1, kAway);

  CHECK(!ends(ward.cluster, ward.desk().ref<Purse>(key).put([](auto p) { p.setCoins(5); })));

  CHECK(ward.cluster.finish(ward.desk().ref<Purse>(key).coins())->getCoins() == 5);
}

TEST_CASE("a turn makes the same calls however often each was attempted") {
  Ward ward({retried("Purse", 5), retried("Nurse", 5)});
  const std::string nurse = ward.key_on("Nurse", "a"), purse = ward.purse_on("b");
  ward.orders.fail_next(1, kAway);  // of the first call in the turn, which is attempted again

  // One key: her turn runs twice, under one id.
  auto nurse_ref = ward.desk().ref<Nurse>(nurse);
  nurse_ref.idempotency_key("payday");
  const auto reply = [&] {
    return ward.cluster.finish(nurse_ref.pay([&](auto p) {
      p.setPurse(purse);
      p.setCoins(10);
    }));
  };
  CHECK(reply()->getCoins() == 20);
  CHECK(reply()->getCoins() == 20);  // the same ids again, whatever was attempted how often before

  CHECK(ward.cluster.finish(ward.desk().ref<Purse>(purse).coins())->getCoins() == 20);
}

TEST_CASE("calls that a turn makes are attempted again while the turn waits") {
  Ward ward({retried("Patient")});
  ward.orders.fail_next(2, kAway);

  const auto reply = ward.cluster.finish(
      ward.desk().ref<Nurse>(ward.key_on("Nurse", "b")).visit([&](auto p) { p.setPatient(ward.patient_on("a")); }));

  CHECK(reply->getRuns() == 3);
}

TEST_CASE("no attempt begins past the deadline: the call ends at once with the error that it has") {
  Ward ward({retried("Patient", 100)});
  auto patient = ward.desk().ref<Patient>(ward.patient_on("b"));
  patient.timeout(250ms);
  ward.orders.fail_next(100, kAway);

  const auto began = ward.cluster.clock().now();
  const auto error = ends(ward.cluster, patient.work());

  REQUIRE(error);
  CHECK(error->message().find(kAway.message()) != std::string::npos);
  CHECK(ward.cluster.clock().now() - began < 250ms);
  CHECK(ward.orders.runs == 3);
}

TEST_CASE("a call with the shortest and one with the longest deadline end once") {
  Ward ward({retried("Patient", 100)});
  auto patient = ward.desk().ref<Patient>(ward.patient_on("b"));
  ward.orders.fail_next(1, kAway);
  patient.timeout(1ms);
  CHECK(ends(ward.cluster, patient.work()));

  ward.orders.fail_next(2, kAway);
  patient.timeout(std::chrono::hours::max());
  CHECK(!ends(ward.cluster, patient.work()));
}

TEST_CASE("a call that is cancelled while it waits to be attempted again ends at once, and goes nowhere any more") {
  Ward ward({retried("Patient")});
  ward.orders.fail_next(1, kAway);
  auto call = ward.desk().ref<Patient>(ward.patient_on("b")).work();
  const auto canceller = call.canceller();
  auto answer = std::move(call).future();
  ward.cluster.settle();
  REQUIRE(answer.wait_for(0s) != std::future_status::ready);
  CHECK(ward.admin("GET", "/limits").find("\"waiting\":1") != std::string::npos);

  canceller.cancel();

  REQUIRE(answer.wait_for(0s) == std::future_status::ready);
  CHECK_THROWS_AS(answer.get(), Error);
  CHECK(ward.admin("GET", "/limits").find("\"waiting\":0") != std::string::npos);
  ward.cluster.clock().advance(1s);
  CHECK(ward.orders.runs == 1);
}

TEST_CASE("cancelling a call cancels the attempt that is under way") {
  Ward ward({retried("Patient")});
  ward.orders.fail_next(1, kAway);
  ward.orders.sleep_next(0, 0ms);
  auto call = ward.desk().ref<Patient>(ward.patient_on("b")).work();
  const auto canceller = call.canceller();
  auto answer = std::move(call).future();
  ward.cluster.settle();
  ward.orders.sleep_next(1, 1h);
  REQUIRE(ward.cluster.eventually([&] { return ward.orders.runs == 2; }, 1s));

  canceller.cancel();

  REQUIRE(answer.wait_for(0s) == std::future_status::ready);
  REQUIRE(ward.cluster.eventually([&] { return ward.orders.cancelled == 1; }, 1s));
}

TEST_CASE("a node that stops while a call waits to be attempted again ends it, once") {
  Ward ward({retried("Patient")});
  ward.orders.fail_next(1, kAway);
  auto answer = ward.desk().ref<Patient>(ward.patient_on("b")).work().future();
  ward.cluster.settle();
  REQUIRE(answer.wait_for(0s) != std::future_status::ready);

  ward.cluster.member("desk").stop(0ms);

  REQUIRE(answer.wait_for(0s) == std::future_status::ready);
  try {
    (void)answer.get();
    FAIL("it has an answer");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::unavailable);
    CHECK(!error.may_have_run());
  }
  CHECK(ward.orders.runs == 1);
}

TEST_CASE("calls through a reference that outlives its node end at once, covered or not") {
  Ward ward({retried("Patient"), {.to = "Patient.look", .policy = {.hedge = {.after = 10ms}}}});
  const auto patient = ward.desk().ref<Patient>(ward.patient_on("b"));
  ward.cluster.member("desk").stop();

  CHECK_THROWS_AS((void)patient.work().get(), Error);
  CHECK_THROWS_AS((void)patient.look().get(), Error);
  CHECK(ward.orders.runs == 0);
}

TEST_CASE("past the budget a call ends with the error that it has") {
  auto entry = retried("Patient", 100);
  entry.policy.budget = {.share = 0, .per_second = 1};  // ten within ten seconds
  Ward ward({entry});
  ward.orders.fail_next(1'000, kAway);

  const auto error = ends(ward.cluster, ward.desk().ref<Patient>(ward.patient_on("b")).work());

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::unavailable);
  CHECK(ward.orders.runs == 11);
  const auto limits = ward.admin("GET", "/limits");
  CHECK(limits.find("\"retries\":10") != std::string::npos);
  CHECK(limits.find("\"budgetRefused\":1") != std::string::npos);
}

TEST_CASE("entries that cannot stand keep a node from starting, and say why") {
  const auto start = [](CoveredCalls entry) {
    Orders orders;
    try {
      TestNode node({.host = [&](Node& it) { host_patients(it, orders); },
                     .configure = [&](NodeConfig& config) { config.calls = {entry}; }});
      return std::string();
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  CHECK(start(retried("Patient.work")).empty());
  CHECK(start(retried("Doctor")).find("no service Doctor is hosted here; there are: Patient, Purse, Nurse") !=
        std::string::npos);
  CHECK(start(retried("Patient.wrok")).find("Patient has no method wrok; it has work, look, again") !=
        std::string::npos);
  CHECK(start({.to = "Patient.work", .policy = {.hedge = {.after = 10ms}}}).find("is not $Troupe.readOnly") !=
        std::string::npos);
  CHECK(start(retried("Patient.work", 0)).find("retry.tries is 0") != std::string::npos);
}
