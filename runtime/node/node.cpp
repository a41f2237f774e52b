#include "troupe/node.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "actor/activation.h"
#include "actor/current.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/limits.h"
#include "base/log_fields.h"
#include "base/private_files.h"
#include "base/random.h"
#include "call/host_call.h"
#include "cluster/placement.h"
#include "host/faults.h"
#include "host/node_routing.h"
#include "host/test_hooks.h"
#include "node/started_node.h"
#include "resilience/policy_check.h"
#include "supervise/restart_policy.h"
#include "troupe/actor.h"

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

void check(const std::map<std::string, PoolOptions>& pools) {
  for (const auto& [service, pool] : pools)
    if (pool.instances > limits::kMaxPoolInstances)
      throw wrong("pools[\"" + service + "\"].instances is " + std::to_string(pool.instances) + "; at most " +
                  std::to_string(limits::kMaxPoolInstances) + " are allowed, 0 is one per worker thread");
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

void check(TlsConfig& tls) {
  for (auto* file : {&tls.directory, &tls.certificate, &tls.key, &tls.authority, &tls.denied}) *file = fixed(*file);
  if (tls.max_link_age.count() != 0 && (tls.max_link_age < kMinLinkAge || tls.max_link_age > kMaxLinkAge))
    throw wrong("tls.max_link_age must be zero (links live for ever), or " + std::to_string(kMinLinkAge.count()) +
                " ms to a year");
  if (tls.look_every < kMinLook || tls.look_every > kMaxLook)
    throw wrong("tls.look_every must be " + std::to_string(kMinLook.count()) + " ms to a day");
}

void check(NodeConfig& config) {
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

// As one that throws nothing; what it throws is what is wrong.
std::function<std::string()> own_check(std::shared_ptr<host::CallbackGate> callbacks,
                                       std::function<std::string()> check) {
  return [callbacks = std::move(callbacks), check = std::move(check)] {
    std::string trouble;
    callbacks->pass([&] {
      try {
        trouble = check();
      } catch (const std::exception& e) {
        trouble = *e.what() == 0 ? "its check threw" : e.what();
      } catch (...) {
        trouble = "its check threw what is no std::exception";
      }
    });
    return trouble;
  };
}

}  // namespace

struct Node::Parts {
  explicit Parts(NodeConfig config_in)
      : config(std::move(config_in)),
        routing(make_counted<host::NodeRouting>(config.test_hooks ? *config.test_hooks->clock : system_clock(),
                                                config.default_timeout, random_bits(host::chance_of(config)),
                                                config.members, config.name)) {
    routing->test_hooks = config.test_hooks;
    orders->ready = !config.join.held_back;
    config.log = host::behind(callbacks, guarded("NodeConfig::log", of_node(config.name, std::move(config.log))));
    routing->origin.log = config.log;
    for (const auto& [service, pool] : config.pools)
      if (pool.balance) routing->router.pools().configure(service, *pool.balance);
    if (!config.calls.empty()) routing->cover(config.calls, random_bits(host::chance_of(config)));
  }

  NodeConfig config;
  Ptr<host::NodeRouting> routing;
  const std::shared_ptr<host::NodeOrders> orders = std::make_shared<host::NodeOrders>();
  const std::shared_ptr<host::CallbackGate> callbacks = std::make_shared<host::CallbackGate>();
  mutable std::mutex mutex;  // of starting and stopping
  std::shared_ptr<node::StartedNode> live;
  std::shared_ptr<node::Stopping> stopping;
  std::atomic<bool> started{false};

  // Null before start() is through.
  [[nodiscard]] node::StartedNode* begun() const noexcept {
    return started.load(std::memory_order_acquire) ? live.get() : nullptr;
  }
  // Begins to stop, or finds it begun. Null: there is nothing to stop.
  std::shared_ptr<node::Stopping> begin_to_stop(TimePoint until) {
    std::lock_guard lock(mutex);
    if (stopping) stopping->begin(live, until);
    return stopping;
  }
  // Where waiting for the node's threads would be waiting for oneself; empty: somewhere else.
  [[nodiscard]] std::string where_it_waits_for_itself() const {
    if (auto* activation = actor::current().activation) return "in a handler of " + activation->address().text();
    if (call::in_callback()) return "in a callback of the node or of then()";
    auto* it = begun();
    const auto in_use = it ? it->use() : std::shared_lock<std::shared_mutex>();
    if (!in_use) return {};
    if (it->running().engine().runs_this_thread()) return "on a worker thread of its own";
    return {};
  }
};

Node::Node(NodeConfig config) {
  check(config);
  parts_ = std::make_unique<Parts>(std::move(config));
}

Node::~Node() {
  const TimePoint now = std::chrono::steady_clock::now();
  if (parts_->where_it_waits_for_itself().empty()) {
    (void)stop();
  } else {
    (void)parts_->begin_to_stop(now);  // and it ends when this thread has gone on
  }
  parts_->callbacks->shut();
}

Node& Node::host(const ServiceInfo& service, std::function<std::unique_ptr<Actor>()> make, HostOptions options) {
  if (parts_->started) throw Error(ErrorKind::invalid, std::string("host<") + service.name + ">() after start()");
  if (!make) throw Error(ErrorKind::invalid, std::string("host<") + service.name + ">() with an empty function");
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
  const auto pool = parts_->config.pools.find(service.name);
  if (pool != parts_->config.pools.end()) {
    if (service.placement != Placement::pool)
      throw Error(ErrorKind::invalid, std::string("NodeConfig.pools names ") + service.name + ", whose placement is " +
                                          std::string(to_string(service.placement)) + " and not pool");
    parts_->routing->registry.pool_of(service.id, pool->second.instances);
  }
  auto hosted = std::make_shared<actor::Hosted>(service, std::move(make), policy);
  parts_->routing->registry.host(std::move(hosted)).value();
  if (options.health)
    parts_->orders->checks.push_back(
        {service.id, service.name, own_check(parts_->callbacks, std::move(options.health))});
  return *this;
}

Node& Node::supervise(Supervision tree, SupervisionEvents events) {
  if (parts_->started) throw Error(ErrorKind::invalid, "Node::supervise() after start()");
  if (parts_->orders->supervised)
    throw Error(ErrorKind::invalid, "Node::supervise() twice: a node has one tree; make one a child of the other");
  check(tree).value();
  const auto gated = [&](const char* name, auto call) {
    return host::behind(parts_->callbacks, guarded(name, std::move(call), parts_->config.log));
  };
  events = {.on_given_up = gated("SupervisionEvents::on_given_up", std::move(events.on_given_up)),
            .on_shut_down = gated("SupervisionEvents::on_shut_down", std::move(events.on_shut_down))};
  parts_->orders->supervised = host::Supervised{std::move(tree), std::move(events)};
  return *this;
}

void Node::ready(bool ready) {
  parts_->orders->ready.store(ready, std::memory_order_release);
  auto* live = parts_->begun();
  const auto in_use = live ? live->use() : std::shared_lock<std::shared_mutex>();
  if (auto* membership = in_use ? live->running().membership() : nullptr) membership->look_soon();
}

std::shared_ptr<const ClusterDirectory> Node::directory() const {
  auto* live = parts_->begun();
  if (!live) throw Error(ErrorKind::invalid, "Node::directory() before start()");
  const auto in_use = live->use();
  if (!in_use) throw Error(ErrorKind::unavailable, "Node::directory() of " + parts_->config.name + ", which stops");
  return live->directory().get();
}

DirectorySubscription Node::on_directory_change(
    std::function<void(const std::shared_ptr<const ClusterDirectory>&)> changed) {
  if (!changed) throw Error(ErrorKind::invalid, "Node::on_directory_change() with an empty function");
  auto* live = parts_->begun();
  if (!live) throw Error(ErrorKind::invalid, "Node::on_directory_change() before start()");
  const auto in_use = live->use();
  if (!in_use)
    throw Error(ErrorKind::unavailable, "Node::on_directory_change() of " + parts_->config.name + ", which stops");
  if (host::steps_of(parts_->config)) return DirectorySubscription();
  auto told = guarded("the callback of Node::on_directory_change()", std::move(changed), parts_->config.log);
  const auto teller = live->teller();
  const auto number = teller->subscribe(host::behind(parts_->callbacks, std::move(told))).value();
  return DirectorySubscription([teller, number] { teller->unsubscribe(number); });
}

SupervisionTree& Node::supervision() {
  if (!parts_->started) throw Error(ErrorKind::invalid, "Node::supervision() before start()");
  if (!parts_->orders->supervised)
    throw Error(ErrorKind::invalid, "Node::supervision(): the node was given no tree to supervise()");
  const auto in_use = parts_->live->use();
  auto* tree = in_use ? parts_->live->running().tree() : nullptr;
  if (!tree) throw Error(ErrorKind::unavailable, "Node::supervision(): the node has stopped");
  return *tree;
}

void Node::start() {
  std::lock_guard lock(parts_->mutex);
  if (parts_->started)
    throw Error(ErrorKind::invalid, "node " + parts_->config.name + " was started before" +
                                        (parts_->stopping->begun() ? " and has been stopped" : "") +
                                        ": a Node starts once; make another one, of the same configuration");
  try {
    auto stopping =
        std::make_shared<node::Stopping>(host::steps_of(parts_->config) != nullptr);  // first: what runs can be stopped
    parts_->live =
        std::make_shared<node::StartedNode>(parts_->config, parts_->routing, parts_->orders, parts_->callbacks);
    parts_->stopping = std::move(stopping);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& e) {  // no memory, no threads
    throw Error(ErrorKind::unavailable, "node " + parts_->config.name + " cannot start: " + e.what());
  }
  parts_->started.store(true, std::memory_order_release);
  engine::Engine::leave_thread();  // another one closes the node
}

StopReport Node::stop(Milliseconds deadline) {
  if (const std::string where = parts_->where_it_waits_for_itself(); !where.empty()) {
    throw Error(ErrorKind::invalid, "Node::stop() of " + parts_->config.name + " " + where +
                                        ": it would wait for itself; let another thread stop the node");
  }
  const TimePoint until = later(host::stops_by(parts_->config), deadline);
  engine::Engine::leave_thread();
  const auto stopping = parts_->begin_to_stop(until);
  return stopping ? stopping->wait(until) : StopReport{};
}

wire::Address* Node::intern(const ServiceInfo& service, std::string_view key) {
  return parts_->routing->registry.intern(service, key).value().detach();
}

wire::Address* Node::intern(const ServiceInfo& service) {
  return parts_->routing->registry.intern_alone(service).value().detach();
}

const std::string& Node::name() const noexcept { return parts_->config.name; }

std::uint16_t Node::port() const noexcept {
  auto* live = parts_->begun();
  return live ? live->running().port() : 0;
}

bool Node::connected() const {
  auto* live = parts_->begun();
  if (!live) return false;
  const auto in_use = live->use();
  return in_use && live->running().connected();
}

Health Node::health() const {
  if (auto* live = parts_->begun()) {
    if (const auto in_use = live->use())
      return {host::faults_of(live->running()), host::sick_services_of(live->running())};
  }
  return {{{"not_running", "node " + parts_->config.name + " has not been started, or stops"}}};
}

bool Node::wait_connected(Milliseconds timeout) const {
  const auto until = later(std::chrono::steady_clock::now(), timeout);
  while (!connected()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

std::pair<int, std::string> Node::admin(std::string_view method, std::string_view path, std::string_view body) {
  if (auto* activation = actor::current().activation)
    throw Error(ErrorKind::invalid, "Node::admin() in a handler of " + activation->address().text() +
                                        ": it may ask that very actor, and wait for itself; let a host thread ask");
  auto* live = parts_->begun();
  if (!live) throw Error(ErrorKind::invalid, "Node::admin() before start()");
  const auto in_use = live->use();
  if (!in_use) throw Error(ErrorKind::unavailable, "Node::admin() of " + parts_->config.name + ", which stops");
  auto answer = observe::answer(live->inspection(), {method, path, body});
  return {answer.status, std::move(answer.json)};
}

caf::actor_system& Node::system() {
  auto* live = parts_->begun();
  const auto in_use = live ? live->use() : std::shared_lock<std::shared_mutex>();
  if (!in_use) throw Error(ErrorKind::invalid, "Node::system() before start() or after stop()");
  return live->running().engine().system();
}

}  // namespace troupe
