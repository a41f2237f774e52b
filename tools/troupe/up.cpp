#include "up.h"

#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "cluster_file.h"
#include "failure.h"
#include "show.h"

namespace troupe::tool {
namespace {

using std::chrono::milliseconds;

constexpr int kGivenUp = 1;
constexpr int kNoStart = 3;
constexpr int kKilled = 130;
constexpr milliseconds kLook{50};

sigset_t stop_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGINT);
  ::sigaddset(&set, SIGTERM);
  return set;
}

bool told_to_stop(milliseconds within) {
  const sigset_t set = stop_signals();
  const timespec time{within.count() / 1000, (within.count() % 1000) * 1'000'000};
  return ::sigtimedwait(&set, nullptr, &time) > 0;
}

// Whole lines, whatever thread prints them.
class Printer {
 public:
  explicit Printer(const UpOptions& options) : options_(options) {}
  void program(const std::string& id, const std::string& line) {
    if (options_.quiet) return;
    print(options_.json ? Json{{"process", id}, {"line", line}}.dump(-1, ' ', false, Json::error_handler_t::replace)
                        : id + " | " + printable(line));
  }
  void say(const char* level, const std::string& what) {
    print(options_.json ? Json{{"level", level}, {"message", what}}.dump(-1, ' ', false, Json::error_handler_t::replace)
                        : "troupe up: " + printable(what));
  }

 private:
  void print(const std::string& line) {
    const std::lock_guard lock(mutex_);
    std::fwrite((line + "\n").data(), 1, line.size() + 1, stdout);
    std::fflush(stdout);
  }
  const UpOptions& options_;
  std::mutex mutex_;
};

const char* word(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warn: return "warn";
    case LogLevel::error: return "error";
  }
  return "unknown";
}

std::size_t processes_in(const Supervision& tree) {
  std::size_t count = 0;
  for (const ChildSpec& child : tree.children) {
    const auto* below = std::get_if<Supervision>(&child.start);
    count += below ? processes_in(*below) : 1;
  }
  return count;
}

std::string plural(std::size_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "es");
}

// Starts the tree, on a thread of its own: that may take long, and signals must be heard meanwhile.
class Starting {
 public:
  explicit Starting(ProcessTree& tree) : thread_([this, &tree] { run(tree); }) {}
  ~Starting() { thread_.join(); }
  [[nodiscard]] bool done() const noexcept { return done_; }
  // What start() threw, once done().
  [[nodiscard]] const std::optional<Error>& failure() const noexcept { return failure_; }

 private:
  void run(ProcessTree& tree) {
    try {
      tree.start();
    } catch (const Error& e) {
      failure_ = e;
    }
    done_ = true;
  }
  std::optional<Error> failure_;
  std::atomic<bool> done_{false};
  std::thread thread_;
};

int run(ProcessTree& tree, Printer& printer, const std::string& greeting) {
  bool told = false, greeted = false;
  std::optional<ProcessTree::Ended> ended;
  {
    const Starting starting(tree);
    while (!told && !ended) {
      told = told_to_stop(kLook);
      if (told || !starting.done()) continue;
      if (starting.failure()) {
        printer.say("error", starting.failure()->message());
        return kNoStart;
      }
      if (!std::exchange(greeted, true)) printer.say("info", greeting);
      ended = tree.ended();
    }
    if (told) printer.say("info", "stopping; a second signal kills");
    const std::jthread impatient([](const std::stop_token& done) {
      while (!done.stop_requested())
        if (told_to_stop(kLook)) std::_Exit(kKilled);
    });
    tree.stop();
  }
  if (ended) {
    printer.say("error", (ended->given_up ? "given up: " : "shut down: ") + ended->why);
    return kGivenUp;
  }
  printer.say("info", "stopped");
  return kDone;
}

}  // namespace

int up(const UpOptions& options) {
  Printer printer(options);
  ProcessTreeOptions cluster = read_cluster(options.file);
  const std::size_t count = processes_in(cluster.tree);
  const std::string logs = cluster.log_dir.string();
  cluster.on_line = [&](const std::string& id, const std::string& line) { printer.program(id, line); };
  cluster.log = [&](const LogLine& line) { printer.say(word(line.level), line.message); };
  if (options.check) {
    ProcessTree tree(std::move(cluster));
    const Json view = Json::parse(tree.admin("GET", "/tree").second).at("supervision");
    std::fputs((options.json ? view.dump(2) + "\n" : show_supervision(view)).c_str(), stdout);
    return kDone;
  }
  const sigset_t set = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ProcessTree tree(std::move(cluster));
  return run(tree, printer,
             plural(count, "process") + " up; logs in " + logs + ", Ctrl-C stops them; `troupe --node " + logs +
                 " tree` shows them");
}

}  // namespace troupe::tool
