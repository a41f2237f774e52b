#include "crash/storm/cluster.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "crash/stages.h"
#include "crash/storm/news.h"
#include "crash/storm/reopening.h"
#include "crash/storm/tills.h"
#include "host/node_parts.h"
#include "host/test_hooks.h"

namespace troupe::storm {
namespace {

using namespace std::chrono_literals;

std::string name_of(std::size_t node) { return "node-" + std::to_string(node); }

std::vector<Member> members(const std::array<std::uint16_t, kNodes + 1>& ports) {
  std::vector<Member> all;
  for (std::size_t i = 0; i < kNodes; ++i) all.push_back({.name = name_of(i), .port = ports[i]});
  all.push_back({.name = "driver", .port = ports[kNodes], .client = true});
  return all;
}

// Hasty, so that a stalled receiver meets the same message again; and actors are passivated whenever they pause.
// `coordinator`: of members that come and go; empty: they are listed.
NodeConfig config_of(std::size_t number, std::filesystem::path directory, const std::filesystem::path& coordinator,
                     const std::array<std::uint16_t, kNodes + 1>& ports) {
  const auto all = members(ports);
  NodeConfig config{.name = all[number].name,
                    .data_dir = std::move(directory),
                    .threads = 2,
                    .default_timeout = 700ms,
                    .idle_after = 500ms};
  if (coordinator.empty()) {
    config.members = all;
  } else {
    config.join.coordinator = {.kind = CoordinatorKind::file, .directory = coordinator};
    config.join.port = ports[number];
    config.join.client = all[number].client;
    config.join.session_ttl = 1s;
    config.join.timeout = 60s;
  }
  config.delivery = {.tries = 20, .backoff = 20ms, .max_backoff = 500ms};
  config.restart = {.restarts = 1'000, .sustained = 100'000, .max_backoff = 50ms};
  config.watch = {.slow_turn = 200ms,
                  .blocked_thread = 500ms,
                  .stalled_workers = kUnhealthyAfter,
                  .stuck_commits = kUnhealthyAfter};
  return config;
}

void break_connections() {
  for (int fd = 3; fd < 1024; ++fd) {
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) == 0 && peer.ss_family == AF_INET)
      (void)::shutdown(fd, SHUT_RDWR);
  }
}

// As `shop run` does.
constexpr int kUnhealthy = 4;

// For a mischief, with its measure in milliseconds.
int signal_of(Mischief what) { return SIGRTMIN + static_cast<int>(what); }

sigset_t signals_obeyed() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  sigaddset(&signals, SIGUSR2);
  for (int i = 0; i < kMischiefs; ++i) sigaddset(&signals, signal_of(Mischief{i}));
  return signals;
}

// SIGUSR1: every connection breaks. SIGUSR2: from now on the stage counts.
void obey_signals(int nth, Reopening* reopening) {
  const sigset_t signals = signals_obeyed();
  for (;;) {
    siginfo_t told{};
    const int signal = ::sigwaitinfo(&signals, &told);
    if (signal < 0 && errno != EINTR) return;
    if (signal == SIGUSR1) break_connections();
    if (signal == SIGUSR2) crash::die_after(nth);
    if (signal < SIGRTMIN) continue;
    const Mischief what{signal - SIGRTMIN};
    const std::chrono::milliseconds how_much(told.si_value.sival_int);
    what == Mischief::reopens ? reopening->go_on_for(how_much) : befall(what, how_much);
  }
}

}  // namespace

Cluster::Cluster(Members members) : members_(members) {
  for (auto& port : ports_) port = testing::free_port();
  for (std::size_t i = 0; i < kNodes; ++i) start(i);
  driver_ = new_driver();
  if (!driver_->wait_connected(60s)) throw std::runtime_error("the driver finds no way to the nodes");
  all_topics().declare(*driver_, 60s);
}

Cluster::~Cluster() {
  driver_->stop();
  for (auto& process : processes_) {
    if (process) process->kill();
  }
}

void Cluster::start(std::size_t node, const Doom& doom) {
  processes_[node].reset();
  std::vector<std::string> words = {"--storm-member",         std::to_string(node),
                                    directory(node).string(), doom.stage,
                                    std::to_string(doom.nth), members_come_and_go() ? coordinator().string() : "-"};
  for (const auto port : ports_) words.push_back(std::to_string(port));
  processes_[node] = std::make_unique<testing::SecondProcess>(words);
  doomed_[node] = doom.nth > 0;
  if (doomed_[node]) signal(node, SIGUSR2);
}

void Cluster::kill(std::size_t node) { processes_[node]->kill(); }

// Never to pid -1, which would be everybody.
void Cluster::signal(std::size_t node, int number) {
  const pid_t pid = processes_[node]->pid();
  if (pid > 0) ::kill(pid, number);
}

bool Cluster::alive(std::size_t node) const {
  const pid_t pid = processes_[node]->pid();
  if (pid < 0) return false;
  siginfo_t found{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &found, WEXITED | WNOHANG | WNOWAIT) == 0 && found.si_pid == 0;
}

bool Cluster::ended_unhealthy(std::size_t node) const {
  const pid_t pid = processes_[node]->pid();
  if (pid < 0) return false;
  siginfo_t found{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &found, WEXITED | WNOHANG | WNOWAIT) == 0 && found.si_pid == pid &&
         found.si_code == CLD_EXITED && found.si_status == kUnhealthy;
}

void Cluster::befall(std::size_t node, Mischief what, std::chrono::milliseconds how_much) {
  const pid_t pid = processes_[node]->pid();
  if (pid <= 0) return;
  doomed_[node] = true;
  (void)::sigqueue(pid, signal_of(what), {.sival_int = static_cast<int>(how_much.count())});
}

void Cluster::stall(std::size_t node) { signal(node, SIGSTOP); }
void Cluster::wake(std::size_t node) { signal(node, SIGCONT); }
void Cluster::cut(std::size_t node) { signal(node, SIGUSR1); }
int Cluster::finish(std::size_t node) { return processes_[node]->finish(); }

std::shared_ptr<Node> Cluster::driver() const {
  const std::lock_guard lock(mutex_);
  return driver_;
}

void Cluster::restart_driver() {
  driver()->stop(0ms);  // its port is the new one's
  auto fresh = new_driver();
  const std::lock_guard lock(mutex_);
  driver_ = std::move(fresh);
}

std::shared_ptr<Node> Cluster::new_driver() {
  auto config = config_of(kNodes, {}, coordinator(), ports_);
  config.default_timeout = 60s;
  auto hooks = std::make_shared<host::TestHooks>();
  hooks->begun = [this](host::NodeParts& parts) { driver_parts_ = &parts; };
  config.test_hooks = std::move(hooks);
  auto node = std::make_shared<Node>(std::move(config));
  host_cast(*node);
  node->start();
  return node;
}

std::filesystem::path Cluster::coordinator() const {
  return members_come_and_go() ? directory_ / "coordinator" : std::filesystem::path();
}

bool Cluster::drain(std::size_t node, bool drains) {
  auto& access = driver_parts_->membership()->access();
  const std::string name = name_of(node);
  for (int attempt = 0; attempt < 100; ++attempt) {
    const auto known = *access.directory().member(name);
    auto record = known.record;
    record.state = drains ? membership::MemberState::draining : membership::MemberState::serving;
    coordinator::Transaction change;
    membership::replace(change, membership::member_key(name), known.version, record);
    auto done = access.commit(change);
    if (done.ok() && *done) return true;
  }
  return false;
}

std::filesystem::path Cluster::directory(std::size_t node) const { return directory_ / name_of(node); }

int run_member(const std::vector<std::string>& arguments) {
  std::array<std::uint16_t, kNodes + 1> ports{};
  for (std::size_t i = 0; i < ports.size(); ++i) ports[i] = static_cast<std::uint16_t>(std::stoi(arguments.at(5 + i)));
  const std::filesystem::path coordinator = arguments.at(4) == "-" ? "" : arguments.at(4);
  const sigset_t signals = signals_obeyed();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  try {
    auto config = config_of(std::stoul(arguments.at(0)), arguments.at(1), coordinator, ports);
    config.on_unhealthy = [](const Health&) {
      if (may_be_unhealthy()) std::_Exit(kUnhealthy);
    };
    // Forever: what obeys signals has no end.
    auto* const reopening = new Reopening;
    auto hooks = std::make_shared<host::TestHooks>();
    hooks->begun = [reopening](host::NodeParts& parts) { reopening->begin(parts); };
    config.test_hooks = std::move(hooks);
    Node node(std::move(config));
    host_cast(node);
    crash::die_at(arguments.at(2), 0);  // not yet
    node.start();
    std::thread(obey_signals, std::stoi(arguments.at(3)), reopening).detach();
    testing::say_ready_and_wait();
    reopening->end();
    return 0;
  } catch (const Error& error) {
    testing::say(error.what());
    return 1;
  }
}

}  // namespace troupe::storm
