#include "processes/process_driver.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <set>
#include <system_error>
#include <utility>

#include "base/limits.h"
#include "base/log_fields.h"
#include "base/private_files.h"
#include "base/time_words.h"
#include "supervise/supervision_check.h"

namespace troupe {
namespace {

using std::chrono::milliseconds;

// How soon an exit is noticed on a system that does not say so by itself.
constexpr milliseconds kLook{50};

TimePoint now() { return system_clock().exact_now(); }

const Supervision& checked(const Supervision& tree) {
  check(tree).value();
  return tree;
}

std::string ms_since(TimePoint then) {
  return std::to_string(std::chrono::duration_cast<milliseconds>(now() - then).count()) + " ms";
}

// Where the process's directory is now: programs are started again when it may be another.
ProcessTreeOptions in_place(ProcessTreeOptions options) {
  options.log_dir = fixed(options.log_dir);
  return options;
}

}  // namespace

ProcessTree::Driver::Driver(ProcessTreeOptions options)
    : options_(in_place(std::move(options))), tree_(checked(options_.tree)) {
  const auto wrong = [](const std::string& what) { return Error(ErrorKind::invalid, "ProcessTree: " + what); };
  std::set<std::string> ids;
  for (const auto& leaf : tree_.leaves_of(supervise::kTop)) {
    if (!leaf.process)
      throw wrong(leaf.name + " is no process; actors and services are supervised by a node (Node::supervise)");
    if (!ids.insert(leaf.id_text).second)
      throw wrong(leaf.name + ": another process of this tree has the id, which names its log file");
    programs_.emplace(leaf.id, Program{leaf.id, leaf.id_text, processes::in_place(*leaf.process)});
  }
  supervise::check_environment(options_.environment, "the tree of processes").value();
  if (options_.log_dir.empty()) throw wrong("log_dir is empty; name a directory");
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_ < 0)
    throw Error(ErrorKind::unavailable, "ProcessTree: no eventfd: " + std::generic_category().message(errno));
}

ProcessTree::Driver::~Driver() {
  stop();
  ::close(wake_);
}

Error ProcessTree::Driver::not_there(std::string_view id) {
  return {ErrorKind::not_found, "there is no process \"" + std::string(id) + "\" in this tree"};
}

// --- any thread ---

void ProcessTree::Driver::start() {
  std::unique_lock lock(mutex_);
  if (std::exchange(begun_, true)) throw Error(ErrorKind::invalid, "ProcessTree: start() a second time");
  if (stop_wanted_) throw Error(ErrorKind::unavailable, "ProcessTree: it was stopped before it started");
  stopped_ = true;  // unless it comes to run
  try {
    if (const auto failure = make_private_directories(options_.log_dir))
      throw std::filesystem::filesystem_error("cannot make the directory", options_.log_dir, failure);
    // First, for it keeps a second tree out of these logs.
    socket_ = processes::serve_tree(options_.name, options_.log_dir, options_.log,
                                    {[this] { return view(); }, [this](const std::string& id) { restart(id); },
                                     options_.admin_path, options_.admin});
    for (auto& [child, program] : programs_)
      program.log = std::make_unique<processes::ProcessLog>(options_.log_dir / (program.id + ".log"));
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& e) {
    throw Error(ErrorKind::unavailable, std::string("ProcessTree: it cannot run: ") + e.what());
  }
  stopped_ = false;
  changed_.wait(lock, [&] { return started_ && told_; });
  if (started_->empty()) return;
  throw Error(stop_wanted_ ? ErrorKind::unavailable : ErrorKind::failed, *started_);
}

void ProcessTree::Driver::request_stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    stop_wanted_ = true;
  }
  wake();
}

void ProcessTree::Driver::stop() {
  request_stop();
  const std::lock_guard lock(joining_);
  if (thread_.joinable()) thread_.join();
  socket_.reset();
}

void ProcessTree::Driver::kill_all() noexcept {
  const std::lock_guard lock(mutex_);
  for (auto& [child, program] : programs_)
    if (program.process) program.process->kill();
}

std::optional<ProcessTree::Ended> ProcessTree::Driver::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

std::optional<ProcessTree::Ended> ProcessTree::Driver::wait() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ((ended_ || stopped_) && told_) || !begun_; });
  return ended_;
}

bool ProcessTree::Driver::all_up() const {
  return std::all_of(programs_.begin(), programs_.end(), [&](const auto& one) {
    if (one.second.up && !one.second.stopping) return true;
    const std::string status = tree_.view(one.first, now()).status;
    return status == "ended" || status == "stopped";
  });
}

bool ProcessTree::Driver::wait_up(milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, later(now(), timeout), [&] { return ended_ || stopped_ || all_up(); });
  return !ended_ && !stopped_ && all_up();
}

ChildView ProcessTree::Driver::view() const {
  const std::lock_guard lock(mutex_);
  ChildView view = tree_.view(now());
  fill_in(view);
  return view;
}

void ProcessTree::Driver::fill_in(ChildView& view) const {
  if (view.kind == "process") {
    if (const auto& process = program(view.id).process) view.pid = process->pid();
  }
  for (ChildView& below : view.children) fill_in(below);
}

std::pair<int, std::string> ProcessTree::Driver::admin(std::string_view method, std::string_view path) const {
  auto answer = processes::answer(options_.name, view(), {method, path, {}});
  return {answer.status, std::move(answer.json)};
}

const ProcessTree::Driver::Program* ProcessTree::Driver::find(std::string_view id) const {
  for (const auto& [child, program] : programs_)
    if (program.id == id) return &program;
  return nullptr;
}

const ProcessTree::Driver::Program& ProcessTree::Driver::program(std::string_view id) const {
  if (const Program* found = find(id)) return *found;
  throw not_there(id);
}

int ProcessTree::Driver::pid(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const Program& found = program(id);
  return found.process ? found.process->pid() : 0;
}

std::uint64_t ProcessTree::Driver::restarts(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  return tree_.view(program(id).child, now()).restarts;
}

void ProcessTree::Driver::kill(std::string_view id) {
  std::unique_lock lock(mutex_);
  const Program& found = program(id);
  if (!found.process) return;
  const auto ends = found.ends;
  found.process->kill();
  // Looked for again, since it may be taken out meanwhile, which it is when it has ended.
  changed_.wait(lock, [&] {
    const Program* there = find(id);
    return !there || there->ends != ends;
  });
}

void ProcessTree::Driver::wake() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

// --- the thread; the lock is held but where it says otherwise ---

void ProcessTree::Driver::run() {
  // Signals are the host program's.
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::unique_lock lock(mutex_);
  change([this](TimePoint at) { tree_.start(at); });
  for (bool told_to_stop = false;;) {
    lock.unlock();
    tell_host();
    lock.lock();
    told_ = true;
    changed_.notify_all();
    if (stopped_) {
      asked_.clear();
      under_way_.clear();  // who waits hears that it stopped
      return;
    }
    lock.unlock();
    wait_for_something();
    lock.lock();
    if (stop_wanted_ && !std::exchange(told_to_stop, true)) change([this](TimePoint at) { tree_.stop(at); });
    begin_requests();
    for (auto& [child, program] : programs_) look_after(program);
    change([this](TimePoint at) { tree_.tick(at); });
  }
}

// Without the lock.
void ProcessTree::Driver::tell_host() {
  std::vector<Heard> all;
  {
    const std::lock_guard lock(mutex_);
    all.swap(heard_);
  }
  for (const Heard& one : all) {
    if (!one.id.empty()) {
      if (options_.on_line) options_.on_line(one.id, one.text);
    } else if (options_.log) {
      options_.log({one.level, "processes", one.text, LogFields{{"child", one.child}, {"error", one.error}}});
    }
  }
}

// Without the lock, but to look at what this thread alone changes and others only read.
void ProcessTree::Driver::wait_for_something() {
  std::vector<pollfd> fds = {{wake_, POLLIN, 0}};
  TimePoint until = TimePoint::max();
  for (const auto& [child, program] : programs_) {
    if (!program.process) continue;
    const int output = program.process->output(), ending = program.process->ending();
    if (output >= 0) fds.push_back({output, POLLIN, 0});
    if (ending >= 0) fds.push_back({ending, POLLIN, 0});
    if (ending < 0) until = std::min(until, later(now(), kLook));
    if (program.may_be_late()) until = std::min(until, program.ready_by());
  }
  {
    const std::lock_guard lock(mutex_);
    if (const auto next = tree_.next_wake()) until = std::min(until, *next);
  }
  int timeout = -1;
  if (until != TimePoint::max())
    timeout = static_cast<int>(std::clamp<std::int64_t>(std::chrono::ceil<milliseconds>(until - now()).count(), 0,
                                                        std::numeric_limits<int>::max()));
  ::poll(fds.data(), fds.size(), timeout);
  std::uint64_t ignored = 0;
  [[maybe_unused]] const auto read = ::read(wake_, &ignored, sizeof ignored);
}

void ProcessTree::Driver::change(const std::function<void(TimePoint)>& change) {
  change(now());
  // A step may lead to others at once: a program that cannot be run has failed to start.
  for (auto steps = tree_.take_steps(); !steps.empty(); steps = tree_.take_steps())
    for (const auto& step : steps) carry_out(step);
  changed_.notify_all();
}

void ProcessTree::Driver::carry_out(const supervise::Step& step) {
  using What = supervise::Step::What;
  switch (step.what) {
    case What::start: return launch(programs_.at(step.child));
    case What::stop: return end(programs_.at(step.child), false);
    case What::kill: return end(programs_.at(step.child), true);
    case What::disable: return;
    case What::unsupervise: return void(programs_.erase(step.child));
    case What::answer: return answer_requests(step);
    case What::tree_started: started_.emplace(); return;
    case What::tree_failed:
      started_ = step.why;
      stopped_ = true;
      return;
    case What::tree_given_up:
    case What::tree_shut_down:
      ended_ = Ended{step.what == What::tree_given_up, step.why};
      if (!started_) started_ = step.why;
      return;
    case What::tree_stopped:
      if (!started_) started_ = "it was stopped while it started";
      stopped_ = true;
      return;
    case What::log: return say(step.level, step.why, step.child_id, step.error);
  }
}

void ProcessTree::Driver::launch(Program& program) {
  program.up = program.stopping = false;
  program.said.clear();
  program.late.clear();
  program.begun = now();
  program.file = processes::mark_of(program.start, options_.environment);
  try {
    program.process = std::make_unique<processes::ChildProcess>(program.start, options_.environment);
  } catch (const std::system_error& e) {
    program.log->note(e.what());
    return tree_.start_failed(program.child, e.what(), now());
  }
  const std::string started = "started as process " + std::to_string(program.process->pid());
  program.log->note(started);
  say(LogLevel::info, program.id + ": " + started, program.id);
  if (!program.start.ready.empty()) return;
  program.up = true;
  tree_.started(program.child, now());
}

void ProcessTree::Driver::end(Program& program, bool at_once) {
  program.stopping = true;
  if (!program.process) return tree_.stopped(program.child, now());
  program.log->note(at_once ? "killing it" : "stopping it");
  if (at_once) return program.process->kill();
  program.process->terminate();
}

void ProcessTree::Driver::look_after(Program& program) {
  if (!program.process) return;
  const auto status = program.process->ended();  // before the output: what it said last is read
  const bool was_up = program.up;
  const auto on_line = [&](const std::string& line) { heard(program, line); };
  program.process->read_output([&](std::string_view bytes) { program.log->take(bytes, on_line); });
  if (status) program.log->finish(on_line);
  if (program.up && !was_up && !program.stopping) {
    say(LogLevel::info, program.id + ": ready after " + ms_since(program.begun), program.id);
    change([&](TimePoint at) { tree_.started(program.child, at); });
  }
  if (status) return came_to_an_end(program, *status);
  if (!program.may_be_late() || now() < program.ready_by()) return;
  program.late = "never ready within " + time_words(program.start.ready_within);
  program.process->kill();
}

void ProcessTree::Driver::came_to_an_end(Program& program, const processes::ExitStatus& status) {
  const bool up = std::exchange(program.up, false);
  program.process.reset();
  ++program.ends;
  program.log->note("ended: " + (program.late.empty() ? status.text() : program.late));
  if (program.stopping) {
    say(LogLevel::info, program.id + ": stopped: " + status.text(), program.id);
    return change([&](TimePoint at) { tree_.stopped(program.child, at); });
  }
  std::string why = program.late.empty() ? status.text() : program.late;
  if (!up && program.late.empty()) why += " before it was ready";
  if (!program.said.empty() && !(up && status.normal())) why += "; it said last: " + program.said;
  if (why.size() > limits::kMaxCrashText) why.resize(limits::kMaxCrashText);
  change([&](TimePoint at) {
    if (up) return tree_.ended(program.child, !status.normal(), why, at);
    tree_.start_failed(program.child, why, at);
  });
}

void ProcessTree::Driver::heard(Program& program, const std::string& line) {
  program.said = line;
  if (!program.start.ready.empty() && line.find(program.start.ready) != std::string::npos) program.up = true;
  heard_.push_back({program.id, line});
  told_ = false;
}

void ProcessTree::Driver::say(LogLevel level, std::string what, std::string child, std::string error) {
  heard_.push_back({{}, std::move(what), level, std::move(child), std::move(error)});
  told_ = false;
}

}  // namespace troupe
