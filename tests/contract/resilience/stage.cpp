#include "contract/resilience/stage.h"

#include <algorithm>

namespace troupe::resilience_cast {
namespace {

// A turn that sleeps: whether it woke is known when it has gone.
struct Slumber {
  explicit Slumber(Orders& orders_in) : orders(orders_in) {}
  ~Slumber() {
    if (!woke) ++orders.cancelled;
  }
  Orders& orders;
  bool woke = false;
};

class PatientRole final : public PatientActor {
 public:
  explicit PatientRole(Orders& orders) : orders_(orders) {}

 private:
  Task<> work(WorkParams::Reader, WorkResults::Builder out) override { out.setRuns(co_await run()); }
  Task<> look(LookParams::Reader, LookResults::Builder out) override { out.setRuns(co_await run()); }
  Task<> again(AgainParams::Reader, AgainResults::Builder out) override { out.setRuns(co_await run()); }
  Task<std::uint64_t> run() {
    const std::uint64_t runs = ++orders_.runs;
    auto error = orders_.take_error();
    if (const auto time = orders_.take_sleep(); time > 0ms) {
      Slumber slumber(orders_);
      co_await sleep_for(time);
      slumber.woke = true;
    }
    if (error) throw Error(*error);
    co_return runs;
  }
  Orders& orders_;
};

class PurseRole final : public PurseActor {
 public:
  explicit PurseRole(Orders& orders) : orders_(orders) {}

 private:
  Task<> put(PutParams::Reader in, PutResults::Builder out) override {
    ++orders_.runs;
    if (auto error = orders_.take_error()) throw Error(*error);
    edit().setCoins(state().getCoins() + in.getCoins());
    out.setCoins(state().getCoins());
    co_return;
  }
  Task<> coins(CoinsParams::Reader, CoinsResults::Builder out) override {
    out.setCoins(state().getCoins());
    co_return;
  }
  Orders& orders_;
};

class NurseRole final : public NurseActor {
  Task<> visit(VisitParams::Reader in, VisitResults::Builder out) override {
    const auto reply = co_await ref<Patient>(in.getPatient().cStr()).work();
    out.setRuns(reply->getRuns());
  }
  Task<> look(LookParams::Reader in, LookResults::Builder out) override {
    const auto reply = co_await ref<Patient>(in.getPatient().cStr()).look();
    out.setRuns(reply->getRuns());
  }
  Task<> guess(GuessParams::Reader in, GuessResults::Builder out) override {
    const auto reply = co_await ref<Patient>(in.getPatient().cStr()).work().or_else([](const Error&, auto instead) {
      instead.setRuns(7);
    });
    out.setRuns(reply->getRuns());
  }
  Task<> pay(PayParams::Reader in, PayResults::Builder out) override {
    const auto purse = ref<Purse>(in.getPurse().cStr());
    const auto coins = in.getCoins();
    (void)co_await purse.put([&](auto p) { p.setCoins(coins); });
    const auto reply = co_await purse.put([&](auto p) { p.setCoins(coins); });
    out.setCoins(reply->getCoins());
  }
};

}  // namespace

void Orders::fail_next(unsigned count, Error error) {
  const std::lock_guard lock(mutex_);
  errors_ = count;
  error_ = std::move(error);
}

void Orders::sleep_next(unsigned count, std::chrono::milliseconds time) {
  const std::lock_guard lock(mutex_);
  sleeps_ = count;
  sleep_ = time;
}

std::optional<Error> Orders::take_error() {
  const std::lock_guard lock(mutex_);
  if (errors_ == 0) return {};
  --errors_;
  return error_;
}

std::chrono::milliseconds Orders::take_sleep() {
  const std::lock_guard lock(mutex_);
  if (sleeps_ == 0) return 0ms;
  --sleeps_;
  return sleep_;
}

void host_patients(Node& node, Orders& orders) {
  node.host<PatientRole>([&orders] { return std::make_unique<PatientRole>(orders); });
  node.host<PurseRole>([&orders] { return std::make_unique<PurseRole>(orders); });
  node.host<NurseRole>();
}

Ward::Ward(std::vector<CoveredCalls> calls, std::function<void(NodeConfig&)> change)
    : cluster({.nodes = {"a", "b"},
               .clients = {"desk"},
               .host = [this](Node& node) { host_patients(node, orders); },
               .configure =
                   [calls = std::move(calls), change = std::move(change), lines = lines,
                    lines_mutex = lines_mutex](NodeConfig& config) {
                     config.calls = calls;
                     config.log = [lines, lines_mutex](const LogLine& line) {
                       const std::lock_guard lock(*lines_mutex);
                       lines->emplace_back(line.message);
                     };
                     if (change) change(config);
                   }}) {}

std::string Ward::key_on(const std::string& service, const std::string& node) const {
  for (int i = 0;; ++i) {
    const std::string key = "k" + std::to_string(i);
    if (cluster.owner_of({service, key}).name() == node) return key;
  }
}

bool Ward::logged(const std::string& part) const {
  const std::lock_guard lock(*lines_mutex);
  return std::any_of(lines->begin(), lines->end(),
                     [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

}  // namespace troupe::resilience_cast
