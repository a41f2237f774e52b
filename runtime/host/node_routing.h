// What outlives a stopped node as long as somebody holds a Ref of it: routing and the address book. Calls
// through such a Ref end with `unavailable`.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actor/registry.h"
#include "call/host_call.h"
#include "cluster/router.h"
#include "observe/log_book.h"
#include "resilience/call_rules.h"
#include "telemetry/meters.h"
#include "telemetry/tracer.h"

namespace troupe::host {

struct TestHooks;

struct NodeRouting final : Counted {
  NodeRouting(const Clock& clock, std::chrono::milliseconds default_timeout, std::uint64_t id_seed,
              std::vector<Member> members, const std::string& self)
      : origin{clock, default_timeout, id_seed},
        router(origin, cluster::ClusterView(std::move(members)), self),
        registry(router, *this) {
    registry.named(self);
    meters.here(router.view().self());
    router.attach(registry, [this](wire::Envelope& call) { return watch.add(call); });
  }

  // Before anything refers to an actor. `seed`: of the chance in waits.
  void cover(const std::vector<CoveredCalls>& calls, std::uint64_t seed) {
    rules = std::make_unique<resilience::CallRules>(calls, router, seed);
    registry.divert([this](const ServiceInfo& service) { return rules->way_in(service); });
  }

  // Before anything refers to an actor. `seed`: of the chance in ids.
  void trace(const TracingConfig& config, const std::string& node, std::uint64_t seed) {
    if (!config.on) return;
    tracer = std::make_unique<telemetry::Tracer>(config, origin.clock, node, seed);
    origin.tracer = tracer.get();
  }

  std::shared_ptr<const TestHooks> test_hooks{};  // null outside tests; owns the clock then, and so goes last
  std::shared_ptr<observe::LogBook> log_book{};   // never null once the node has its configuration
  wire::CallOrigin origin;
  std::unique_ptr<telemetry::Tracer> tracer;  // CallOrigin::tracer; null: tracing is off
  telemetry::Meters meters{origin.ticks};     // CallOrigin::meters, unless they are turned off
  call::DeadlineWheel watch;
  cluster::Router router;
  std::vector<std::string> pool_names;           // of NodeConfig::pools
  std::unique_ptr<resilience::CallRules> rules;  // null: NodeConfig::calls is empty
  actor::Registry registry;
};

}  // namespace troupe::host
