#include "up.h"

#include <fcntl.h>
#include <signal.h>
#include <troupe/link_secret.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
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

// That stop it or, SIGHUP, have it read its file again. SIGHUP is left alone where it is ignored: under nohup.
sigset_t heard_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGINT);
  ::sigaddset(&set, SIGTERM);
  struct sigaction hangup {};
  if (::sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN) ::sigaddset(&set, SIGHUP);
  return set;
}

bool has_terminal() {
  const int terminal = ::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
  if (terminal >= 0) ::close(terminal);
  return terminal >= 0;
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

// What answers processes.sock beyond the tree's own, and signals: there once the cluster is up.
class LateReloads {
 public:
  explicit LateReloads(const std::string& file) : file_(std::filesystem::absolute(file).lexically_normal().string()) {}
  void set(Reloads* reloads) {
    const std::lock_guard lock(mutex_);
    reloads_ = reloads;
  }
  std::pair<int, std::string> answer(std::string_view method, std::string_view target) {
    const std::lock_guard lock(mutex_);
    if (!reloads_) throw Error(ErrorKind::unavailable, "the cluster is not up: it starts, or stops");
    return reloads_->answer(method, target);
  }
  // Begins to read the file again. False: not yet. Throws what is wrong with the file.
  [[nodiscard]] bool begin() {
    const std::lock_guard lock(mutex_);
    return reloads_ && reloads_->begin_now(file_);
  }

 private:
  const std::string file_;
  std::mutex mutex_;
  Reloads* reloads_ = nullptr;
};

// Hears signals as long as it lives: those that stop a tree, and SIGHUP, which has it read its file again. From a
// terminal that is gone SIGHUP stops it, as it stops whatever else ran there.
class Signals {
 public:
  Signals(ProcessTree& tree, LateReloads& reloads, Printer& printer)
      : thread_([this, &tree, &reloads, &printer](const std::stop_token& done) {
          const sigset_t set = heard_signals();
          const timespec look{0, std::chrono::nanoseconds(kLook).count()};
          while (!done.stop_requested()) {
            const int signal = ::sigtimedwait(&set, nullptr, &look);
            if (signal == SIGHUP && !(had_terminal_ && !has_terminal())) {
              reload_wanted_ = true;
            } else if (signal > 0) {
              stop(tree, printer);
            }
            if (reload_wanted_ && !stopped_) reload(reloads, printer);
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
  // One that comes while the cluster starts or changes is for afterwards: the file may be another than was read.
  void reload(LateReloads& reloads, Printer& printer) {
    try {
      reload_wanted_ = !reloads.begin();
    } catch (const Error& error) {
      reload_wanted_ = false;
      printer.say(LogLevel::error, "SIGHUP: nothing has changed: " + error.message());
    }
  }
  const bool had_terminal_ = has_terminal();
  std::atomic<bool> stopped_{false}, killed_{false};
  std::chrono::steady_clock::time_point first_{};  // the thread's own, as what follows
  bool reload_wanted_ = false;
  std::jthread thread_;
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
  const Signals signals(tree, late, printer);
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
  LateReloads late(options.file);
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
  const sigset_t set = heard_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);  // a terminal that is gone must not take the cluster with it
  return run(tree, file, late, printer,
             std::to_string(count) + (count == 1 ? " process is" : " processes are") + " up; logs in " + logs +
                 ", Ctrl-C stops them; `troupe --node " + logs + " tree` shows them");
}

}  // namespace troupe::tool
