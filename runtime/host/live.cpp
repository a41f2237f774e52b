#include "host/live.h"

#include "base/guarded.h"

namespace troupe::host {
namespace {

NodeConfig behind_door(NodeConfig config, const std::shared_ptr<Door>& door) {
  config.on_unhealthy = behind(door, guarded("NodeConfig::on_unhealthy", std::move(config.on_unhealthy), config.log));
  return config;
}

std::string joined(const std::vector<std::string>& all) {
  std::string out;
  for (const auto& each : all) out += (out.empty() ? "" : "; ") + each;
  return out;
}

}  // namespace

Live::Live(const NodeConfig& config, Ptr<Core> core, const Supervised* supervised, std::shared_ptr<Door> door)
    : door_(std::move(door)), config_(behind_door(config, door_)), core_(std::move(core)) {
  if (supervised) {
    const auto& events = supervised->events;
    const Supervised held{
        supervised->tree,
        {.on_given_up = behind(door_, guarded("SupervisionEvents::on_given_up", events.on_given_up, config_.log)),
         .on_shut_down = behind(door_, guarded("SupervisionEvents::on_shut_down", events.on_shut_down, config_.log))}};
    running_ = std::make_unique<Running>(config_, *core_, &held);
  } else {
    running_ = std::make_unique<Running>(config_, *core_);
  }
  inspection_ = std::make_unique<Inspection>(config_, *core_, *running_);
  if (config_.admin && !config_.data_dir.empty()) serve_admin();
}

void Live::serve_admin() {
  observe::AdminServerOptions options;
  options.socket = config_.data_dir / observe::kAdminSocketName;
  options.log = config_.log;
  auto* source = inspection_.get();
  admin_ = observe::AdminServer::start(std::move(options), [source](const observe::AdminRequest& request) {
             return observe::answer(*source, request);
           }).value();
}

// From the outside in: no new calls, then no turns, then no commits, then no links, then no threads. What the debug
// tool waits for ends with the calls.
void Live::close(StopProgress& progress) {
  closing_.store(true, std::memory_order_release);
  if (running_->store()) running_->store()->end_copies();
  if (admin_) admin_->close();
  running_->end_work(progress);
  admin_.reset();
  { const std::unique_lock lock(using_); }  // who used it before `closing_` has gone
  running_->end_threads(progress);
}

Stopping::Stopping() : order_(std::make_shared<Order>(TimePoint::max())) {
  thread_ = std::thread([order = order_] { run(*order); });
}

Stopping::~Stopping() {
  if (!thread_.joinable()) return;
  if (begun_) {
    thread_.detach();
    return;
  }
  {
    const std::lock_guard lock(order_->mutex);
    order_->off = true;
  }
  order_->given.notify_one();
  thread_.join();
}

void Stopping::run(Order& order) noexcept {
  std::shared_ptr<Live> live;
  {
    std::unique_lock lock(order.mutex);
    order.given.wait(lock, [&] { return order.live || order.off; });
    live = std::move(order.live);
  }
  if (!live) return;
  try {
    live->close(order.progress);
    order.progress.enter(StopProgress::Stage::done);
  } catch (const std::exception& e) {  // no memory: its parts end with it
    live->log(LogLevel::error, std::string("a node could not be stopped in order: ") + e.what());
  }
  live.reset();  // the last of it, if the node has gone meanwhile
}

void Stopping::begin(const std::shared_ptr<Live>& live, TimePoint until) noexcept {
  const std::lock_guard lock(mutex_);
  if (std::exchange(begun_, true)) return;
  live_ = live;
  order_->progress.by(until);
  {
    const std::lock_guard given(order_->mutex);
    order_->live = live;
  }
  order_->given.notify_one();
}

StopReport Stopping::wait(TimePoint until) {
  order_->progress.by(until);
  StopReport report = order_->progress.wait();
  const std::lock_guard lock(mutex_);
  if (report.complete) {
    if (thread_.joinable()) thread_.join();
    return report;
  }
  const auto live = live_.lock();
  if (!live) return report;
  // The thread goes on; nobody who calls waits for it.
  live->core().watch.end_all(
      Error(ErrorKind::unavailable, "the node stopped before the call was answered").may_have_run(true));
  live->log(LogLevel::error, "node " + live->config().name + " did not stop by its deadline: " + joined(report.stuck) +
                                 "; what these may touch is kept until they return, the data directory with it");
  return report;
}

}  // namespace troupe::host
