#include "troupe/node.h"
#include "troupe/ref.h"

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
#include "base/random.h"
#include "call/host_call.h"
#include "engine/held_wakes.h"
#include "host/faults.h"
#include "host/node_routing.h"
#include "host/test_hooks.h"
#include "node/config_check.h"
#include "node/log_speaker.h"
#include "node/started_node.h"
#include "supervise/restart_policy.h"
#include "telemetry/metric_book.h"
#include "troupe/actor.h"

namespace troupe {
namespace {

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

std::shared_ptr<observe::LogBook> log_book(const NodeConfig& config, const Clock& clock,
                                           const std::shared_ptr<host::CallbackGate>& callbacks) {
  LogSink sink = config.log;
  if (sink)
    sink = [callbacks, sink = std::move(sink)](const LogLine& line) {
      std::exception_ptr thrown;  // the gate would swallow it, and the book counts it
      callbacks->pass([&] {
        try {
          sink(line);
        } catch (...) {
          thrown = std::current_exception();
        }
      });
      if (thrown) std::rethrow_exception(thrown);
    };
  return std::make_shared<observe::LogBook>(observe::LogBook::Parts{.node = config.name,
                                                                    .options = config.logging,
                                                                    .sink = std::move(sink),
                                                                    .speaker = node::who_speaks,
                                                                    .clock = clock,
                                                                    .clock_owner = config.test_hooks,
                                                                    .run = clock.wall_ms()});
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
    routing->log_book = log_book(config, routing->origin.clock, callbacks);
    config.log = [book = routing->log_book](const LogLine& line) { book->write(line); };
    routing->origin.log = config.log;
    config.tracing.sink =
        host::behind(callbacks, guarded("TracingConfig::sink", std::move(config.tracing.sink), config.log));
    for (const auto& [service, pool] : config.pools) routing->pool_names.push_back(service);
    for (const auto& [service, pool] : config.pools)
      if (pool.balance) routing->router.pools().configure(service, *pool.balance);
    routing->trace(config.tracing, config.name, mix(routing->origin.id_seed));
    if (config.metrics.calls) routing->origin.meters = &routing->meters;
    metric_book = std::make_shared<telemetry::MetricBook>(config.log);
    metrics.emplace(metric_book);
    if (!config.calls.empty()) routing->cover(config.calls, random_bits(host::chance_of(config)));
  }

  NodeConfig config;
  Ptr<host::NodeRouting> routing;
  const std::shared_ptr<host::NodeOrders> orders = std::make_shared<host::NodeOrders>();
  const std::shared_ptr<host::CallbackGate> callbacks = std::make_shared<host::CallbackGate>();
  std::shared_ptr<telemetry::MetricBook> metric_book;
  std::optional<Metrics> metrics;
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
  check_config(config);
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
    parts_->live = std::make_shared<node::StartedNode>(parts_->config, parts_->routing, parts_->orders,
                                                       parts_->callbacks, parts_->metric_book);
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
  engine::JobsTogether::let_go();  // what this thread holds back would be waited for, and then be gone
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

RefBase Node::ref(const ServiceInfo& service, std::string_view key) { return RefBase(intern(service, key)); }
RefBase Node::ref(const ServiceInfo& service) { return RefBase(intern(service)); }

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

host::NodeRouting& Node::routing() const noexcept { return *parts_->routing; }
LogSink Node::log() const { return parts_->config.log; }
Metrics& Node::metrics() noexcept { return *parts_->metrics; }

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
