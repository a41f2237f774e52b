// The cast of the saga tests: Trip runs the flow that a test brings along, Till books what is taken and given back.
#pragma once

#include <troupe/node.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "saga/saga.h"
#include "support/scratch_directory.h"
#include "trip.capnp.troupe.h"

namespace trip_test {

using namespace std::chrono_literals;
using troupe::Task;
using troupe::saga::Flow;
using troupe::saga::Phase;

class Trip;

// What a test and its actors share; outlives the nodes.
struct Plan {
  std::function<Flow<>(Trip&)> flow;
  std::chrono::milliseconds wake{30'000};

  // The `hang_at`th of the places that are passed waits for ever, once; -1: none.
  std::atomic<int> passed{0};
  std::atomic<int> hang_at{-1};
  std::promise<void> hangs;
  // Till's next takes end so instead.
  std::atomic<int> till_unavailable{0};
  std::atomic<int> till_crashes{0};
  std::atomic<int> returns_unavailable{0};
  std::atomic<int> bodies{0};
};

class Trip final : public troupe::saga::Saga<trip::TripActor> {
 public:
  explicit Trip(Plan& of_test) : plan(of_test) {}

  using Saga::all;
  using Saga::edit;
  using Saga::ref;
  using Saga::signal;
  using Saga::sleep;
  using Saga::sleep_for;
  using Saga::step;
  using Saga::to_its_end;

  Task<> pass() {
    if (plan.passed++ != plan.hang_at) co_return;
    plan.hang_at = -1;
    plan.hangs.set_value();
    co_await sleep_for(1h);
  }
  Task<> take(std::uint64_t cents, std::string what) {
    ++plan.bodies;
    co_await pass();
    co_await ref<trip::Till>("t").take([&](auto p) {
      p.setCents(cents);
      p.setWhat(what.c_str());
    });
    co_await pass();
  }
  Task<> give_back(std::uint64_t cents, std::string what) {
    co_await pass();
    co_await ref<trip::Till>("t").giveBack([&](auto p) {
      p.setCents(cents);
      p.setWhat(what.c_str());
    });
    co_await pass();
  }

  Plan& plan;

 private:
  Flow<> run() override { return plan.flow(*this); }
  std::chrono::milliseconds wake_within() const override { return plan.wake; }
  void on_phase(Phase now, const troupe::Error* why) override {
    static constexpr const char* kNames[] = {"none",   "running",   "compensating", "done",
                                             "failed", "cancelled", "killed",       "stuck"};
    std::vector<std::string> phases;
    for (auto p : state().getPhases()) phases.emplace_back(p.cStr());
    phases.push_back(std::string(kNames[static_cast<int>(now)]) + (why ? ": " + why->code() : ""));
    auto list = edit().initPhases(static_cast<unsigned>(phases.size()));
    for (unsigned i = 0; i < phases.size(); ++i) list.set(i, phases[i].c_str());
  }

  Task<> begin(BeginParams::Reader, BeginResults::Builder out) override {
    out.setBegan(start());
    co_return;
  }
  Task<> again(AgainParams::Reader, AgainResults::Builder out) override {
    out.setBegan(start_anew());
    co_return;
  }
  Task<> whole(WholeParams::Reader, WholeResults::Builder out) override {
    co_await to_its_end();
    out.setPhase(phase());
    if (auto error = failure()) out.setError(error->what());
  }
  Task<> cancel(CancelParams::Reader, CancelResults::Builder out) override {
    out.setChanged(Saga::cancel());
    co_return;
  }
  Task<> kill(KillParams::Reader, KillResults::Builder out) override {
    out.setChanged(Saga::kill());
    co_return;
  }
  Task<> goOn(GoOnParams::Reader, GoOnResults::Builder out) override {
    out.setChanged(go_on());
    co_return;
  }
  Task<> decide(DecideParams::Reader in, DecideResults::Builder out) override {
    out.setChanged(Saga::decide(in.getTookEffect()));
    co_return;
  }
  Task<> pay(PayParams::Reader in, PayResults::Builder out) override {
    out.setFirst(raise<trip::Receipt>("paid", in.getReceipt()));
    co_return;
  }
  Task<> progress(ProgressParams::Reader, ProgressResults::Builder out) override {
    tell(out.initSaga());
    co_return;
  }
  Task<> look(LookParams::Reader, LookResults::Builder out) override {
    out.setPhases(state().getPhases());
    out.setNote(state().getNote());
    out.setMarks(state().getMarks());
    co_return;
  }
  Task<> editAndWait(EditAndWaitParams::Reader, EditAndWaitResults::Builder) override {
    edit().setNote("mine");
    co_await to_its_end();
  }
  Task<> waitAlone(WaitAloneParams::Reader, WaitAloneResults::Builder out) override {
    co_await to_its_end();
    out.setPhase(phase());
  }
  Task<> crash(CrashParams::Reader, CrashResults::Builder) override { throw std::runtime_error("as asked"); }
};

class Till final : public trip::TillActor {
 public:
  explicit Till(Plan& plan) : plan_(plan) {}

 private:
  void note(const std::string& line) {
    std::vector<std::string> log;
    for (auto l : state().getLog()) log.emplace_back(l.cStr());
    log.push_back(caller() ? line + " for " + caller()->name : line);
    auto list = edit().initLog(static_cast<unsigned>(log.size()));
    for (unsigned i = 0; i < log.size(); ++i) list.set(i, log[i].c_str());
  }
  Task<> take(TakeParams::Reader in, TakeResults::Builder out) override {
    if (plan_.till_unavailable.fetch_sub(1) > 0)
      throw troupe::Error(troupe::ErrorKind::unavailable, "the till is closed");
    if (plan_.till_crashes.fetch_sub(1) > 0) throw std::runtime_error("the till fell down");
    if (in.getCents() > 1'000) throw troupe::Refusal("too_much", "that is too much");
    note(std::string("+") + in.getWhat().cStr());
    edit().setTaken(state().getTaken() + in.getCents());
    edit().setTakes(state().getTakes() + 1);
    out.setNumber(state().getTakes());
    co_return;
  }
  Task<> giveBack(GiveBackParams::Reader in, GiveBackResults::Builder) override {
    if (plan_.returns_unavailable.fetch_sub(1) > 0)
      throw troupe::Error(troupe::ErrorKind::unavailable, "the till is closed");
    note(std::string("-") + in.getWhat().cStr());
    edit().setReturned(state().getReturned() + in.getCents());
    co_return;
  }
  Task<> view(ViewParams::Reader, ViewResults::Builder out) override {
    out.setTaken(state().getTaken());
    out.setReturned(state().getReturned());
    out.setTakes(state().getTakes());
    out.setLog(state().getLog());
    co_return;
  }
  Plan& plan_;
};

// One node that can be killed and started again on what it left.
class Stand {
 public:
  explicit Stand(std::function<Flow<>(Trip&)> flow) {
    plan.flow = std::move(flow);
    plan.till_unavailable = plan.till_crashes = plan.returns_unavailable = 0;
  }
  void open() {
    troupe::NodeConfig config;
    config.data_dir = dir_.path() / "data";
    config.admin = false;
    node_ = std::make_unique<troupe::Node>(std::move(config));
    node_->host<Trip>(std::function([this] { return std::make_unique<Trip>(plan); }));
    node_->host<Till>(std::function([this] { return std::make_unique<Till>(plan); }));
    node_->start();
  }
  // Turns that run are abandoned where they are.
  void kill_node() {
    node_->stop(0ms);
    node_.reset();
  }
  void restart() {
    kill_node();
    open();
  }
  [[nodiscard]] auto trip() { return node_->ref<trip::Trip>("a"); }
  [[nodiscard]] auto till() { return node_->ref<trip::Till>("t"); }
  Phase whole() { return at_once(trip().whole().get(20s))->getPhase(); }
  std::vector<std::string> log() {
    std::vector<std::string> log;
    auto view = till().view().get(5s);
    for (auto l : view->getLog()) log.emplace_back(l.cStr());
    return log;
  }
  std::vector<std::string> phases() {
    std::vector<std::string> phases;
    auto view = trip().look().get(5s);
    for (auto p : view->getPhases()) phases.emplace_back(p.cStr());
    return phases;
  }
  // Looks again and again, each look a call, until `holds` or twenty seconds have passed.
  template <class F>
  bool eventually(F holds) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (std::chrono::steady_clock::now() < end)
      if (holds()) return true;
    return false;
  }
  // Waits until a turn hangs at the place that `plan.hang_at` names.
  bool hangs() { return plan.hangs.get_future().wait_for(20s) == std::future_status::ready; }

  Plan plan;

 private:
  troupe::testing::ScratchDirectory dir_;
  std::unique_ptr<troupe::Node> node_;
};

}  // namespace trip_test
