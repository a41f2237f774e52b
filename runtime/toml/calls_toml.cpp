// The tables [node.calls.NAME]: how calls to a service or a method fail over. What a value means is Node's to judge;
// that it can be represented, here.
#include <limits>
#include <string>

#include "troupe/toml.h"
#include "troupe/toml_keys.h"

namespace troupe {
namespace {

constexpr std::int64_t kMostCount = std::numeric_limits<std::uint32_t>::max();

template <class Read>
void part_of_policy(TomlKeys& policy, const std::string& where, const char* name, Read read) {
  const toml::table* table = policy.table(name);
  if (!table) return;
  TomlKeys keys(*table, policy.file(), where + " " + name);
  read(keys);
  keys.end();
}

void read_share(TomlKeys& keys, const char* key, double& out) {
  if (const auto share = keys.share(key)) out = *share;
}

CallPolicy read_policy(TomlKeys& policy, const std::string& where) {
  CallPolicy out;
  part_of_policy(policy, where, "retry", [&](TomlKeys& keys) {
    keys.read("tries", out.retry.tries, 1, kMostCount);
    keys.read_ms("backoff_ms", out.retry.backoff, 1);
    keys.read_ms("max_backoff_ms", out.retry.max_backoff, 1);
    read_share(keys, "jitter", out.retry.jitter);
    keys.read_ms("attempt_timeout_ms", out.retry.attempt_timeout);
  });
  part_of_policy(policy, where, "budget", [&](TomlKeys& keys) {
    read_share(keys, "share", out.budget.share);
    keys.read("per_second", out.budget.per_second, 0, kMostCount);
  });
  part_of_policy(policy, where, "breaker", [&](TomlKeys& keys) {
    read_share(keys, "error_rate", out.breaker.error_rate);
    keys.read_ms("slow_call_ms", out.breaker.slow_call);
    read_share(keys, "slow_rate", out.breaker.slow_rate);
    keys.read_ms("window_ms", out.breaker.window, 1);
    keys.read("minimum_calls", out.breaker.minimum_calls, 1, kMostCount);
    keys.read_ms("open_for_ms", out.breaker.open_for, 1);
    keys.read("half_open_calls", out.breaker.half_open_calls, 1, kMostCount);
  });
  part_of_policy(policy, where, "hedge", [&](TomlKeys& keys) {
    keys.read_ms("after_ms", out.hedge.after);
    keys.read("most", out.hedge.most, 1, kMostCount);
  });
  part_of_policy(policy, where, "bulkhead", [&](TomlKeys& keys) {
    keys.read("most_in_flight", out.bulkhead.most_in_flight, 0, kMostCount);
    keys.read("most_waiting", out.bulkhead.most_waiting, 0, kMostCount);
    keys.read_ms("max_wait_ms", out.bulkhead.max_wait);
  });
  return out;
}

}  // namespace

std::vector<CoveredCalls> calls_from_toml(const toml::table& table, const std::filesystem::path& file) {
  std::vector<CoveredCalls> out;
  TomlKeys all(table, file, "[node.calls]");
  for (auto&& [key, value] : table) {
    const std::string name(key.str());
    const toml::table* policy = value.as_table();
    if (!policy)
      all.fail_at(value.source().begin.line,
                  "'" + name + "' must be a table: write [node.calls.\"" + name + "\"] above what it says");
    const std::string where = "[node.calls.\"" + name + "\"]";
    TomlKeys keys(*policy, file, where);
    out.push_back({.to = name, .policy = read_policy(keys, where)});
    keys.end();
  }
  return out;
}

}  // namespace troupe
