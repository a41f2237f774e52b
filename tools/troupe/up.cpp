#include "up.h"

#include <signal.h>
#include <troupe/link_secret.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "cluster_file.h"
#include "failure.h"
#include "reload.h"
#include "running_cluster.h"
#include "scaler.h"
#include "show.h"
#include "tree_text.h"

namespace troupe::tool {
namespace {

using std::chrono::milliseconds;

constexpr int kKilled = 130;
constexpr milliseconds kLook{50};
// Who passes a signal on often does so twice, to the process and to its group, as timeout(1) does: that is one.
constexpr milliseconds kSameSignal{500};

// SIGHUP is left alone where it is ignored: under nohup.
sigset_t stop_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGINT);
  ::sigaddset(&set, SIGTERM);
  struct sigaction hangup {};
  if (::sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN) ::sigaddset(&set, SIGHUP);
  return set;
}

const char* word(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warn: return "warn";
    case LogLevel::error: return "error";
  }
  return "unknown";
}

// Whole lines, whatever thread prints them.
class Printer {
 public:
  explicit Printer(const UpOptions& options) : options_(options) {}
  void program(const std::string& id, const std::string& line) {
    if (options_.quiet) return;
    if (options_.json) return print(stdout, dumped({{"process", id}, {"line", line}}));
    print(stdout, id + " | " + printable(line));
  }
  void say(LogLevel level, const std::string& what) {
    if (options_.json) return print(stdout, dumped({{"level", word(level)}, {"message", what}}));
    print(level == LogLevel::error ? stderr : stdout, "troupe up: " + printable(what));
  }

 private:
  static std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }
  void print(FILE* out, const std::string& line) {
    const std::lock_guard lock(mutex_);
    std::fwrite((line + "\n").data(), 1, line.size() + 1, out);
    std::fflush(out);
  }
  const UpOptions options_;
  std::mutex mutex_;
};

// Hears the signals that stop a tree, as long as it lives.
class Signals {
 public:
  Signals(ProcessTree& tree, Printer& printer)
      : thread_([this, &tree, &printer](const std::stop_token& done) {
          const sigset_t set = stop_signals();
          const timespec look{0, std::chrono::nanoseconds(kLook).count()};
          while (!done.stop_requested()) {
            if (::sigtimedwait(&set, nullptr, &look) > 0) stop(tree, printer);
          }
        }) {}
  [[nodiscard]] bool stopped() const noexcept { return stopped_; }
  [[nodiscard]] bool killed() const noexcept { return killed_; }

 private:
  void stop(ProcessTree& tree, Printer& printer) {
    const auto now = std::chrono::steady_clock::now();
    if (!stopped_.exchange(true)) {
      first_ = now;
      printer.say(LogLevel::info, "stopping; a second signal kills");
      return tree.request_stop();
    }
    if (now - first_ < kSameSignal) return;
    killed_ = true;
    printer.say(LogLevel::warn, "killing what still runs");
    tree.kill_all();
  }
  std::atomic<bool> stopped_{false}, killed_{false};
  std::chrono::steady_clock::time_point first_{};  // the thread's own
  std::jthread thread_;
};

// What answers processes.sock beyond the tree's own: there once the cluster is up.
class LateReloads {
 public:
  void set(Reloads* reloads) {
    const std::lock_guard lock(mutex_);
    reloads_ = reloads;
  }
  std::pair<int, std::string> answer(std::string_view method, std::string_view target) {
    const std::lock_guard lock(mutex_);
    if (!reloads_) throw Error(ErrorKind::unavailable, "the cluster is not up: it starts, or stops");
    return reloads_->answer(method, target);
  }

 private:
  std::mutex mutex_;
  Reloads* reloads_ = nullptr;
};

// Until it is told to stop or stands still by itself. Who reads `greeting` may ask for a change.
std::optional<ProcessTree::Ended> stay_up(ProcessTree& tree, const ClusterFile& file, LateReloads& late,
                                          Printer& printer, const std::string& greeting) {
  const auto tell = [&](const std::string& line) { printer.say(LogLevel::info, line); };
  RunningCluster cluster(tree, file);
  cluster.finish_earlier(tell);
  Reloads reloads(cluster, tell);
  late.set(&reloads);
  printer.say(LogLevel::info, greeting);
  auto ended = [&] {
    const Scaler scaler(cluster, reloads);
    return tree.wait();
  }();
  late.set(nullptr);
  reloads.stop();
  return ended;
}

int run(ProcessTree& tree, const ClusterFile& file, LateReloads& late, Printer& printer, const std::string& greeting) {
  const Signals signals(tree, printer);
  std::optional<ProcessTree::Ended> ended;
  try {
    tree.start();
    ended = stay_up(tree, file, late, printer, greeting);
  } catch (const Error& e) {
    tree.stop();
    if (!signals.stopped()) {
      printer.say(LogLevel::error, e.message());
      return kFailed;
    }
  }
  tree.stop();
  if (signals.killed()) return kKilled;
  if (ended && !signals.stopped()) {
    printer.say(ended->given_up ? LogLevel::error : LogLevel::info,
                (ended->given_up ? "given up: " : "shut down: ") + ended->why);
    return ended->given_up ? kFailed : kDone;
  }
  printer.say(LogLevel::info, "stopped");
  return kDone;
}

}  // namespace

int run_up(const UpOptions& options) {
  if (options.reload) return run_reload({options.file, options.roll, options.json});
  Printer printer(options);
  const ClusterFile file = RunningCluster::with_earlier_scale(read_cluster(options.file));
  ProcessTreeOptions cluster = file.processes;
  const std::size_t count = processes_of(cluster.tree).size();
  const std::string logs = cluster.log_dir.string();
  LateReloads late;
  cluster.on_line = [&](const std::string& id, const std::string& line) { printer.program(id, line); };
  cluster.log = [&](const LogLine& line) { printer.say(line.level, std::string(line.message)); };
  cluster.admin_path = Reloads::kPath;
  cluster.admin = [&](std::string_view method, std::string_view target) { return late.answer(method, target); };
  ProcessTree tree(std::move(cluster));
  if (options.check) {
    const Json view = Json::parse(tree.admin("GET", "/tree").second).at("supervision");
    std::fputs((options.json ? view.dump(2) + "\n" : show_supervision({{std::string(), view}})).c_str(), stdout);
    return kDone;
  }
  make_link_secret(file.link_secret);
  const sigset_t set = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);  // a terminal that is gone must not take the cluster with it
  return run(tree, file, late, printer,
             std::to_string(count) + (count == 1 ? " process is" : " processes are") + " up; logs in " + logs +
                 ", Ctrl-C stops them; `troupe --node " + logs + " tree` shows them");
}

}  // namespace troupe::tool
