#include "host/node_parts.h"

#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <thread>

#include "actor/activation.h"
#include "base/limits.h"
#include "base/random.h"
#include "cluster/placement.h"
#include "coordinator/open.h"
#include "host/catalogue.h"
#include "host/hosted_schemas.h"
#include "host/member_fit.h"
#include "membership/store_id.h"
#include "net/link_secret.h"
#include "tls/transport.h"

namespace troupe::host {
namespace {

// Past its deadline, stop() leaves the tree this long to stop what is idle in order.
constexpr std::chrono::milliseconds kTreeStops{200};

// How often stop() looks whether the node has come to rest.
constexpr std::chrono::milliseconds kLook{1};
// What is waited for is written down every so many looks.
constexpr int kLooksPerReport = 100;

// Links run by the machine's clock also in tests, which part nodes and join them again all the time.
constexpr std::chrono::milliseconds kBackoffInTests{4};
constexpr std::chrono::milliseconds kLongestBackoffInTests{10};
// Members hear of a newcomer a moment later than it does of them, and refuse it until then.
constexpr std::chrono::milliseconds kBackoffOfNewcomers{100};

bool joins(const NodeConfig& config) { return config.join.coordinator.kind != CoordinatorKind::none; }

// `run`: of a node that has a store, else 0.
Incarnation new_incarnation(std::uint64_t run, Chance* chance) {
  return run << 32 | (random_bits(chance) & 0xffff'ffff);
}

// What carries the bytes of links: TLS, if the configuration or the variable names files for it.
std::shared_ptr<const net::Transport> link_transport(const NodeConfig& config) {
  TlsConfig tls = config.tls;
  const char* named = std::getenv(kTlsDirectoryVariable);
  if (!tls.named() && named) tls.directory = named;
  if (!tls.named()) return std::make_shared<const net::PlainTransport>();
  return tls::TlsTransport::load(tls, {config.cluster, config.name}, config.log).value();
}

// What is proved on links; a cluster without a secret is told so, once for each node.
std::shared_ptr<const net::LinkSecret> link_secret(const NodeConfig& config, bool certified) {
  std::filesystem::path file = config.link_secret;
  const char* named = std::getenv(kLinkSecretVariable);
  if (file.empty() && named) file = named;
  if (!file.empty()) return net::LinkSecret::load(file).value();
  if (config.log && !config.test_hooks && !certified)
    config.log({LogLevel::warn, "host",
                "links prove nothing: any user of this machine may take the place of a member that is not up; give all "
                "nodes of the cluster one NodeConfig::link_secret, or certificates (NodeConfig::tls)"});
  return std::make_shared<const net::LinkSecret>();
}

}  // namespace

NodeParts::NodeParts(const NodeConfig& config, NodeRouting& routing, std::shared_ptr<const NodeOrders> orders)
    : routing_(routing),
      orders_(std::move(orders)),
      test_hooks_(config.test_hooks),
      supervisor_(config.log, random_bits(chance_of(config))),
      slow_turns_(routing.origin.clock, config.watch.slow_turn, config.log),
      observers_(test_hooks_ ? test_hooks_->observers : std::vector<Observer*>()),
      checks_services_(config.watch.check_every.count() > 0 && !steps_of(config)) {
  if (routing.rules) routing.rules->bind(routing.registry.services()).value();
  incarnation_ = new_incarnation(open_store(config), chance_of(config));
  engine::EngineOptions options;
  options.threads = config.threads;
  if (test_hooks_) options.alarms = test_hooks_->alarms;
  options.steps = steps_of(config);
  engine_ = config.system ? std::make_unique<engine::Engine>(*config.system, options)
                          : std::make_unique<engine::Engine>(options);
  context_.reset(new actor::Context{*engine_, store_.get(), routing.origin.clock, routing.registry, supervisor_,
                                    routing.origin, config.max_mailbox, config.log});
  context_->delivery = config.delivery;
  context_->keeps_later_fields = store_knows_later_;
  context_->slow_turns = &slow_turns_;
  context_->observer = observers_.get();
  context_->tracer = routing.origin.tracer;
  if (config.flight_recorder.bytes != 0) {
    recorder_ = std::make_unique<telemetry::FlightRecorder>(routing.origin.ticks, config.flight_recorder,
                                                            engine_->worker_count());
    context_->recorder = recorder_.get();
  }
  if (!config.data_dir.empty()) {
    turn_files_ = std::make_unique<TurnFiles>(TurnFiles::Options{config.data_dir, config.name, config.crash_files,
                                                                 config.encryption_keys.named(), config.log},
                                              *engine_, routing.origin.clock);
    context_->tapes = turn_files_.get();
  }
  context_->meters = routing.origin.meters;
  if (test_hooks_) {
    context_->faults = test_hooks_->turns;
    routing.router.interfere(test_hooks_->messages);
  }
  routing.origin.queued.configure(config.overload);
  routing.registry.attach(*context_);
  try {
    if (store_) {
      courier_ = std::make_unique<actor::Courier>(*context_);
      context_->courier = courier_.get();
      reminders_ = std::make_unique<actor::ReminderClock>(*context_);
      context_->reminders = reminders_.get();
    }
    partitions_ = std::make_unique<partition::Partitions>(*context_);
    if (joins(config)) {
      find_cluster(config);
    } else {
      open_partitions();
    }
    if (orders_->supervised) plant(*orders_->supervised);
    open_links(config);
    if (membership_) join(config);
    if (tree_) tree_->start();
    keeps_run_.store(true, std::memory_order_release);
    if (courier_) courier_->start();
    if (reminders_) reminders_->start();
    housekeeping_ = std::make_unique<Housekeeping>(routing, *context_, config.idle_after);
    watchdog_ = std::make_unique<Watchdog>(Watchdog::Subjects{routing.registry, *context_, *engine_, store_.get()},
                                           config.watch, config.on_unhealthy, config.log);
    check_services(config);
    export_spans(config);
    if (membership_) membership_->start();
  } catch (...) {
    stop(std::chrono::milliseconds(0));  // the core outlives this, and may know of what goes now
    throw;
  }
  if (test_hooks_ && test_hooks_->begun) test_hooks_->begun(*this);
}

// Which run of the node it begins; 0: it has no store.
std::uint64_t NodeParts::open_store(const NodeConfig& config) {
  if (config.data_dir.empty()) return 0;
  store::StoreOptions options;
  options.directory = config.data_dir;
  options.cluster = config.cluster;
  options.node = config.name;
  options.max_map_bytes = config.max_store_bytes;
  options.keys = store::KeyRing::load(config.encryption_keys).value();
  options.log = config.log;
  options.observer = observers_.get();
  if (test_hooks_) options.faults = test_hooks_->disk;
  if (test_hooks_ && test_hooks_->log_bytes != 0) options.log_bytes = test_hooks_->log_bytes;
  options.steps = steps_of(config);
  options.chance = chance_of(config);
  store_ = store::Store::open(std::move(options)).value();
  if (!joins(config)) check_fit(*store_, config.data_dir, config.members).value();
  if (auto past = store_->past_time().value()) routing_.origin.time.resume(std::move(*past), boot_id());
  const std::uint64_t run = store_->begin_run(routing_.origin.time.past(boot_id())).value();
  const auto remembered = read_catalogue(store_->schemas()).value();
  store_knows_later_ =
      remember_schemas(*store_, hosted_schemas(routing_.registry, &remembered), config.data_dir, config.log).value();
  if (!joins(config)) store::remember_owned(config.data_dir, owned_by(config.name, config.members)).value();
  return run;
}

// Before the first call. What they hold goes out when the node has started.
void NodeParts::open_partitions() {
  const auto& view = routing_.router.view();
  partitions_->open_owned([&](PartitionId partition) {
    const cluster::Ownership what = view.of(partition);
    return what.owner == view.self() ? what.epoch : Epoch{0};
  });
}

net::LinkOptions NodeParts::link_options(const NodeConfig& config) {
  net::LinkOptions options;
  options.cluster = config.cluster;
  options.node = config.name;
  options.incarnation = incarnation_;
  options.membership_hash = cluster::membership_hash(config.members);
  options.max_backlog_bytes = config.overload.max_link_bytes;
  options.max_unanswered_bytes = config.overload.max_link_bytes;
  options.max_calls = config.overload.max_link_calls;
  options.log = config.log;
  options.time = &routing_.origin.time;
  // Links of a simulation are bytes in memory, and what OpenSSL does is under no seed.
  if (!(test_hooks_ && test_hooks_->wires)) options.transport = link_transport(config);
  options.secret = link_secret(config, options.transport->seals());
  if (options.transport->seals()) options.max_age = config.tls.max_link_age;
  options.observer = observers_.get();
  options.chance = chance_of(config);
  if (membership_) {
    options.members_change = true;
    options.membership_hash = membership_->cluster_hash();
    options.backoff_refused = kBackoffOfNewcomers;
    if (transfers_) options.channels.push_back(transfers_->offer());
  }
  if (!test_hooks_) return options;
  options.wires = test_hooks_->wires;
  options.call_clock = test_hooks_->clock;
  options.gate = test_hooks_->gate;
  if (options.wires) {
    options.clock = test_hooks_->clock;
  } else {
    options.backoff_min = kBackoffInTests;
    options.backoff_max = kLongestBackoffInTests;
  }
  return options;
}

void NodeParts::open_links(const NodeConfig& config) {
  if (config.members.size() < 2 && !membership_) return routing_.router.attach(nullptr, 0);
  if (!(test_hooks_ && test_hooks_->wires) && !engine_->has_io()) {
    throw Error(ErrorKind::invalid,
                "NodeConfig.system: links need CAF's I/O, and this actor_system has none; "
                "load<caf::io::middleman>() in its configuration");
  }
  links_ = std::make_unique<net::Links>(*engine_, link_options(config), routing_.router);
  const auto self = std::find_if(config.members.begin(), config.members.end(),
                                 [&](const Member& member) { return member.name == config.name; });
  routing_.router.attach(links_.get(), config.overload.max_link_activations);
  // Only now, when the router knows where to send: a call that comes earlier would be turned away.
  port_ = links_->listen(self->host, self->port).value();
  links_->connect();
}

// Before the first call: it finds what the tree names held, until that has started.
void NodeParts::plant(const Supervised& supervised) {
  const auto owner_of = [this](const wire::Address& actor) {
    std::string node = routing_.router.node_of(actor);
    return node == routing_.router.self() ? std::string() : node;
  };
  tree_ = make_counted<supervise::TreeDriver>(*context_, supervised.tree, supervised.events, owner_of);
  context_->child_events = tree_.get();
  tree_->hold_all();
}

bool NodeParts::connected() const {
  if (!links_) return true;
  const auto view = routing_.router.view().get();
  const auto& members = view->members();
  for (const auto& link : links_->status()) {
    const bool lives = link.id >= members.size() || members[link.id].alive;
    if (!link.up && lives) return false;
  }
  // A client among members that all are gone reaches nobody.
  return std::any_of(members.begin(), members.end(),
                     [](const cluster::KnownMember& one) { return one.present && one.alive && !one.member.client; });
}

// A simulation has no threads for it, and its collector would be outside of the seed.
void NodeParts::export_spans(const NodeConfig& config) {
  const TracingConfig& tracing = config.tracing;
  if (!routing_.tracer || steps_of(config) || (tracing.otlp.url.empty() && !tracing.sink)) return;
  telemetry::Exporter::Options options;
  options.resource = {config.cluster, config.name};
  options.batch = tracing.otlp.batch;
  options.queue = tracing.otlp.queue;
  options.every = tracing.otlp.every;
  if (!tracing.otlp.url.empty()) options.post = telemetry::collector(tracing.otlp).value();
  options.sink = tracing.sink;
  options.log = config.log;
  exporter_ = std::make_unique<telemetry::Exporter>(std::move(options));
  routing_.tracer->ring().listen(
      [exporter = exporter_.get()](const telemetry::SpanPtr& span) { exporter->offer(span); });
}

// What turns and calls have ended with is in it.
void NodeParts::end_exports() noexcept {
  if (!exporter_) return;
  routing_.tracer->ring().listen({});
  exporter_->end();
}

void NodeParts::stop(std::chrono::milliseconds deadline) {
  if (stopped_) return;
  StopProgress progress(later(stops_by(test_hooks_.get()), deadline));
  end_work(progress);
  end_threads(progress);
}

// Until others have done something.
void NodeParts::rest() {
  if (test_hooks_ && test_hooks_->steps) return test_hooks_->steps->wait();
  std::this_thread::sleep_for(kLook);
}

void NodeParts::end_work(StopProgress& progress) {
  using Stage = StopProgress::Stage;
  stopped_ = true;
  const auto now = [this] { return stops_by(test_hooks_.get()); };
  const auto at_least = [&](std::chrono::milliseconds time) { return std::max(progress.until(), later(now(), time)); };
  routing_.router.refuse_newcomers();
  if (reminders_) reminders_->stop();
  if (checks_) checks_->stop();
  if (membership_) membership_->stop_acting();
  progress.waits_for({"turns that run"});
  while (routing_.registry.busy() && now() < progress.until()) rest();
  if (routing_.rules) routing_.rules->close();
  routing_.router.close();
  engine_->refuse_blocking();
  if (tree_) (void)tree_->stop(at_least(kTreeStops));
  (void)routing_.registry.stop_all(Error(ErrorKind::unavailable, "the node stopped before the call was done"));
  for (const TimePoint until = at_least(limits::kStopGrace / 2); routing_.registry.live() > 0 && now() < until;) rest();
  progress.ended_turns(context_->turns_stopped.load(std::memory_order_relaxed));

  if (membership_) membership_->leave();
  progress.waits_for({"the store, which writes what it has"});
  progress.enter(Stage::store);
  if (courier_) courier_->stop();
  if (store_) (void)store_->keep_time(routing_.origin.time.past(boot_id()));
  if (store_) store_->stop();
  progress.waits_for({"the links, which say goodbye"});
  progress.enter(Stage::links);
  if (links_) links_->stop(at_least(std::chrono::milliseconds(200)));
  progress.waits_for({"a callback of then(), which does not return"});
  progress.enter(Stage::threads);
  if (test_hooks_ && test_hooks_->ended) test_hooks_->ended();
  housekeeping_.reset();
  routing_.watch.end_all(
      Error(ErrorKind::unavailable, "the node stopped before the call was answered").may_have_run(true));
}

// A handler or blocking() work that does not return holds its thread: nothing that it may touch goes before it does.
void NodeParts::end_threads(StopProgress& progress) {
  int looks = 0;
  while (!engine_->idle()) {
    if (looks++ % kLooksPerReport == 0) progress.waits_for(what_runs());
    rest();
  }
  while (checks_ && !checks_->running().empty()) {
    if (looks++ % kLooksPerReport == 0) progress.waits_for(checks_that_run());
    rest();
  }
  checked_.store(nullptr, std::memory_order_release);
  checks_.reset();
  routing_.router.detach_links();
  links_.reset();
  watchdog_.reset();
  routing_.registry.detach_all();
  tree_ = nullptr;
  transfers_.reset();
  membership_.reset();
  coordinator_.reset();
  partitions_.reset();
  reminders_.reset();
  courier_.reset();
  engine_.reset();
  end_exports();
  // Last, for whatever ran may have read it. Now the directory is free for another node, also of this process.
  context_->store = nullptr;
  store_.reset();
}

std::vector<std::string> NodeParts::what_runs() const {
  std::vector<std::string> out;
  for (const auto& worker : engine_->workers()) {
    if (worker.scheduled == nullptr) continue;
    std::string who = "the runtime's own work";
    routing_.registry.for_each([&](const wire::AddressPtr& address, actor::Activation& activation) {
      if (&activation != worker.scheduled) return;
      const std::string method = activation.running_method();
      who = address->text() + (method.empty() ? "" : "." + method);
    });
    out.push_back(who + " on thread " + std::to_string(worker.thread));
  }
  if (const auto blocking = engine_->blocking_now(); blocking > 0)
    out.push_back(std::to_string(blocking) + " pieces of blocking() work");
  return out;
}

}  // namespace troupe::host
