// A node as one of a cluster whose members come and go: it finds the cluster, joins it, and says how it is itself.
#include <unistd.h>

#include <thread>

#include "coordinator/open.h"
#include "host/hosted_schemas.h"
#include "host/node_parts.h"
#include "membership/store_id.h"

namespace troupe::host {
namespace {

// Between two questions to a coordinator that cannot be reached.
constexpr std::chrono::milliseconds kAskAgain{100};

// What `ask` gives, asked again until then while the coordinator cannot be reached: it may be held up, or be started at
// the same moment.
template <class Ask>
auto insist(TimePoint until, Ask ask) -> decltype(ask()) {
  for (;;) {
    auto answer = ask();
    const bool may_come = !answer.ok() && (answer.error().kind() == ErrorKind::unavailable ||
                                           answer.error().kind() == ErrorKind::unknown_outcome);
    if (!may_come || std::chrono::steady_clock::now() >= until) return answer;
    std::this_thread::sleep_for(kAskAgain);
  }
}

}  // namespace

void NodeParts::find_cluster(const NodeConfig& config) {
  const JoinConfig& how = config.join;
  const TimePoint until = later(std::chrono::steady_clock::now(), how.timeout);
  coordinator_ = insist(until, [&] { return coordinator::open(how.coordinator); }).value();
  membership::Membership::Parts parts{*coordinator_, routing_.router, *partitions_, *context_, {}, config.data_dir};
  if (store_) parts.store = membership::store_id(config.data_dir, chance_of(config)).value();
  membership_ = std::make_unique<membership::Membership>(
      std::move(parts), membership::MembershipOptions{.cluster = config.cluster,
                                                      .node = config.name,
                                                      .session_ttl = how.session_ttl,
                                                      .drain = how.drain,
                                                      .rebalance = how.rebalance,
                                                      .moves = how.moves,
                                                      .condition = [this] { return condition(); },
                                                      .log = config.log,
                                                      .chance = chance_of(config)});
  if (store_) {
    partition_schemas_ = std::make_unique<PartitionSchemas>(config.name, *store_, *context_, routing_.registry);
    transfers_ = std::make_unique<transfer::Transfers>(
        *store_, routing_.origin.time, *membership_,
        transfer::TransferOptions{incarnation_, how.move_bytes_per_second, partition_schemas_.get()}, config.log);
    membership_->attach(transfers_.get());
  }
  insist(until, [&] { return membership_->find_cluster(); }).value();
}

void NodeParts::join(const NodeConfig& config) {
  const JoinConfig& how = config.join;
  membership::MemberRecord self{.host = how.host, .port = port_, .client = how.client};
  self.weight = how.weight;
  self.zone = how.zone;
  self.labels = how.labels;
  self.pid = getpid();
  self.ready = condition().ready;
  for (const auto& hosted : routing_.registry.services()) {
    const ServiceInfo& service = hosted->service;
    self.services.push_back({service.name, service.id, service.durable(), service.state_version, schema_hash(service)});
  }
  const TimePoint until = later(std::chrono::steady_clock::now(), how.timeout);
  insist(until, [&] { return membership_->join(self, until); }).value();
}

// --- what it says of itself ---

// No thread of its own in a simulation.
void NodeParts::check_services(const NodeConfig& config) {
  if (orders_->checks.empty() || !checks_services_) return;
  checks_ = std::make_unique<ServiceChecks>(
      orders_->checks, ServiceChecks::Times{config.watch.check_every, config.watch.slow_check},
      [this] {
        if (membership_) membership_->look_soon();
      },
      config.log);
  checked_.store(checks_.get(), std::memory_order_release);
}

NodeCondition NodeParts::condition() const {
  NodeCondition out;
  const bool to_check = !orders_->checks.empty() && checks_services_;
  ServiceChecks* checks = checked_.load(std::memory_order_acquire);
  const bool passed = !to_check || (checks && checks->passed());
  const bool runs = !orders_->supervised || keeps_run_.load(std::memory_order_acquire);
  out.ready = orders_->ready.load(std::memory_order_acquire) && runs && passed;
  if (checks)
    for (auto& found : checks->found())
      if (!found.trouble.empty()) out.troubles[found.service] = std::move(found.trouble);
  return out;
}

std::vector<std::string> NodeParts::checks_that_run() const {
  std::vector<std::string> out;
  for (const std::string& service : checks_->running()) out.push_back("the own check of service " + service);
  return out;
}

}  // namespace troupe::host
