#include "host/running.h"

#include <thread>

#include "actor/erasure.h"
#include "cluster/placement.h"
#include "host/catalogue.h"
#include "host/hosted_schemas.h"

namespace troupe::host {
namespace {

// How often stop() looks whether the node has come to rest.
constexpr std::chrono::milliseconds kLook{1};

template <class Condition>
bool wait_until(TimePoint deadline, Condition&& met) {
  while (!met()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kLook);
  }
  return true;
}

}  // namespace

Running::Running(const NodeConfig& config, Core& core, Incarnation incarnation)
    : core_(core), supervisor_(config.log, incarnation) {
  open_store(config);
  engine::EngineOptions options;
  options.threads = config.threads;
  options.scheduler = config.scheduler;
  engine_ = config.system ? std::make_unique<engine::Engine>(*config.system, options)
                          : std::make_unique<engine::Engine>(options);
  context_.reset(new actor::Context{*engine_, store_.get(), core.origin.clock, core.registry, supervisor_, core.origin,
                                    config.max_mailbox, config.log});
  context_->delivery = config.delivery;
  core.origin.queued.configure(config.overload);
  core.registry.attach(*context_);
  try {
    if (store_) {
      actor::finish_erasures(*store_, config.log);
      courier_ = std::make_unique<actor::Courier>(*context_);
      context_->courier = courier_.get();
      reminders_ = std::make_unique<actor::ReminderClock>(*context_);
      context_->reminders = reminders_.get();
    }
    open_links(config, incarnation);
    if (courier_) courier_->start();
    if (reminders_) reminders_->start();
  } catch (...) {
    stop(std::chrono::milliseconds(0));  // the core outlives this, and may know of what goes now
    throw;
  }
  housekeeping_ = std::make_unique<Housekeeping>(core, *context_, config.idle_after);
}

void Running::open_store(const NodeConfig& config) {
  if (config.data_dir.empty()) return;
  store::StoreOptions options;
  options.directory = config.data_dir;
  options.cluster = config.cluster;
  options.node = config.name;
  options.max_map_bytes = config.max_store_bytes;
  options.keys = store::KeyRing::load(config.encryption_keys).value();
  options.log = config.log;
  store_ = store::Store::open(std::move(options)).value();
  const auto remembered = read_catalogue(store_->schemas()).value();
  remember_schemas(store_->schemas(), hosted_schemas(core_.registry, &remembered), config.data_dir, config.log).value();
}

void Running::open_links(const NodeConfig& config, Incarnation incarnation) {
  if (config.members.size() < 2) return core_.router.attach(nullptr, {});
  if (!engine_->has_io()) {
    throw Error(ErrorKind::invalid,
                "NodeConfig.system: links need CAF's I/O, and this actor_system has none; "
                "load<caf::io::middleman>() in its configuration");
  }
  net::LinkOptions options;
  options.cluster = config.cluster;
  options.node = config.name;
  options.incarnation = incarnation;
  options.membership_hash = cluster::membership_hash(config.members);
  options.max_backlog_bytes = config.overload.max_link_bytes;
  options.max_unanswered_bytes = config.overload.max_link_bytes;
  options.max_calls = config.overload.max_link_calls;
  options.log = config.log;
  links_ = std::make_unique<net::Links>(*engine_, std::move(options), core_.router);
  std::vector<net::PeerId> peers;
  const Member* self = nullptr;
  for (const Member& member : config.members) {
    if (member.name == config.name) {
      self = &member;
      peers.push_back(~net::PeerId{0});
    } else {
      peers.push_back(links_->add_peer({member.name, member.host, member.port}).value());
    }
  }
  core_.router.attach(links_.get(), std::move(peers));
  // Only now, when the router knows where to send: a call that comes earlier would be turned away.
  port_ = links_->listen(self->host, self->port).value();
  links_->connect();
}

bool Running::connected() const {
  if (!links_) return true;
  for (const auto& link : links_->status()) {
    if (!link.up) return false;
  }
  return true;
}

// From the outside in: no new calls, then no turns, then no commits, then no links, then no threads.
void Running::stop(std::chrono::milliseconds deadline) {
  if (stopped_) return;
  stopped_ = true;
  const TimePoint until = std::chrono::steady_clock::now() + deadline;
  core_.router.refuse_newcomers();
  if (reminders_) reminders_->stop();
  (void)wait_until(until, [this] { return !core_.registry.busy(); });
  core_.router.close();
  (void)core_.registry.stop_all(Error(ErrorKind::unavailable, "the node stopped before the call was done"));
  (void)wait_until(std::max(until, std::chrono::steady_clock::now() + std::chrono::seconds(1)),
                   [this] { return core_.registry.live() == 0; });
  if (courier_) courier_->stop();
  if (store_) store_->stop();
  if (links_) links_->stop(std::max(until, std::chrono::steady_clock::now() + std::chrono::milliseconds(200)));
  housekeeping_.reset();
  core_.watch.end_all(
      Error(ErrorKind::unavailable, "the node stopped before the call was answered").may_have_run(true));
  links_.reset();
  core_.registry.detach_all();
  reminders_.reset();
  courier_.reset();
  engine_.reset();
}

}  // namespace troupe::host
