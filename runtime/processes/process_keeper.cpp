#include "processes/process_keeper.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

namespace troupe {
namespace {

using std::chrono::milliseconds;

// How soon an exit is noticed whose pipe somebody else keeps open.
constexpr milliseconds kLongestLook{50};

TimePoint now() { return system_clock().exact_now(); }

const Supervision& checked(const Supervision& tree) {
  check(tree).value();
  return tree;
}

Error not_there(std::string_view id) {
  return {ErrorKind::not_found, "there is no process \"" + std::string(id) + "\" in this tree"};
}

}  // namespace

ProcessTree::Keeper::Keeper(ProcessTreeOptions options)
    : options_(std::move(options)), tree_(checked(options_.tree)) {
  std::set<std::string> ids;
  for (const auto& leaf : tree_.leaves_of(supervise::kTop)) {
    if (!leaf.process)
      throw Error(ErrorKind::invalid, "ProcessTree: " + leaf.name + " is no process; actors and services are supervised by a node");
    if (!ids.insert(leaf.id_text).second)
      throw Error(ErrorKind::invalid, "ProcessTree: " + leaf.name + ": another process has this id, and its log file");
    programs_.emplace(leaf.id, Program{leaf.id_text, *leaf.process, nullptr});
  }
  if (options_.log_dir.empty()) throw Error(ErrorKind::invalid, "ProcessTree: log_dir is empty; name a directory");
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_ < 0) throw Error(ErrorKind::unavailable, std::system_error(errno, std::generic_category(), "eventfd").what());
}

ProcessTree::Keeper::~Keeper() {
  stop();
  ::close(wake_);
}

// --- any thread ---

void ProcessTree::Keeper::start() {
  std::unique_lock lock(mutex_);
  if (std::exchange(begun_, true)) throw Error(ErrorKind::invalid, "ProcessTree: start() a second time");
  if (stop_wanted_) throw Error(ErrorKind::unavailable, "ProcessTree: it was stopped before it started");
  try {
    std::filesystem::create_directories(options_.log_dir);
    for (auto& [child, program] : programs_)
      program.log = std::make_unique<processes::ProcessLog>(options_.log_dir / (program.id + ".log"));
  } catch (const std::system_error& e) {
    throw Error(ErrorKind::unavailable, std::string("ProcessTree: no logs can be written: ") + e.what());
  }
  socket_ = processes::serve_tree(options_.name, options_.log_dir, options_.log, [this] { return view(); });
  thread_ = std::thread([this] { run(); });
  changed_.wait(lock, [&] { return started_.has_value(); });
  if (!started_->empty()) throw Error(ErrorKind::failed, *started_);
}

void ProcessTree::Keeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_wanted_ = true;
  }
  wake();
  const std::lock_guard lock(joining_);
  if (thread_.joinable()) thread_.join();
  socket_.reset();
}

std::optional<ProcessTree::Ended> ProcessTree::Keeper::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

bool ProcessTree::Keeper::all_up() const {
  return std::all_of(programs_.begin(), programs_.end(), [&](const auto& one) {
    if (one.second.up && !one.second.stopping) return true;
    const std::string status = tree_.view(one.first, now()).status;
    return status == "ended" || status == "stopped";
  });
}

bool ProcessTree::Keeper::wait_up(milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [&] { return ended_ || stopped_ || all_up(); });
  return !ended_ && !stopped_ && all_up();
}

ChildView ProcessTree::Keeper::view() const {
  const std::lock_guard lock(mutex_);
  return tree_.view(now());
}

std::pair<int, std::string> ProcessTree::Keeper::admin(std::string_view method, std::string_view path) const {
  auto answer = processes::answer(options_.name, view(), {method, path, {}});
  return {answer.status, std::move(answer.json)};
}

const ProcessTree::Keeper::Program& ProcessTree::Keeper::program(std::string_view id) const {
  for (const auto& [child, program] : programs_)
    if (program.id == id) return program;
  throw not_there(id);
}

int ProcessTree::Keeper::pid(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const Program& found = program(id);
  return found.process ? found.process->pid() : 0;
}

std::uint64_t ProcessTree::Keeper::restarts(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [child, program] : programs_)
    if (program.id == id) return tree_.view(child, now()).restarts;
  throw not_there(id);
}

void ProcessTree::Keeper::kill(std::string_view id) {
  std::unique_lock lock(mutex_);
  const Program& found = program(id);
  if (!found.process) return;
  const auto ends = found.ends;
  found.process->send_signal(SIGKILL);
  changed_.wait(lock, [&] { return found.ends != ends; });
}

void ProcessTree::Keeper::wake() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

void ProcessTree::Keeper::say(LogLevel level, const std::string& what) const {
  if (options_.log) options_.log({level, "processes", what});
}

// --- the thread ---

void ProcessTree::Keeper::run() {
  std::unique_lock lock(mutex_);
  change([this](TimePoint at) { tree_.start(at); });
  for (bool told_to_stop = false; !stopped_;) {
    lock.unlock();
    wait_for_something();
    lock.lock();
    if (stop_wanted_ && !std::exchange(told_to_stop, true)) {
      change([this](TimePoint at) { tree_.stop(at); });
    }
    for (auto& [child, program] : programs_) look_after(child, program, now());
    change([this](TimePoint at) { tree_.tick(at); });
    const auto lines = std::exchange(heard_, {});
    lock.unlock();
    if (options_.on_line)
      for (const auto& line : lines) options_.on_line(line.id, line.text);
    lock.lock();
  }
}

void ProcessTree::Keeper::wait_for_something() {
  std::vector<pollfd> fds = {{wake_, POLLIN, 0}};
  milliseconds longest = kLongestLook;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [child, program] : programs_)
      if (program.process) fds.push_back({program.process->output(), POLLIN, 0});
    if (const auto next = tree_.next_wake())
      longest = std::clamp(std::chrono::ceil<milliseconds>(*next - now()), milliseconds(0), longest);
  }
  ::poll(fds.data(), fds.size(), static_cast<int>(longest.count()));
  std::uint64_t ignored = 0;
  [[maybe_unused]] const auto read = ::read(wake_, &ignored, sizeof ignored);
  // A pipe whose writers are gone is ready at once, until the exit is seen.
  const bool hung_up = std::any_of(fds.begin(), fds.end(), [](const pollfd& fd) { return (fd.revents & POLLHUP) != 0; });
  if (hung_up) ::poll(fds.data(), 1, 1);
}

void ProcessTree::Keeper::change(const std::function<void(TimePoint)>& change) {
  change(now());
  // A step may lead to others at once: a program that cannot be run has failed to start.
  for (auto steps = tree_.take_steps(); !steps.empty(); steps = tree_.take_steps())
    for (const auto& step : steps) carry_out(step);
  changed_.notify_all();
}

void ProcessTree::Keeper::carry_out(const supervise::Step& step) {
  using What = supervise::Step::What;
  const auto found = programs_.find(step.child);
  Program* program = found == programs_.end() ? nullptr : &found->second;
  switch (step.what) {
    case What::start: return launch(step.child, *program);
    case What::stop:
    case What::kill:
      program->stopping = true;
      if (!program->process) return tree_.stopped(step.child, now());
      return program->process->send_signal(step.what == What::stop ? SIGTERM : SIGKILL);
    case What::put_down:
    case What::let_go:
    case What::answer: return;
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
    case What::log: return say(step.level, step.why);
  }
}

void ProcessTree::Keeper::launch(ChildId child, Program& program) {
  program.up = program.stopping = false;
  program.said.clear();
  program.late.clear();
  try {
    program.process = std::make_unique<processes::ChildProcess>(program.start, options_.environment);
  } catch (const std::system_error& e) {
    return tree_.start_failed(child, e.what(), now());
  }
  program.ready_by = now() + program.start.ready_within;
  if (!program.start.ready.empty()) return;
  program.up = true;
  tree_.started(child, now());
}

void ProcessTree::Keeper::look_after(ChildId child, Program& program, TimePoint at) {
  if (!program.process) return;
  const auto status = program.process->ended();  // before the output: what it said last is read
  const bool was_up = program.up;
  read_output(program);
  if (program.up && !was_up && !program.stopping) {
    change([&](TimePoint when) { tree_.started(child, when); });
  }
  if (status) {
    program.log->finish([&](const std::string& line) { heard(program, line); });
    return came_to_an_end(child, program, *status);
  }
  if (program.up || program.stopping || !program.late.empty() || at < program.ready_by) return;
  program.late = "not ready within " + std::to_string(program.start.ready_within.count()) + " ms; killed";
  program.process->send_signal(SIGKILL);
}

void ProcessTree::Keeper::came_to_an_end(ChildId child, Program& program, const processes::ExitStatus& status) {
  const bool up = std::exchange(program.up, false);
  program.process.reset();
  ++program.ends;
  std::string why = program.late.empty() ? status.text() : program.late;
  if (!program.said.empty() && !status.normal()) why += "; it said last: " + program.said;
  change([&](TimePoint at) {
    if (program.stopping) return tree_.stopped(child, at);
    if (!up) return tree_.start_failed(child, why, at);
    tree_.ended(child, !status.normal(), why, at);
  });
}

void ProcessTree::Keeper::read_output(Program& program) {
  char bytes[8192];
  for (;;) {
    const auto n = ::read(program.process->output(), bytes, sizeof bytes);
    if (n <= 0) return;
    program.log->take({bytes, static_cast<std::size_t>(n)}, [&](const std::string& line) { heard(program, line); });
  }
}

void ProcessTree::Keeper::heard(Program& program, const std::string& line) {
  program.said = line;
  if (!program.start.ready.empty() && line.find(program.start.ready) != std::string::npos) program.up = true;
  heard_.push_back({program.id, line});
}

}  // namespace troupe
