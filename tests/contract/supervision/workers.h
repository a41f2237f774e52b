// The workers of workers.capnp, the journal they write, and a node that hosts them.
#pragma once

#include <doctest/doctest.h>
#include <troupe/actor.h>
#include <troupe/node.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/scratch_directory.h"
#include "workers.capnp.troupe.h"

namespace troupe::contract {

using namespace std::chrono_literals;

// What happened, in order: "start a", "stop a". Any thread.
class Journal {
 public:
  std::atomic<bool> gate_open{false};

  void write(const std::string& line) {
    std::lock_guard lock(mutex_);
    lines_.push_back(line);
  }
  void fail(const std::string& key, bool yes = true) {
    std::lock_guard lock(mutex_);
    yes ? (void)failing_.insert(key) : (void)failing_.erase(key);
  }
  [[nodiscard]] bool fails(const std::string& key) const {
    std::lock_guard lock(mutex_);
    return failing_.count(key) != 0;
  }
  // All of it, or the lines since the last take(): "start a, start b".
  [[nodiscard]] std::string text() const {
    std::lock_guard lock(mutex_);
    std::string all;
    for (const auto& line : lines_) all += (all.empty() ? "" : ", ") + line;
    return all;
  }
  std::string take() {
    std::string all = text();
    std::lock_guard lock(mutex_);
    lines_.clear();
    return all;
  }
  [[nodiscard]] std::size_t count(const std::string& wanted) const {
    std::lock_guard lock(mutex_);
    std::size_t n = 0;
    for (const auto& line : lines_) n += line == wanted;
    return n;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  std::set<std::string> failing_;
};

class WorkerRole final : public WorkerActor {
 public:
  explicit WorkerRole(Journal& journal) : journal_(journal) {}

 private:
  void on_activate() override {
    if (journal_.fails(std::string(key()))) {
      journal_.write("fail " + std::string(key()));
      throw std::runtime_error("the test wants no start");
    }
    journal_.write("start " + std::string(key()));
  }
  void on_passivate() noexcept override { journal_.write("stop " + std::string(key())); }

  Task<> add(AddParams::Reader in, AddResults::Builder out) override {
    edit().setTotal(state().getTotal() + in.getAmount());
    out.setTotal(state().getTotal());
    co_return;
  }
  Task<> total(TotalParams::Reader, TotalResults::Builder out) override {
    out.setTotal(state().getTotal());
    co_return;
  }
  Task<> crash(CrashParams::Reader, CrashResults::Builder) override {
    edit().setTotal(-1);
    throw std::logic_error("the test wants a crash");
  }
  Task<> finish(FinishParams::Reader in, FinishResults::Builder) override {
    edit().setTotal(state().getTotal() + in.getAmount());
    const std::string cause(in.getCause().cStr()), ending(in.getEnding().cStr());
    cause.empty() ? stop_self() : stop_self(cause);
    if (ending == "refuse") throw Refusal("told_to", "the test wants a refusal");
    co_return;
  }
  Task<> hold(HoldParams::Reader in, HoldResults::Builder out) override {
    edit().setTotal(state().getTotal() + in.getAmount());
    journal_.write("hold " + std::string(key()));
    while (!journal_.gate_open) co_await sleep_for(1ms);
    out.setTotal(state().getTotal());
  }
  Task<> holdAfter(HoldAfterParams::Reader in, HoldAfterResults::Builder) override {
    co_await ref<Worker>(in.getOther().cStr()).add([](auto p) { p.setAmount(1); });
    journal_.write("hold " + std::string(key()));
    while (!journal_.gate_open) co_await sleep_for(1ms);
  }
  Task<> forget(ForgetParams::Reader, ForgetResults::Builder) override {
    erase_everything();
    co_return;
  }

  Journal& journal_;
};

class HelperRole final : public HelperActor {
 public:
  explicit HelperRole(Journal& journal) : journal_(journal) {}

 private:
  void on_activate() override { journal_.write("start " + std::string(key())); }
  Task<> calls(CallsParams::Reader, CallsResults::Builder out) override {
    out.setCalls(++calls_);
    co_return;
  }
  Task<> crash(CrashParams::Reader, CrashResults::Builder) override {
    throw std::logic_error("the test wants a crash");
  }

  Journal& journal_;
  std::uint32_t calls_ = 0;
};

inline ChildSpec worker(const std::string& id, Restart restart = Restart::permanent) {
  ChildSpec spec;
  spec.id = id;
  spec.start = actor_start<Worker>(id);
  spec.restart = restart;
  return spec;
}
inline ChildSpec below(const std::string& id, Supervision supervisor) {
  ChildSpec spec;
  spec.id = id;
  spec.start = std::move(supervisor);
  return spec;
}
inline Supervision three(Strategy strategy, Intensity intensity = {100, 10s}) {
  return {.strategy = strategy,
          .intensity = intensity,
          .backoff = {1ms, 5ms},
          .children = {worker("a"), worker("b"), worker("c")}};
}

// Runs `condition` until it holds; false: not within ten seconds.
inline bool eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

// The error that `call` ends with. Fails the test if it ends with none.
template <class F>
Error error_of(F&& call) {
  try {
    (void)call();
  } catch (const Error& e) {
    return e;
  }
  FAIL("no error came");
  return Error(ErrorKind::failed, "no error came");
}

// A node of one that hosts the workers. Not started.
class Plant {
 public:
  explicit Plant(const std::function<void(NodeConfig&)>& change = {}) {
    NodeConfig config{.name = "plant", .data_dir = directory_ / "plant", .threads = 2};
    config.log = [this](const LogLine& line) {
      std::lock_guard lock(mutex_);
      if (line.room == "supervise") log_.emplace_back(line.level, line.message);
    };
    if (change) change(config);
    node_ = std::make_unique<Node>(std::move(config));
    host(*node_, journal);
  }
  ~Plant() { node_.reset(); }

  static void host(Node& node, Journal& journal) {
    node.host<WorkerRole>([&journal] { return std::make_unique<WorkerRole>(journal); });
    node.host<HelperRole>([&journal] { return std::make_unique<HelperRole>(journal); });
  }

  Journal journal;
  [[nodiscard]] Node& node() { return *node_; }
  void supervise(Supervision tree, SupervisionEvents events = {}) {
    node_->supervise(std::move(tree), std::move(events)).start();
  }

  [[nodiscard]] Ref<Worker> worker(const std::string& key) { return node_->ref<Worker>(key); }
  std::int64_t add(const std::string& key, std::int64_t amount) {
    return worker(key).add([&](auto p) { p.setAmount(amount); }).get()->getTotal();
  }
  std::int64_t total(const std::string& key) { return worker(key).total().get()->getTotal(); }
  Error crash(const std::string& key) {
    return error_of([&] { return worker(key).crash().get(); });
  }
  void finish(const std::string& key, const std::string& cause = {}) {
    (void)worker(key).finish([&](auto p) { p.setAmount(1), p.setCause(cause); }).get();
  }
  [[nodiscard]] ChildView child(const std::string& id, const std::string& supervisor = {}) {
    for (auto& view : node_->supervision().which_children(supervisor)) {
      if (view.id == id) return view;
    }
    FAIL("no child " << id);
    return {};
  }
  [[nodiscard]] bool comes_to(const std::string& id, const std::string& status, const std::string& supervisor = {}) {
    return eventually([&] { return child(id, supervisor).status == status; });
  }
  [[nodiscard]] bool logged(LogLevel level, const std::string& part) const {
    std::lock_guard lock(mutex_);
    for (const auto& [at, line] : log_) {
      if (at == level && line.find(part) != std::string::npos) return true;
    }
    return false;
  }

 private:
  testing::ScratchDirectory directory_;
  mutable std::mutex mutex_;
  std::vector<std::pair<LogLevel, std::string>> log_;
  std::unique_ptr<Node> node_;
};

}  // namespace troupe::contract
