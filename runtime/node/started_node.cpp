#include "node/started_node.h"

#include "base/guarded.h"
#include "base/limits.h"
#include "base/private_files.h"

namespace troupe::node {
namespace {

// How often it is looked whether a callback has returned.
constexpr std::chrono::milliseconds kLook{1};

NodeConfig with_gated_callbacks(NodeConfig config, const std::shared_ptr<host::CallbackGate>& callbacks) {
  config.on_unhealthy =
      behind(callbacks, guarded("NodeConfig::on_unhealthy", std::move(config.on_unhealthy), config.log));
  return config;
}

std::string metrics_token(const std::filesystem::path& file) {
  constexpr const char* kBlank = " \t\r\n";
  std::string token = read_secret(file, "the token for metrics", limits::kMaxMetricsTokenBytes).value();
  token.erase(0, token.find_first_not_of(kBlank));
  token.erase(token.find_last_not_of(kBlank) + 1);
  if (token.empty())
    throw Error(ErrorKind::invalid, "cannot take the token for metrics from " + file.string() +
                                        ": nothing stands there; `openssl rand -hex 32` makes one");
  return token;
}

std::string joined(const std::vector<std::string>& all) {
  std::string out;
  for (const auto& each : all) out += (out.empty() ? "" : "; ") + each;
  return out;
}

}  // namespace

StartedNode::StartedNode(const NodeConfig& config, Ptr<host::NodeRouting> routing,
                         std::shared_ptr<host::NodeOrders> orders, std::shared_ptr<host::CallbackGate> callbacks,
                         std::shared_ptr<telemetry::MetricBook> metrics)
    : callbacks_(std::move(callbacks)),
      config_(with_gated_callbacks(config, callbacks_)),
      routing_(std::move(routing)),
      metrics_(std::move(metrics)) {
  running_ = std::make_unique<host::NodeParts>(config_, *routing_, std::move(orders));
  directory_ = std::make_unique<host::DirectoryBook>(config_.cluster, *running_);
  teller_ = std::make_shared<host::DirectoryTeller>([this] { return directory_->get(); });
  inspection_ = std::make_unique<inspect::Inspection>(config_, *routing_, *running_, *directory_, *metrics_);
  if (config_.admin && !config_.data_dir.empty()) serve_admin();
  serve_metrics();
}

void StartedNode::serve_metrics() {
  if (!config_.metrics.listen.empty()) {
    observe::MetricsServerOptions options;
    options.address = observe::listen_address(config_.metrics.listen).value();
    options.log = config_.log;
    if (!config_.metrics.token_file.empty()) options.token = metrics_token(config_.metrics.token_file);
    metrics_server_ =
        observe::MetricsServer::start(std::move(options), [book = metrics_] { return book->read(); }).value();
    metrics_->listens(metrics_server_->port());
  }
  metrics_->show([source = inspection_.get()] { return source->own_metrics(); });
}

void StartedNode::serve_admin() {
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
void StartedNode::close(host::StopProgress& progress) {
  closing_.store(true, std::memory_order_release);
  if (running_->store()) running_->store()->end_copies();
  metrics_->listens(0);
  metrics_server_.reset();
  metrics_->show({});
  if (admin_) admin_->close();
  routing_->log_book->end_waits();
  teller_->stop();
  running_->end_work(progress);
  admin_.reset();
  { const std::unique_lock lock(using_); }  // who used it before `closing_` has gone
  while (teller_->telling()) {
    progress.waits_for({"a callback of Node::on_directory_change(), which does not return"});
    std::this_thread::sleep_for(kLook);
  }
  teller_->join();
  running_->end_threads(progress);
  routing_->log_book->finish();
}

Stopping::Stopping(bool threadless) : order_(std::make_shared<Order>(TimePoint::max())) {
  if (!threadless) thread_ = std::thread([order = order_] { run(*order); });
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
  std::shared_ptr<StartedNode> live;
  {
    std::unique_lock lock(order.mutex);
    order.given.wait(lock, [&] { return order.live || order.off; });
    live = std::move(order.live);
  }
  if (!live) return;
  try {
    live->close(order.progress);
    order.progress.enter(host::StopProgress::Stage::done);
  } catch (const std::exception& e) {  // no memory: its parts end with it
    live->log(LogLevel::error, std::string("a node could not be stopped in order: ") + e.what(), {{"error", e.what()}});
  }
  live.reset();  // the last of it, if the node has gone meanwhile
}

void Stopping::begin(const std::shared_ptr<StartedNode>& live, TimePoint until) noexcept {
  const std::lock_guard lock(mutex_);
  if (std::exchange(begun_, true)) return;
  live_ = live;
  order_->progress.by(until);
  {
    const std::lock_guard given(order_->mutex);
    order_->live = live;
  }
  order_->given.notify_one();
  if (!thread_.joinable()) run(*order_);
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
  live->routing().watch.end_all(
      Error(ErrorKind::unavailable, "the node stopped before the call was answered").may_have_run(true));
  live->log(LogLevel::error, "node " + live->config().name + " did not stop by its deadline: " + joined(report.stuck) +
                                 "; what these may touch is kept until they return, the data directory with it");
  return report;
}

}  // namespace troupe::node
