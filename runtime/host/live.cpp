#include "host/live.h"

namespace troupe::host {
namespace {

NodeConfig behind_door(NodeConfig config, const std::shared_ptr<Door>& door) {
  config.log = behind(door, std::move(config.log));
  config.on_unhealthy = behind(door, std::move(config.on_unhealthy));
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
    const Supervised held{supervised->tree,
                          {.on_given_up = behind(door_, supervised->events.on_given_up),
                           .on_shut_down = behind(door_, supervised->events.on_shut_down)}};
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

Stopping::Stopping(std::shared_ptr<Live> live, TimePoint until)
    : live_(std::move(live)), progress_(std::make_shared<StopProgress>(until)) {
  thread_ = std::thread([live = live_, progress = progress_]() mutable {
    live->close(*progress);
    progress->enter(StopProgress::Stage::done);
    live.reset();  // the last of it, if the node has gone meanwhile
  });
}

Stopping::~Stopping() {
  if (thread_.joinable()) thread_.detach();
}

StopReport Stopping::wait(TimePoint until) {
  progress_->by(until);
  StopReport report = progress_->wait();
  const std::lock_guard lock(mutex_);
  if (report.complete) {
    if (thread_.joinable()) thread_.join();
    return report;
  }
  // The thread goes on; nobody who calls waits for it.
  live_->core().watch.end_all(
      Error(ErrorKind::unavailable, "the node stopped before the call was answered").may_have_run(true));
  live_->log(LogLevel::error, "node " + live_->config().name +
                                  " did not stop by its deadline: " + joined(report.stuck) +
                                  "; what these may touch is kept until they return, the data directory with it");
  return report;
}

}  // namespace troupe::host
