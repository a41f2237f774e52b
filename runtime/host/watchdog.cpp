#include "host/watchdog.h"

#include <algorithm>
#include <fstream>

#include "actor/activation.h"
#include "actor/slow_turns.h"

namespace troupe::host {
namespace {

using std::chrono::milliseconds;

milliseconds since(TimePoint then, TimePoint now) { return std::chrono::duration_cast<milliseconds>(now - then); }

std::string text(milliseconds time) { return std::to_string(time.count()) + " ms"; }

bool over(milliseconds limit, milliseconds time) { return limit.count() > 0 && time >= limit; }

// Half of the smallest that is not off; none: it need not look.
milliseconds interval_of(const WatchLimits& limits) {
  auto smallest = milliseconds::max();
  for (const auto limit : {limits.slow_turn, limits.blocked_thread, limits.stalled_workers, limits.stuck_commits}) {
    if (limit.count() > 0) smallest = std::min(smallest, limit);
  }
  return smallest == milliseconds::max() ? smallest : std::max(smallest / 2, milliseconds(1));
}

std::string first_line(const std::string& path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

const char* state_word(char state) {
  switch (state) {
    case 'R': return "on the processor, or waiting for it";
    case 'S': return "sleeping";
    case 'D': return "waiting for a device";
    case 'T':
    case 't': return "stopped";
    default: return "";
  }
}

}  // namespace

std::string kernel_state_of(pid_t thread) {
  const std::string task = "/proc/self/task/" + std::to_string(thread) + "/";
  const std::string stat = first_line(task + "stat");  // "4711 (name) S ..."; a name may hold anything
  const auto name_end = stat.rfind(')');
  if (name_end == std::string::npos || name_end + 2 >= stat.size()) return {};
  std::string out = state_word(stat[name_end + 2]);
  if (const std::string where = first_line(task + "wchan"); where.size() > 1) out += " in " + where;
  const std::string call = first_line(task + "syscall");
  if (!call.empty() && call[0] >= '0' && call[0] <= '9') out += ", system call " + call.substr(0, call.find(' '));
  return out;
}

Watchdog::Watchdog(const Subjects& subjects, const WatchLimits& limits, std::function<void(const Health&)> on_unhealthy,
                   LogSink log)
    : subjects_(subjects),
      limits_(limits),
      on_unhealthy_(std::move(on_unhealthy)),
      log_(std::move(log)),
      interval_(interval_of(limits)),
      commits_since_(now()) {
  if (interval_ == milliseconds::max()) return;
  if (auto* steps = subjects_.engine.steps()) {
    steps->add(this, {.name = "the watchdog looks",
                      .ways = [] { return 1u; },
                      .take = [this](std::size_t) { look(now()); },
                      .pace = Pace::sometime});
  } else {
    thread_ = std::thread([this] { run(); });
  }
}

Watchdog::~Watchdog() {
  if (auto* steps = subjects_.engine.steps()) steps->drop(this);
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::vector<Health::Fault> Watchdog::faults() const {
  std::lock_guard lock(mutex_);
  return faults_;
}

std::vector<BlockedThreadView> Watchdog::blocked() const {
  std::lock_guard lock(mutex_);
  return blocked_;
}

void Watchdog::run() {
  std::unique_lock lock(mutex_);
  const auto next = [this] { return later(now(), interval_); };
  while (!wake_.wait_until(lock, next(), [this] { return stopping_; })) {
    lock.unlock();
    try {
      look(now());
    } catch (const std::exception&) {  // no memory to look with: the next look may have some
    }
    lock.lock();
  }
}

TimePoint Watchdog::now() const {
  return subjects_.engine.steps() ? subjects_.context.clock.exact_now() : std::chrono::steady_clock::now();
}

void Watchdog::look(TimePoint now) {
  for (const auto& worker : subjects_.engine.workers()) look_at_worker(worker, now);
  if (subjects_.store) look_at_commits(now);

  std::vector<BlockedThreadView> blocked;
  for (const auto& [thread, held] : held_) {
    if (!held.told_blocked) continue;
    blocked.push_back({thread, held.actor, held.method, static_cast<std::uint64_t>(since(held.since, now).count()),
                       kernel_state_of(thread)});
  }
  auto faults = judge(now);
  std::vector<Health::Fault> before;
  {
    std::lock_guard lock(mutex_);
    blocked_ = std::move(blocked);
    before = std::exchange(faults_, faults);
  }
  tell(before, faults);
}

// --- worker threads ---

void Watchdog::look_at_worker(const engine::WorkerSight& worker, TimePoint now) {
  Held& held = held_[worker.thread];
  if (worker.scheduled == nullptr || worker.scheduled != held.scheduled || worker.mails != held.mails) {
    moved(worker.thread, held, now);
    held = {.scheduled = worker.scheduled, .mails = worker.mails, .since = now, .actor = {}, .method = {}};
    return;
  }
  const auto time = since(held.since, now);
  if (!held.told_slow && over(limits_.slow_turn, time)) note_slow(worker.thread, held, now);
  if (!held.told_blocked && over(limits_.blocked_thread, time)) note_blocked(worker.thread, held, now);
}

// Whose scheduled actor it is. The walk holds what it visits, so it is safe to look there; the pointer alone is not.
void Watchdog::name(Held& held) {
  held.actor.clear();
  held.method.clear();
  subjects_.registry.for_each([&](const wire::AddressPtr& address, actor::Activation& activation) {
    if (&activation != held.scheduled) return;
    held.actor = address->text();
    held.method = activation.running_method();
  });
}

void Watchdog::note_slow(pid_t thread, Held& held, TimePoint now) {
  held.told_slow = true;
  subjects_.registry.for_each([&](const wire::AddressPtr& address, actor::Activation& activation) {
    if (&activation != held.scheduled) return;
    const std::string method = activation.running_method();
    if (method.empty()) return;  // no turn: it is being made, or passivated
    activation.note_slow();
    subjects_.context.slow_turns->report(held.scheduled, actor::SlowTurns::kRunning,
                                         {address->text(),
                                          method,
                                          {},
                                          "runs on thread " + std::to_string(thread),
                                          subjects_.context.clock.now() - (now - held.since)},
                                         true);
  });
}

LogFields Watchdog::fields_of(const Held& held, std::string_view thread) {
  const ActorNameParts name(held.actor);
  return {{"service", name.service}, {"key", name.key}, {"method", held.method}, {"thread", thread}};
}

void Watchdog::note_blocked(pid_t thread, Held& held, TimePoint now) {
  held.told_blocked = true;
  name(held);
  const std::string kernel = kernel_state_of(thread);
  const std::string thread_id = std::to_string(thread);
  log(LogLevel::error,
      "thread " + thread_id + " is held by " +
          (held.actor.empty() ? "the runtime's own work" : held.actor + "." + held.method) + " for " +
          text(since(held.since, now)) + (kernel.empty() ? "" : "; it is " + kernel) +
          "; work that blocks belongs into blocking()",
      fields_of(held, thread_id));
}

void Watchdog::moved(pid_t thread, const Held& held, TimePoint now) {
  if (held.told_slow) subjects_.context.slow_turns->ended(held.scheduled, actor::SlowTurns::kRunning);
  if (!held.told_blocked) return;
  const std::string thread_id = std::to_string(thread);
  log(LogLevel::warn,
      "thread " + thread_id + " goes on after " + text(since(held.since, now)) + " in " +
          (held.actor.empty() ? "the runtime's own work" : held.actor + "." + held.method),
      fields_of(held, thread_id));
}

// --- commits ---

void Watchdog::look_at_commits(TimePoint now) {
  auto& queue = subjects_.store->commits();
  const auto stats = queue.stats();
  const std::uint64_t ended = stats.write_sets + stats.barriers + stats.refused + stats.failures;
  if (queue.pending() > 0 && ended == commits_ended_) return;
  commits_ended_ = ended;
  commits_since_ = now;
}

// --- the verdict ---

std::vector<Health::Fault> Watchdog::judge(TimePoint now) const {
  std::vector<Health::Fault> faults;
  std::size_t stalled = 0;
  std::string names;
  for (const auto& [thread, held] : held_) {
    if (held.scheduled == nullptr || !over(limits_.stalled_workers, since(held.since, now))) continue;
    ++stalled;
    if (!held.actor.empty()) names += (names.empty() ? "" : ", ") + held.actor + "." + held.method;
  }
  if (stalled > 0 && stalled >= subjects_.engine.worker_count()) {
    faults.push_back({"workers_stalled", "every worker thread (" + std::to_string(stalled) +
                                             ") has been held by one handler for more than " +
                                             text(limits_.stalled_workers) + (names.empty() ? "" : ": " + names) +
                                             "; no actor runs, restart the node"});
  }
  if (!subjects_.store) return faults;
  auto& queue = subjects_.store->commits();
  if (auto failure = queue.failure()) {
    faults.push_back({"store_stopped", failure->message()});
  } else if (queue.pending() > 0 && over(limits_.stuck_commits, since(commits_since_, now))) {
    faults.push_back({"commits_stuck", std::to_string(queue.pending()) + " commits wait and none has ended for " +
                                           text(since(commits_since_, now)) +
                                           "; the disk does not answer, restart the node when it does"});
  }
  return faults;
}

void Watchdog::tell(const std::vector<Health::Fault>& before, const std::vector<Health::Fault>& now) {
  const auto has = [](const std::vector<Health::Fault>& faults, const std::string& name) {
    return std::any_of(faults.begin(), faults.end(), [&](const auto& fault) { return fault.name == name; });
  };
  for (const auto& fault : now) {
    if (!has(before, fault.name))
      log(LogLevel::error, "unhealthy: " + fault.name + ": " + fault.message,
          {{"fault", fault.name}, {"error", fault.message}});
  }
  for (const auto& fault : before) {
    if (!has(now, fault.name)) log(LogLevel::warn, "no longer " + fault.name, {{"fault", fault.name}});
  }
  if (now.empty() || told_host_) return;
  told_host_ = true;
  if (on_unhealthy_) on_unhealthy_({now});
}

void Watchdog::log(LogLevel level, const std::string& message, const LogFields& fields) const {
  if (log_) log_({level, "watch", message, fields});
}

}  // namespace troupe::host
