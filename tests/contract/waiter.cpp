#include "contract/waiter.h"

#include <condition_variable>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "contract/cast.h"

namespace troupe::contract {
namespace {

class Gates {
 public:
  void open(const std::string& name) {
    const std::lock_guard lock(mutex_);
    open_.insert(name);
    changed_.notify_all();
  }
  void pass(const std::string& name) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_.contains(name); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> open_;
};

Gates& gates() {
  static Gates all;
  return all;
}

class WaiterRole final : public WaiterActor {
  // Counts a turn, whether it comes to its end or not.
  class Counted {
   public:
    explicit Counted(WaiterRole& waiter) : waiter_(waiter) { ++waiter_.begun_; }
    ~Counted() { ++(finished_ ? waiter_.finished_ : waiter_.cut_); }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    void finish() { finished_ = true; }

   private:
    WaiterRole& waiter_;
    bool finished_ = false;
  };

  Task<> wait(WaitParams::Reader, WaitResults::Builder) override {
    Counted turn(*this);
    while (!released_) co_await sleep_for(std::chrono::milliseconds(1));
    turn.finish();
  }
  Task<> letGo(LetGoParams::Reader, LetGoResults::Builder) override {
    released_ = true;
    co_return;
  }
  Task<> counts(CountsParams::Reader, CountsResults::Builder out) override {
    out.setBegun(begun_);
    out.setFinished(finished_);
    out.setCut(cut_);
    out.setNoticed(noticed_);
    co_return;
  }
  Task<> relay(RelayParams::Reader in, RelayResults::Builder) override {
    Counted turn(*this);
    std::vector<std::string> way;
    for (auto stop : in.getWay()) way.push_back(text(stop));
    if (way.empty()) throw Refusal("no_way", "a relay wants somebody to go to");
    const auto next = ref<Waiter>(way.front());
    if (way.size() == 1) {
      co_await next.wait();
    } else {
      auto call = next.relay([&](auto p) {
        auto rest = p.initWay(static_cast<unsigned>(way.size() - 1));
        for (unsigned i = 0; i + 1 < way.size(); ++i) rest.set(i, way[i + 1]);
      });
      co_await std::move(call);
    }
    turn.finish();
  }
  Task<> callThen(CallThenParams::Reader in, CallThenResults::Builder) override {
    const std::string ending = text(in.getEnding());
    auto call = ref<Waiter>(text(in.getWhom())).wait();
    if (ending == "forget") std::move(call).forget();
    co_await ref<Latch>(text(in.getLatch())).pass();
    if (ending == "refuse") throw Refusal("told_to", "the test wants a refusal");
    if (ending != "return") throw std::logic_error("the test wants a crash");
  }
  Task<> cancelOwn(CancelOwnParams::Reader in, CancelOwnResults::Builder out) override {
    auto call = ref<Waiter>(text(in.getWhom())).wait();
    call.cancel();
    auto result = co_await std::move(call).result();
    out.setKind(result.ok() ? "reply" : std::string(to_string(result.error().kind())));
  }
  Task<> spin(SpinParams::Reader, SpinResults::Builder) override {
    ++begun_;
    while (!cancelled()) std::this_thread::yield();
    ++noticed_;
    throw Refusal("noticed", "nobody waits");
    co_return;
  }
  Task<> hold(HoldParams::Reader in, HoldResults::Builder) override {
    ++begun_;
    gates().pass(text(in.getGate()));
    co_return;
  }
  Task<> holdBlocking(HoldBlockingParams::Reader in, HoldBlockingResults::Builder) override {
    ++begun_;
    const auto work = [gate = text(in.getGate())] { gates().pass(gate); };
    co_await blocking(work);
  }
  Task<> timeLeft(TimeLeftParams::Reader in, TimeLeftResults::Builder out) override {
    const std::string whom = text(in.getWhom());
    if (whom.empty()) {
      out.setLeftMs(
          static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(time_left()).count()));
      co_return;
    }
    const auto timeout = std::chrono::milliseconds(in.getTimeoutMs());
    co_await sleep_for(std::chrono::milliseconds(in.getSleepMs()));
    auto other = ref<Waiter>(whom);
    other.timeout(timeout);
    auto question = other.timeLeft([](auto) {});
    auto answer = co_await std::move(question);
    out.setLeftMs(answer->getLeftMs());
  }

  bool released_ = false;
  std::uint32_t begun_ = 0;
  std::uint32_t finished_ = 0;
  std::uint32_t cut_ = 0;
  std::uint32_t noticed_ = 0;
};

}  // namespace

void host_waiter(Node& node) { node.host<WaiterRole>(); }

void open_gate(const std::string& name) { gates().open(name); }

}  // namespace troupe::contract
