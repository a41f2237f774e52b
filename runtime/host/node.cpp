#include "troupe/node.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <random>
#include <thread>

#include "base/clock.h"
#include "base/limits.h"
#include "cluster/placement.h"
#include "host/core.h"
#include "host/inspection.h"
#include "host/running.h"
#include "observe/admin_server.h"
#include "supervise/restart_policy.h"
#include "troupe/actor.h"

namespace troupe {
namespace {

// A call's wait is measured with a clock of kClockGrain.
constexpr std::chrono::milliseconds kShortestTarget{10};

std::uint64_t random_bits() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) ^ device();
}

// Later incarnations are greater: milliseconds since the epoch, then chance.
Incarnation new_incarnation() { return (system_clock().wall_ms() << 20) | (random_bits() & 0xfffff); }

Error wrong(const std::string& what) { return Error(ErrorKind::invalid, "NodeConfig: " + what); }

void check(const OverloadPolicy& policy) {
  if (policy.max_queued_calls == 0 || policy.max_queued_bytes == 0)
    throw wrong("overload.max_queued_calls and max_queued_bytes must be positive");
  if (policy.max_link_calls == 0) throw wrong("overload.max_link_calls must be positive");
  if (policy.max_link_bytes < limits::kMaxMessageBytes)
    throw wrong("overload.max_link_bytes must be at least " + std::to_string(limits::kMaxMessageBytes) +
                ", the largest message");
  if (policy.target.count() == 0) return;
  if (policy.target < kShortestTarget)
    throw wrong("overload.target must be zero (nothing is shed) or at least " +
                std::to_string(kShortestTarget.count()) + " ms");
  if (policy.interval < policy.target) throw wrong("overload.interval must be no less than overload.target");
}

void check(NodeConfig& config) {
  if (config.name.empty()) throw wrong("name is empty");
  if (config.name.find('/') != std::string::npos) throw wrong("name \"" + config.name + "\" contains a slash");
  if (config.cluster.empty()) throw wrong("cluster is empty");
  if (config.default_timeout.count() <= 0) throw wrong("default_timeout must be positive");
  if (config.idle_after.count() < 0) throw wrong("idle_after must not be negative");
  if (config.delivery.tries == 0) throw wrong("delivery.tries must be positive");
  if (config.delivery.backoff.count() <= 0 || config.delivery.max_backoff < config.delivery.backoff)
    throw wrong("delivery.backoff must be positive, and max_backoff no less");
  if (config.max_mailbox == 0) throw wrong("max_mailbox must be positive");
  check(config.overload);
  if (config.scheduler != "parking" && config.scheduler != "stealing" && config.scheduler != "sharing")
    throw wrong("scheduler \"" + config.scheduler + "\" is none of parking, stealing, sharing");
  if (config.encryption_keys.named() && config.data_dir.empty())
    throw wrong("encryption_keys are given, and no data_dir whose store they would encrypt");
  supervise::check(config.restart, "NodeConfig.restart");
  if (config.members.empty()) config.members.push_back({.name = config.name});
  cluster::check_members(config.members, config.name).value();
}

}  // namespace

struct Node::Parts {
  explicit Parts(NodeConfig config_in)
      : config(std::move(config_in)),
        core(make_counted<host::Core>(system_clock(), config.default_timeout, random_bits(), config.members,
                                      config.name)) {}

  void serve_admin() {
    observe::AdminServerOptions options;
    options.socket = config.data_dir / observe::kAdminSocketName;
    options.log = config.log;
    auto* source = inspection.get();
    admin = observe::AdminServer::start(std::move(options), [source](const observe::AdminRequest& request) {
              return observe::answer(*source, request);
            }).value();
  }

  NodeConfig config;
  Ptr<host::Core> core;
  const Incarnation incarnation = new_incarnation();
  std::mutex mutex;  // of starting and stopping
  std::unique_ptr<host::Running> running;
  std::unique_ptr<host::Inspection> inspection;
  std::unique_ptr<observe::AdminServer> admin;
  std::atomic<bool> started{false};
};

Node::Node(NodeConfig config) {
  check(config);
  parts_ = std::make_unique<Parts>(std::move(config));
}

Node::~Node() {
  stop();
  parts_->running.reset();
}

Node& Node::host(const ServiceInfo& service, std::function<std::unique_ptr<Actor>()> make, HostOptions options) {
  if (parts_->started) throw Error(ErrorKind::invalid, std::string("host<") + service.name + ">() after start()");
  const auto& members = parts_->config.members;
  const bool client = std::any_of(members.begin(), members.end(), [&](const Member& member) {
    return member.name == parts_->config.name && member.client;
  });
  if (service.durable() && parts_->config.data_dir.empty() && !client) {
    throw Error(ErrorKind::invalid,
                std::string("service ") + service.name + " keeps durable state; give the node a data_dir to host it");
  }
  if (options.own_restart)
    supervise::check(options.restart, std::string("HostOptions of ") + service.name + ": restart");
  const RestartPolicy policy = options.own_restart ? options.restart : parts_->config.restart;
  auto hosted = std::make_shared<actor::Hosted>(service, std::move(make), policy);
  parts_->core->registry.host(std::move(hosted)).value();
  return *this;
}

void Node::start() {
  std::lock_guard lock(parts_->mutex);
  if (parts_->started) throw Error(ErrorKind::invalid, "node " + parts_->config.name + " was started before");
  parts_->running = std::make_unique<host::Running>(parts_->config, *parts_->core, parts_->incarnation);
  parts_->inspection =
      std::make_unique<host::Inspection>(parts_->config, *parts_->core, *parts_->running, parts_->incarnation);
  if (parts_->config.admin && !parts_->config.data_dir.empty()) parts_->serve_admin();
  parts_->started = true;
}

void Node::stop(std::chrono::milliseconds deadline) {
  std::lock_guard lock(parts_->mutex);
  if (parts_->running && parts_->running->store()) parts_->running->store()->end_copies();  // admin waits for them
  parts_->admin.reset();
  if (parts_->running) parts_->running->stop(deadline);
}

wire::Address* Node::intern(const ServiceInfo& service, std::string_view key) {
  return parts_->core->registry.intern(service, key).value().detach();
}

const std::string& Node::name() const noexcept { return parts_->config.name; }

std::uint16_t Node::port() const noexcept { return parts_->running ? parts_->running->port() : 0; }

bool Node::connected() const { return parts_->running && parts_->running->connected(); }

bool Node::wait_connected(std::chrono::milliseconds timeout) const {
  const auto until = std::chrono::steady_clock::now() + timeout;
  while (!connected()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

std::pair<int, std::string> Node::admin(std::string_view method, std::string_view path, std::string_view body) {
  if (!parts_->started) throw Error(ErrorKind::invalid, "Node::admin() before start()");
  auto answer = observe::answer(*parts_->inspection, {method, path, body});
  return {answer.status, std::move(answer.json)};
}

caf::actor_system& Node::system() {
  if (!parts_->running) throw Error(ErrorKind::invalid, "Node::system() before start()");
  return parts_->running->engine().system();
}

}  // namespace troupe
