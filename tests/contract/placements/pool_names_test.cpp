// Pools that a node's configuration names and nobody has, and what is counted of those that there are.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "contract/placements/office.h"

using namespace troupe;
using namespace troupe::office;

namespace {

struct Lines {
  std::mutex mutex;
  std::vector<std::string> of_a;
  int said(const std::string& part) {
    const std::lock_guard lock(mutex);
    return static_cast<int>(std::count_if(of_a.begin(), of_a.end(),
                                          [&](const auto& line) { return line.find(part) != std::string::npos; }));
  }
};

}  // namespace

TEST_CASE("a name of a pool that nobody has is told in the log, once, when the others have had time to start") {
  const auto lines = std::make_shared<Lines>();
  Office office({"a", "b"}, [lines](NodeConfig& config) {
    if (config.name != "a") return;
    config.pools = {{"Typist", {}}, {"Tipyst", {.balance = Balance::random}}, {std::string(10'000, 'x'), {}}};
    config.log = [lines](const LogLine& line) {
      const std::lock_guard lock(lines->mutex);
      if (line.level == LogLevel::warn) lines->of_a.emplace_back(line.message);
    };
  });
  office.cluster.clock().advance(29s);
  CHECK(lines->said("pools names") == 0);

  for (int i = 0; i < 3; ++i) office.cluster.clock().advance(1min);

  CHECK(lines->said("pools names Tipyst, ") == 1);
  CHECK(lines->said("Pools that are hosted here: Typist") == 2);
  CHECK(lines->said("pools names Typist") == 0);
  CHECK(ask_typists(office.at("a"), 2).actors.size() >= 1);
}

TEST_CASE("pools are counted: members that may be chosen, their calls, and those that are left out") {
  Office office;
  (void)ask_typists(office.at("c"), 10);
  const auto metric = [&](const std::string& name, const std::string& member = {}) {
    const auto all = nlohmann::json::parse(office.at("c").admin("GET", "/metrics", "").second)["metrics"];
    for (const auto& one : all)
      if (one["name"] == name && one["labels"]["service"] == "Typist" && one["labels"].value("member", "") == member)
        return one["value"].get<int>();
    return -1;
  };

  CHECK(metric("troupe_pool_members") == 2);
  CHECK(metric("troupe_pool_members_left_out") == 0);
  CHECK(metric("troupe_pool_calls_total", "a") == 5);
  CHECK(metric("troupe_pool_calls_total", "b") == 5);
  CHECK(metric("troupe_pool_calls_under_way", "a") == 0);
  auto typist = office.at("c").ref<Typist>();
  typist.timeout(50ms);
  for (unsigned i = 0; i < 2 * limits::kPoolEjectAfter; ++i) {
    Asked failing(typist.fail([](auto p) { p.setNode("a"); }));
    office.cluster.settle();
    office.cluster.clock().advance(60ms);
    CHECK(failing.ended());
  }
  CHECK(metric("troupe_pool_members_left_out") == 1);
  CHECK(metric("troupe_pool_failures_total", "a") == limits::kPoolEjectAfter);
}
