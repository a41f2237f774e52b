#include "processes/node_processes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

#include "processes/child_process.h"
#include "processes/exit_codes.h"

namespace demo {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// How soon an exit is noticed and a restart that is due is made.
constexpr int kLookEveryMs = 20;

// Appends lines; unbuffered, so that what a node said last is on disk when one comes to look.
class LogFile {
 public:
  explicit LogFile(const std::filesystem::path& file)
      : fd_(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "cannot write " + file.string());
  }
  ~LogFile() { ::close(fd_); }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  void write(const std::string& line) {
    const auto text = line + "\n";
    // A full disk costs the log, not the cluster.
    [[maybe_unused]] const auto written = ::write(fd_, text.data(), text.size());
  }

 private:
  int fd_;
};

}  // namespace

NodeCommand run_command(const std::filesystem::path& config_file, const std::string& node) {
  return {node,
          {std::filesystem::read_symlink("/proc/self/exe").string(), "run", "--config", config_file.string(), "--node",
           node}};
}

std::string ready_line(const std::string& node) { return fmt::format("node {} is ready", node); }

class NodeProcesses::Watch {
 public:
  explicit Watch(Options options) : options_(std::move(options)) {
    std::filesystem::create_directories(options_.log_dir);
    for (const auto& command : options_.nodes)
      nodes_.push_back(std::make_unique<Watched>(command, options_.log_dir / (command.node + ".log")));
    thread_ = std::thread([this] { run(); });
  }

  ~Watch() { stop(milliseconds(10'000)); }

  bool wait_ready(milliseconds timeout) const {
    std::unique_lock lock(mutex_);
    const auto all_ready = [this] {
      return std::all_of(nodes_.begin(), nodes_.end(), [](const auto& n) { return n->ready; });
    };
    changed_.wait_for(lock, timeout, [&] { return failure_ || all_ready(); });
    return !failure_ && all_ready();
  }

  std::optional<std::string> failure() const {
    std::lock_guard lock(mutex_);
    return failure_;
  }

  int pid(const std::string& node) const {
    std::lock_guard lock(mutex_);
    const auto& child = find(node).child;
    return child ? child->pid() : -1;
  }

  unsigned restarts(const std::string& node) const {
    std::lock_guard lock(mutex_);
    return find(node).restarts;
  }

  void kill(const std::string& node) {
    std::lock_guard lock(mutex_);
    auto& watched = find(node);
    watched.ready = false;
    if (watched.child) watched.child->send_signal(SIGKILL);
  }

  void stop(milliseconds deadline) {
    {
      std::lock_guard lock(mutex_);
      if (!stop_deadline_) stop_deadline_ = deadline;
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  struct Said {
    std::string node, line;
  };
  struct Watched {
    Watched(NodeCommand c, const std::filesystem::path& file) : command(std::move(c)), log(file) {}
    NodeCommand command;
    LogFile log;
    std::unique_ptr<ChildProcess> child;
    std::string partial;  // the line that has no end yet
    std::string last;     // for the message when it does not come up
    bool ready = false;
    bool was_ready = false;
    unsigned restarts = 0;
    std::deque<Clock::time_point> recent;  // restarts within the window
    Clock::time_point start_at{};
  };

  Watched& find(const std::string& node) const {
    for (const auto& watched : nodes_)
      if (watched->command.node == node) return *watched;
    throw std::invalid_argument("no process for node " + node);
  }

  void run() {
    for (bool stopping = false; !stopping;) {
      wait_for_output();
      std::vector<Said> said;
      {
        std::lock_guard lock(mutex_);
        for (auto& node : nodes_) look_after(*node);
        stopping = stop_deadline_.has_value();
        said.swap(said_);
      }
      deliver(said);
    }
    for (auto it = nodes_.rbegin(); it != nodes_.rend(); ++it) end(**it);
  }

  void look_after(Watched& node) {
    if (!node.child) {
      if (!failure_ && Clock::now() >= node.start_at) start(node);
      return;
    }
    const auto status = node.child->ended();
    drain(node);
    if (!status) return;
    node.child.reset();
    node.ready = false;
    const auto ended = status->text();
    const bool hopeless = status->signal == 0 && (status->code == exit_code::kWrongUsage || !node.was_ready);
    if (hopeless) {
      fail(fmt::format("node {} does not start ({}): {}", node.command.node, ended,
                       node.last.empty() ? "it said nothing" : node.last));
    } else {
      plan_restart(node, ended);
    }
  }

  void plan_restart(Watched& node, const std::string& ended) {
    const auto now = Clock::now();
    while (!node.recent.empty() && now - node.recent.front() > options_.limit.window) node.recent.pop_front();
    if (node.recent.size() >= options_.limit.restarts) {
      fail(fmt::format("node {} ended again ({}) after {} restarts in {} s; its log has the reason", node.command.node,
                       ended, node.recent.size(), options_.limit.window.count() / 1000));
      return;
    }
    const auto pause = std::min(options_.limit.longest_pause,
                                options_.limit.pause * (1 << std::min<std::size_t>(node.recent.size(), 10)));
    node.recent.push_back(now);
    ++node.restarts;
    node.start_at = now + pause;
    tell(node, fmt::format("ended: {}; starts again in {} ms", ended, pause.count()));
    changed_.notify_all();
  }

  void start(Watched& node) {
    try {
      node.child = std::make_unique<ChildProcess>(node.command.argv);
    } catch (const std::system_error& e) {
      fail(fmt::format("node {} cannot be started: {}", node.command.node, e.what()));
    }
  }

  void fail(std::string why) {
    if (!failure_) failure_ = std::move(why);
    changed_.notify_all();
  }

  // Only this thread changes what `child` points to, so it may look without the lock.
  void wait_for_output() {
    std::vector<pollfd> fds;
    for (const auto& node : nodes_)
      if (node->child) fds.push_back({node->child->output(), POLLIN, 0});
    const auto before = Clock::now();
    ::poll(fds.data(), fds.size(), kLookEveryMs);
    // A pipe whose writers are gone polls as ready at once, until the exit is seen.
    if (Clock::now() - before < milliseconds(1)) std::this_thread::sleep_for(milliseconds(1));
  }

  void drain(Watched& node) {
    char bytes[4096];
    for (;;) {
      const auto n = ::read(node.child->output(), bytes, sizeof bytes);
      if (n <= 0) return;
      node.partial.append(bytes, static_cast<std::size_t>(n));
      for (auto end = node.partial.find('\n'); end != std::string::npos; end = node.partial.find('\n')) {
        tell(node, node.partial.substr(0, end));
        node.partial.erase(0, end + 1);
      }
    }
  }

  void tell(Watched& node, const std::string& line) {
    node.log.write(line);
    node.last = line;
    if (line.find(ready_line(node.command.node)) != std::string::npos) {
      node.ready = node.was_ready = true;
      changed_.notify_all();
    }
    said_.push_back({node.command.node, line});
  }

  // Without the lock: whoever listens may ask or kill.
  void deliver(const std::vector<Said>& said) {
    if (options_.on_line)
      for (const auto& [node, line] : said) options_.on_line(node, line);
  }

  void end(Watched& node) {
    if (!node.child) return;
    const auto last = Clock::now() + *stop_deadline_;
    node.child->send_signal(SIGTERM);
    for (bool killed = false;;) {
      wait_for_output();
      std::vector<Said> said;
      bool ended = false;
      {
        std::lock_guard lock(mutex_);
        ended = node.child->ended().has_value();
        drain(node);
        if (ended) {
          node.child.reset();
          node.ready = false;
        } else if (!killed && Clock::now() >= last) {
          tell(node, fmt::format("does not stop within {} ms; killed", stop_deadline_->count()));
          node.child->send_signal(SIGKILL);
          killed = true;
        }
        said.swap(said_);
      }
      deliver(said);
      if (ended) return;
    }
  }

  Options options_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::unique_ptr<Watched>> nodes_;
  std::vector<Said> said_;
  std::optional<std::string> failure_;
  std::optional<milliseconds> stop_deadline_;
  std::thread thread_;
};

NodeProcesses::NodeProcesses(Options options) : watch_(std::make_unique<Watch>(std::move(options))) {}
NodeProcesses::~NodeProcesses() = default;
bool NodeProcesses::wait_ready(milliseconds timeout) const { return watch_->wait_ready(timeout); }
std::optional<std::string> NodeProcesses::failure() const { return watch_->failure(); }
int NodeProcesses::pid(const std::string& node) const { return watch_->pid(node); }
unsigned NodeProcesses::restarts(const std::string& node) const { return watch_->restarts(node); }
void NodeProcesses::kill(const std::string& node) { watch_->kill(node); }
void NodeProcesses::stop(milliseconds deadline) { watch_->stop(deadline); }

}  // namespace demo
