#include "node/config_check.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "base/limits.h"
#include "base/private_files.h"
#include "cluster/placement.h"
#include "observe/listen_address.h"
#include "resilience/policy_check.h"
#include "supervise/restart_policy.h"
#include "telemetry/otlp_http.h"

namespace troupe {
namespace {

// A call's wait is measured with a clock of kClockGrain.
constexpr std::chrono::milliseconds kShortestTarget{10};

Error wrong(const std::string& what) { return Error(ErrorKind::invalid, "NodeConfig: " + what); }

void check_name(const char* field, const std::string& name) {
  if (name.empty()) throw wrong(std::string(field) + " is empty");
  if (name.size() > limits::kMaxNodeNameBytes)
    throw wrong(std::string(field) + " has " + std::to_string(name.size()) + " bytes; at most " +
                std::to_string(limits::kMaxNodeNameBytes) + " are allowed");
  if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }))
    throw wrong(std::string(field) + " has a control character in it");
}

void check(const OverloadPolicy& policy) {
  if (policy.max_queued_calls == 0 || policy.max_queued_bytes == 0)
    throw wrong("overload.max_queued_calls and max_queued_bytes must be positive");
  if (policy.max_link_calls == 0) throw wrong("overload.max_link_calls must be positive");
  if (policy.max_link_activations == 0) throw wrong("overload.max_link_activations must be positive");
  if (policy.max_link_bytes < limits::kMaxMessageBytes)
    throw wrong("overload.max_link_bytes must be at least " + std::to_string(limits::kMaxMessageBytes) +
                ", the largest message");
  if (policy.target.count() == 0) return;
  if (policy.target < kShortestTarget)
    throw wrong("overload.target must be zero (nothing is shed) or at least " +
                std::to_string(kShortestTarget.count()) + " ms");
  if (policy.interval < policy.target || policy.interval > limits::kMaxOverloadInterval)
    throw wrong("overload.interval must be no less than overload.target, and at most 24 hours");
}

void check(const LogOptions& logging) {
  if (logging.level > LogLevel::error) throw wrong("logging.level is no level");
  if (logging.levels.size() > limits::kMaxLogRooms)
    throw wrong("logging.levels names " + std::to_string(logging.levels.size()) + " rooms; at most " +
                std::to_string(limits::kMaxLogRooms) + " are allowed");
  for (const auto& [room, level] : logging.levels) {
    if (room.empty() || room.size() > limits::kMaxLogRoomBytes)
      throw wrong("logging.levels has a room whose name has " + std::to_string(room.size()) + " bytes; 1 to " +
                  std::to_string(limits::kMaxLogRoomBytes) + " are allowed");
    if (level > LogLevel::error) throw wrong("logging.levels[\"" + room + "\"] is no level");
  }
  if (logging.repeats > 0 && (logging.repeat_window.count() < 1 || logging.repeat_window > std::chrono::hours(1)))
    throw wrong("logging.repeat_window must be 1 ms to an hour; repeats = 0 has every line written");
  if (logging.kept_lines > limits::kMaxKeptLogLines)
    throw wrong("logging.kept_lines is " + std::to_string(logging.kept_lines) + "; at most " +
                std::to_string(limits::kMaxKeptLogLines) + " are allowed, 0 keeps none");
}

void check(const std::map<std::string, PoolOptions>& pools) {
  if (pools.size() > limits::kMaxPools)
    throw wrong("pools names " + std::to_string(pools.size()) + " services; at most " +
                std::to_string(limits::kMaxPools) + " are allowed");
  if (pools.count("") != 0) throw wrong("pools has an entry without a name; an entry is for a service, \"Resizer\"");
  for (const auto& [service, pool] : pools)
    if (pool.balance && !balance_from(to_string(*pool.balance)))
      throw wrong("pools[\"" + service + "\"].balance is no way of balancing");
  for (const auto& [service, pool] : pools)
    if (pool.instances > limits::kMaxPoolInstances)
      throw wrong("pools[\"" + service + "\"].instances is " + std::to_string(pool.instances) + "; at most " +
                  std::to_string(limits::kMaxPoolInstances) + " are allowed, 0 is one per worker thread");
}

bool is_header(const std::string& name, const std::string& value) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  const auto in_name = [&](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(static_cast<char>(c)) != std::string_view::npos;
  };
  const auto in_value = [](unsigned char c) { return c == '\t' || (c >= ' ' && c != 0x7f); };
  return !name.empty() && std::all_of(name.begin(), name.end(), in_name) &&
         std::all_of(value.begin(), value.end(), in_value);
}

void check(TracingConfig& tracing) {
  if (!(tracing.sample >= 0 && tracing.sample <= 1)) throw wrong("tracing.sample must be a number from 0 to 1");
  if (tracing.slow.count() < 0) throw wrong("tracing.slow must not be negative; 0: no turn is slow");
  if (tracing.keep > limits::kMaxSpansKept)
    throw wrong("tracing.keep is " + std::to_string(tracing.keep) + "; at most " +
                std::to_string(limits::kMaxSpansKept) + " spans are kept in memory");
  OtlpConfig& otlp = tracing.otlp;
  if (otlp.timeout.count() <= 0) throw wrong("tracing.otlp.timeout must be positive");
  if (otlp.every.count() <= 0) throw wrong("tracing.otlp.every must be positive");
  if (otlp.batch == 0 || otlp.batch > limits::kMaxSpanBatch)
    throw wrong("tracing.otlp.batch is " + std::to_string(otlp.batch) + "; 1 to " +
                std::to_string(limits::kMaxSpanBatch) + " spans go in a request");
  if (otlp.queue == 0 || otlp.queue > limits::kMaxSpanQueue)
    throw wrong("tracing.otlp.queue is " + std::to_string(otlp.queue) + "; 1 to " +
                std::to_string(limits::kMaxSpanQueue) + " spans may wait");
  otlp.ca_file = fixed(otlp.ca_file);
  for (const auto& [name, value] : otlp.headers)
    if (!is_header(name, value))
      throw wrong("tracing.otlp.headers has \"" + name.substr(0, 100) +
                  "\", whose name or value no HTTP header can have");
  if (!otlp.url.empty()) (void)telemetry::collector(otlp).value();
}

void check_join(NodeConfig& config) {
  JoinConfig& join = config.join;
  if (join.coordinator.kind == CoordinatorKind::none) return;
  if (!config.members.empty())
    throw wrong("both members and join.coordinator are given; who the members are says the one or the other");
  // Names are keys in the coordinator.
  for (const auto& [field, name] : {std::pair("name", config.name), std::pair("cluster", config.cluster)})
    if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c <= ' ' || c > '~'; }))
      throw wrong(std::string(field) + " \"" + name +
                  "\" is not printable ASCII without spaces, as names of members are");
  check_name("join.host", join.host);
  if (join.host == "0.0.0.0" || join.host == "::")
    throw wrong("join.host is " + join.host +
                ", where nobody reaches a node; name the address that the others are to use");
  if (join.weight > limits::kMaxWeight)
    throw wrong("join.weight is " + std::to_string(join.weight) + "; at most " + std::to_string(limits::kMaxWeight));
  if (join.session_ttl < std::chrono::seconds(1) || join.session_ttl > limits::kLongestSession)
    throw wrong("join.session_ttl must be at least one second, and at most an hour");
  if (join.timeout.count() <= 0) throw wrong("join.timeout must be positive");
  if (join.moves == 0 || join.moves > limits::kMaxMoves)
    throw wrong("join.moves is " + std::to_string(join.moves) + "; 1 to " + std::to_string(limits::kMaxMoves));
  if (join.drain.count() < 0) throw wrong("join.drain must not be negative; 0 ends turns at once");
  join.coordinator.directory = fixed(join.coordinator.directory);
  for (auto* file : {&join.coordinator.ca_file, &join.coordinator.certificate_file, &join.coordinator.key_file,
                     &join.coordinator.password_file})
    *file = fixed(*file);
  config.members.push_back({.name = config.name, .host = join.host, .port = join.port, .client = join.client});
}

void check(const FlightRecorderOptions& recorder) {
  const auto range = [](std::size_t low, std::size_t high) {
    return std::to_string(low) + " to " + std::to_string(high) + " are allowed";
  };
  if (recorder.bytes != 0 && (recorder.bytes < limits::kMinRecorderBytes || recorder.bytes > limits::kMaxRecorderBytes))
    throw wrong("flight_recorder.bytes is " + std::to_string(recorder.bytes) + "; " +
                range(limits::kMinRecorderBytes, limits::kMaxRecorderBytes) + ", 0 keeps nothing");
  if (recorder.input_bytes > limits::kMaxRecorderInputBytes)
    throw wrong("flight_recorder.input_bytes is " + std::to_string(recorder.input_bytes) + "; " +
                range(0, limits::kMaxRecorderInputBytes));
}

void check(const CrashFileOptions& crashes) {
  if (crashes.files > limits::kMaxCrashFiles)
    throw wrong("crash_files.files is " + std::to_string(crashes.files) + "; at most " +
                std::to_string(limits::kMaxCrashFiles) + " are allowed, 0 keeps none");
}

void check(TlsConfig& tls) {
  for (auto* file : {&tls.directory, &tls.certificate, &tls.key, &tls.authority, &tls.denied}) *file = fixed(*file);
  if (tls.max_link_age.count() != 0 && (tls.max_link_age < kMinLinkAge || tls.max_link_age > kMaxLinkAge))
    throw wrong("tls.max_link_age must be zero (links live for ever), or " + std::to_string(kMinLinkAge.count()) +
                " ms to a year");
  if (tls.look_every < kMinLook || tls.look_every > kMaxLook)
    throw wrong("tls.look_every must be " + std::to_string(kMinLook.count()) + " ms to a day");
}

void check(MetricsConfig& metrics) {
  metrics.token_file = fixed(metrics.token_file);
  if (metrics.listen.empty()) {
    if (!metrics.token_file.empty()) throw wrong("metrics.token_file is for metrics.listen, which is empty");
    return;
  }
  auto address = observe::listen_address(metrics.listen);
  if (!address.ok()) throw wrong("metrics.listen: " + address.error().message());
  if (!address->loopback && metrics.token_file.empty())
    throw wrong("metrics.listen is " + metrics.listen +
                ", which other machines reach: name a metrics.token_file, or listen on 127.0.0.1");
}

}  // namespace

void check_config(NodeConfig& config) {
  check_name("name", config.name);
  if (config.name.find('/') != std::string::npos) throw wrong("name \"" + config.name + "\" contains a slash");
  check_name("cluster", config.cluster);
  if (config.threads > limits::kMaxThreads)
    throw wrong("threads is " + std::to_string(config.threads) + "; at most " + std::to_string(limits::kMaxThreads) +
                " are allowed, 0 is one per core");
  // Wherever the program goes from here.
  config.data_dir = fixed(config.data_dir);
  config.encryption_keys.file = fixed(config.encryption_keys.file);
  config.link_secret = fixed(config.link_secret);
  check(config.tls);
  if (config.default_timeout.count() <= 0) throw wrong("default_timeout must be positive");
  if (config.idle_after.count() < 0) throw wrong("idle_after must not be negative");
  if (config.delivery.tries == 0) throw wrong("delivery.tries must be positive");
  if (config.delivery.backoff.count() <= 0 || config.delivery.max_backoff < config.delivery.backoff)
    throw wrong("delivery.backoff must be positive, and max_backoff no less");
  if (config.max_mailbox == 0) throw wrong("max_mailbox must be positive");
  for (const auto& [field, limit] :
       {std::pair("slow_turn", config.watch.slow_turn), std::pair("blocked_thread", config.watch.blocked_thread),
        std::pair("stalled_workers", config.watch.stalled_workers),
        std::pair("stuck_commits", config.watch.stuck_commits), std::pair("check_every", config.watch.check_every)}) {
    if (limit.count() < 0) throw wrong(std::string("watch.") + field + " must not be negative; 0 turns it off");
  }
  if (config.watch.slow_check.count() <= 0) throw wrong("watch.slow_check must be positive");
  if (config.max_store_bytes < limits::kMinStoreBytes || config.max_store_bytes > limits::kMaxStoreBytes)
    throw wrong("max_store_bytes is " + std::to_string(config.max_store_bytes) + "; " +
                std::to_string(limits::kMinStoreBytes) + " to " + std::to_string(limits::kMaxStoreBytes) +
                " are allowed");
  check(config.overload);
  check(config.tracing);
  check(config.flight_recorder);
  check(config.crash_files);
  check(config.logging);
  check(config.metrics);
  check(config.pools);
  resilience::check(config.calls).value();
  if (config.encryption_keys.named() && config.data_dir.empty())
    throw wrong("encryption_keys are given, and no data_dir whose store they would encrypt");
  supervise::check(config.restart, "NodeConfig.restart");
  check_join(config);
  if (config.members.empty()) config.members.push_back({.name = config.name});
  for (const Member& member : config.members) {
    check_name("members.name", member.name);
    check_name("members.host", member.host);
  }
  if (config.join.coordinator.kind == CoordinatorKind::none)
    cluster::check_members(config.members, config.name).value();
}

}  // namespace troupe
