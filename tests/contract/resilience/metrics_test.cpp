// What is counted of covered calls, as a scraper sees it.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "contract/resilience/stage.h"

using namespace troupe;
using namespace troupe::resilience_cast;

namespace {

// The metric of that name and these labels at the desk; -1: there is none.
int metric(const Ward& ward, const std::string& name, const std::map<std::string, std::string>& labels) {
  const auto all = nlohmann::json::parse(ward.admin("GET", "/metrics"))["metrics"];
  for (const auto& one : all)
    if (one["name"] == name && one["labels"].get<std::map<std::string, std::string>>() == labels)
      return one["value"].get<int>();
  return -1;
}

}  // namespace

TEST_CASE("retries, hedges, budgets and bulkheads are counted under the entry that they belong to") {
  Ward ward({{.to = "Patient",
              .policy = {.retry = {.tries = 3, .backoff = 1ms, .max_backoff = 1ms, .attempt_timeout = 100ms},
                         .hedge = {.after = 50ms},
                         .bulkhead = {.most_in_flight = 1, .most_waiting = 1, .max_wait = 10s}}},
             {.to = "Purse", .policy = {.retry = {.tries = 2}, .budget = {.share = 0, .per_second = 0}}}});
  const std::string key = ward.patient_on("b");
  ward.orders.fail_next(1, Error(ErrorKind::unavailable, "away"));
  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(key).work()));
  ward.orders.sleep_next(1, 1h);
  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(key).again()));  // its first attempt times out
  ward.orders.sleep_next(1, 1h);
  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(key).look()));  // a copy answers
  ward.orders.fail_next(1, Error(ErrorKind::unavailable, "away"));
  CHECK(ends(ward.cluster, ward.desk().ref<Purse>(ward.purse_on("a")).put([](auto p) { p.setCoins(1); })));
  ward.orders.sleep_next(1, 1s);
  auto first = ward.desk().ref<Patient>(key).work(), second = ward.desk().ref<Patient>(key).work();
  ward.cluster.settle();
  CHECK(ends(ward.cluster, ward.desk().ref<Patient>(key).work()));

  const std::map<std::string, std::string> patient{{"to", "Patient"}}, purse{{"to", "Purse"}};
  CHECK(metric(ward, "troupe_call_retries_total", patient) == 2);
  CHECK(metric(ward, "troupe_call_attempts_timed_out_total", patient) == 1);
  CHECK(metric(ward, "troupe_call_hedges_total", patient) == 1);
  CHECK(metric(ward, "troupe_call_budget_refused_total", patient) == 0);
  CHECK(metric(ward, "troupe_call_budget_refused_total", purse) == 1);
  CHECK(metric(ward, "troupe_bulkhead_in_use", patient) == 1);
  CHECK(metric(ward, "troupe_bulkhead_limit", patient) == 1);
  CHECK(metric(ward, "troupe_bulkhead_waiting", patient) == 1);
  CHECK(metric(ward, "troupe_bulkhead_waited_total", patient) == 1);
  CHECK(metric(ward, "troupe_bulkhead_refused_total", patient) == 1);
  CHECK(metric(ward, "troupe_bulkhead_in_use", purse) == 0);
  CHECK(metric(ward, "troupe_bulkhead_limit", purse) == -1);  // nothing of what the entry does not turn on
  CHECK(metric(ward, "troupe_call_hedges_total", purse) == -1);
  CHECK(!ends(ward.cluster, std::move(first)));
  CHECK(!ends(ward.cluster, std::move(second)));
}

TEST_CASE("breakers are counted: the state at each member, and what they did, also when they are gone") {
  Ward ward({{.to = "Patient.work", .policy = {.breaker = {.error_rate = 0.5, .minimum_calls = 2, .open_for = 2s}}}});
  const std::string key = ward.patient_on("b");
  const auto state = [&](const std::string& of) {
    return metric(ward, "troupe_breaker_state", {{"method", "Patient.work"}, {"member", "b"}, {"state", of}});
  };
  const std::map<std::string, std::string> method{{"method", "Patient.work"}};
  CHECK(metric(ward, "troupe_breaker_opened_total", method) == 0);
  ward.orders.fail_next(2, Error(ErrorKind::unavailable, "ill"));
  for (int i = 0; i < 5; ++i) CHECK(ends(ward.cluster, ward.desk().ref<Patient>(key).work()));

  CHECK(state("open") == 1);
  CHECK(state("half-open") == 0);
  CHECK(state("closed") == 0);
  CHECK(metric(ward, "troupe_breaker_opened_total", method) == 1);
  CHECK(metric(ward, "troupe_breaker_refused_total", method) == 3);
  ward.cluster.clock().advance(2s);
  CHECK(!ends(ward.cluster, ward.desk().ref<Patient>(key).work()));
  CHECK(state("half-open") == 1);
  CHECK(ward.admin("POST", "/breakers/Patient.work/reset").find("\"closed\"") != std::string::npos);
  CHECK(state("closed") == 1);

  ward.cluster.clock().advance(2min);
  CHECK(state("closed") == -1);
  CHECK(metric(ward, "troupe_breaker_opened_total", method) == 1);
  CHECK(metric(ward, "troupe_breaker_refused_total", method) == 3);
}
