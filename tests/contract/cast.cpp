#include "contract/cast.h"

#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "contract/club.h"
#include "contract/depot.h"
#include "contract/ledger.h"
#include "contract/second_process.h"
#include "contract/sentry.h"
#include "contract/shelf.h"
#include "contract/sleeper.h"
#include "contract/tracer.h"
#include "contract/waiter.h"

namespace troupe::contract {
namespace {

using namespace std::chrono_literals;

class AccountRole final : public AccountActor {
  Task<> add(AddParams::Reader in, AddResults::Builder out) override {
    edit().setBalance(state().getBalance() + in.getAmount());
    out.setBalance(state().getBalance());
    co_return;
  }
  Task<> balance(BalanceParams::Reader, BalanceResults::Builder out) override {
    out.setBalance(state().getBalance());
    co_return;
  }
  Task<> addThen(AddThenParams::Reader in, AddThenResults::Builder) override {
    edit().setBalance(state().getBalance() + in.getAmount());
    end_as_told(text(in.getEnding()));
    co_return;
  }
  Task<> addAround(AddAroundParams::Reader in, AddAroundResults::Builder out) override {
    const auto before = state().getBalance();
    co_await ref<Latch>(text(in.getLatch())).pass();
    edit().setBalance(before + in.getAmount());
    out.setBalance(state().getBalance());
  }
  Task<> addBeside(AddBesideParams::Reader in, AddBesideResults::Builder out) override {
    co_await ref<Latch>(text(in.getLatch())).pass();
    edit().setBalance(state().getBalance() + in.getAmount());
    out.setBalance(state().getBalance());
  }
  Task<> editBeside(EditBesideParams::Reader in, EditBesideResults::Builder out) override {
    edit().setBalance(state().getBalance() + in.getAmount());
    co_await ref<Latch>(text(in.getLatch())).pass();
    out.setBalance(state().getBalance());
  }
  Task<> transfer(TransferParams::Reader in, TransferResults::Builder) override {
    edit().setBalance(state().getBalance() - in.getAmount());
    co_await ref<Account>(text(in.getTo())).add([&](auto p) { p.setAmount(in.getAmount()); });
    end_as_told(text(in.getEnding()));
  }
  Task<> readAround(ReadAroundParams::Reader in, ReadAroundResults::Builder out) override {
    const auto seen = state();
    co_await ref<Latch>(text(in.getLatch())).pass();
    out.setBefore(seen.getBalance());
    out.setNote(seen.getNote());
    out.setAfter(state().getBalance());
  }
  Task<> editReadOnly(EditReadOnlyParams::Reader, EditReadOnlyResults::Builder) override {
    edit().setBalance(1'000'000);
    co_return;
  }
  Task<> pass(PassParams::Reader in, PassResults::Builder) override {
    const auto way = in.getWay();
    if (way.size() == 0) co_return;
    co_await ref<Account>(text(way[0])).pass([&](auto p) {
      auto rest = p.initWay(way.size() - 1);
      for (unsigned i = 1; i < way.size(); ++i) rest.set(i - 1, way[i]);
    });
  }
  Task<> grow(GrowParams::Reader in, GrowResults::Builder) override {
    edit().initNote(in.getBytes());
    co_return;
  }
  Task<> addElsewhere(AddElsewhereParams::Reader in, AddElsewhereResults::Builder) override {
    co_await ref<Account>(text(in.getTo())).add([&](auto p) { p.setAmount(in.getAmount()); });
    co_await ref<Latch>(text(in.getLatch())).pass();
  }
  Task<> sum(SumParams::Reader in, SumResults::Builder out) override {
    auto first = ref<Account>(text(in.getFirst())).balance();
    auto second = ref<Account>(text(in.getSecond())).balance();
    const auto one = (co_await std::move(first))->getBalance();
    out.setBalance(one + (co_await std::move(second))->getBalance());
  }
  Task<> nest(NestParams::Reader in, NestResults::Builder) override {
    edit().setBalance(state().getBalance() + 1);
    auto at = edit().initNest();
    for (unsigned i = 1; i < in.getDepth(); ++i) at = at.initInner();
    co_return;
  }
};

class VaultRole final : public VaultActor {
  Task<> add(AddParams::Reader in, AddResults::Builder out) override {
    edit().setBalance(state().getBalance() + in.getAmount());
    out.setBalance(state().getBalance());
    co_return;
  }
  Task<> balance(BalanceParams::Reader, BalanceResults::Builder out) override {
    out.setBalance(state().getBalance());
    co_return;
  }
  Task<> transfer(TransferParams::Reader in, TransferResults::Builder) override {
    edit().setBalance(state().getBalance() - in.getAmount());
    co_await ref<Vault>(text(in.getTo())).add([&](auto p) { p.setAmount(in.getAmount()); });
  }
};

class LatchRole final : public LatchActor {
  Task<> pass(PassParams::Reader, PassResults::Builder) override {
    ++arrived_;
    while (!open_) co_await sleep_for(1ms);
  }
  Task<> open(OpenParams::Reader, OpenResults::Builder) override {
    open_ = true;
    co_return;
  }
  Task<> arrived(ArrivedParams::Reader, ArrivedResults::Builder out) override {
    out.setCount(arrived_);
    co_return;
  }

  std::uint32_t arrived_ = 0;
  bool open_ = false;
};

class ClerkRole final : public ClerkActor {
  Task<> count(CountParams::Reader, CountResults::Builder out) override {
    out.setCalls(++calls_);
    co_return;
  }
  std::uint64_t calls_ = 0;
};

class DeskRole final : public DeskActor {
  Task<> echo(EchoParams::Reader in, EchoResults::Builder out) override {
    out.setBytes(in.getBytes());
    co_return;
  }
  Task<> count(CountParams::Reader in, CountResults::Builder out) override {
    out.setCalls(++calls_);
    const auto latch = text(in.getLatch());
    if (!latch.empty()) co_await ref<Latch>(latch).pass();
  }
  Task<> countAgain(CountAgainParams::Reader in, CountAgainResults::Builder out) override {
    out.setCalls(++calls_);
    const auto latch = text(in.getLatch());
    if (!latch.empty()) co_await ref<Latch>(latch).pass();
  }
  Task<> calls(CallsParams::Reader, CallsResults::Builder out) override {
    out.setCalls(calls_);
    co_return;
  }
  Task<> relay(RelayParams::Reader in, RelayResults::Builder) override {
    struct Noted {
      ~Noted() { into = kind; }
      std::string& into;
      std::string kind = "cut short";
    } noted{ending_};
    auto result = co_await ref<Latch>(text(in.getLatch())).pass().result();
    noted.kind = result.ok() ? "reply" : std::string(to_string(result.error().kind()));
  }
  Task<> ending(EndingParams::Reader, EndingResults::Builder out) override {
    out.setKind(ending_);
    co_return;
  }
  Task<> slow(SlowParams::Reader in, SlowResults::Builder) override { co_await ref<Latch>(text(in.getLatch())).pass(); }

  Task<> startTimers(StartTimersParams::Reader, StartTimersResults::Builder) override {
    // What a timer's work holds must last as long as the work: it is looked at again after the wait.
    const std::string word(64, 'w');
    after(2ms, [this, word]() -> Task<> {
      co_await sleep_for(2ms);
      if (word == std::string(64, 'w')) ++once_;
    });
    every_ = every(2ms, [this, word]() -> Task<> {
      co_await sleep_for(1ms);
      if (word == std::string(64, 'w')) ++ticks_;
    });
    co_return;
  }
  Task<> cancelTimers(CancelTimersParams::Reader, CancelTimersResults::Builder) override {
    cancel_timer(every_);
    co_return;
  }
  Task<> ticks(TicksParams::Reader, TicksResults::Builder out) override {
    out.setOnce(once_);
    out.setEvery(ticks_);
    co_return;
  }
  Task<> nap(NapParams::Reader in, NapResults::Builder out) override {
    const auto start = std::chrono::steady_clock::now();
    co_await sleep_for(std::chrono::milliseconds(in.getMilliseconds()));
    const auto slept = std::chrono::steady_clock::now() - start;
    out.setSleptMilliseconds(
        static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(slept).count()));
  }

  Task<> block(BlockParams::Reader in, BlockResults::Builder out) override {
    const auto work = [value = in.getValue(), ending = text(in.getEnding())] {
      end_as_told(ending);
      return 2 * value;
    };
    const auto doubled = co_await blocking(work);
    co_await blocking([] {});
    out.setValue(doubled);
  }
  Task<> blockBeside(BlockBesideParams::Reader, BlockBesideResults::Builder out) override {
    try {
      co_await blocking([this] {
        while (!blocking_may_end()) std::this_thread::yield();
      });
      out.setKind("done");
    } catch (const Error& e) {
      out.setKind(std::string(to_string(e.kind())));
      blocking_may_end() = true;
    }
  }

  Task<> hire(HireParams::Reader, HireResults::Builder out) override {
    child_ = spawn<ClerkRole>("clerk");
    out.setChild(std::string(child_->key()));
    out.setCalls((co_await child_->count())->getCalls());
  }
  Task<> askChild(AskChildParams::Reader, AskChildResults::Builder out) override {
    if (!child_) throw Refusal("no_child", "this desk has hired nobody");
    out.setCalls((co_await child_->count())->getCalls());
  }
  Task<> crash(CrashParams::Reader, CrashResults::Builder) override {
    throw std::logic_error("the test wants a crash");
    co_return;
  }
  Task<> getInside(GetInsideParams::Reader, GetInsideResults::Builder out) override {
    try {
      (void)ref<Clerk>("other").count().get();
      out.setKind("reply");
    } catch (const Error& e) {
      out.setKind(std::string(to_string(e.kind())));
      out.setMessage(e.message());
    }
    co_return;
  }
  Task<> keepCall(KeepCallParams::Reader, KeepCallResults::Builder) override {
    kept_.emplace(ref<Latch>("never-opened").pass());
    co_return;
  }
  Task<> awaitKept(AwaitKeptParams::Reader, AwaitKeptResults::Builder out) override {
    if (!kept_) throw Refusal("nothing_kept", "this desk keeps no call");
    auto result = Result<void>();
    try {
      co_await std::move(*kept_);
    } catch (const Error& e) {
      result = e;
    }
    out.setKind(result.ok() ? "reply" : std::string(to_string(result.error().kind())));
  }
  Task<> hold(HoldParams::Reader in, HoldResults::Builder) override { co_await ref<Latch>(text(in.getLatch())).pass(); }
  Task<> readOnlyHold(ReadOnlyHoldParams::Reader in, ReadOnlyHoldResults::Builder) override {
    co_await ref<Latch>(text(in.getLatch())).pass();
  }

  std::uint64_t calls_ = 0;
  std::string ending_;
  std::uint64_t every_ = 0;
  std::uint32_t once_ = 0;
  std::uint32_t ticks_ = 0;
  std::optional<Ref<Clerk>> child_;
  std::optional<Call<Latch::PassResults>> kept_;
};

class ForgetfulRole final : public ForgetfulActor {
  Task<> add(AddParams::Reader in, AddResults::Builder out) override {
    edit().setBalance(state().getBalance() + in.getAmount());
    out.setBalance(state().getBalance());
    co_return;
  }
};

class FragileRole final : public FragileActor {
  void on_activate() override {
    if (key().starts_with("doomed")) throw std::runtime_error("it is doomed");
    if (key().starts_with("strange")) throw 42;
  }
  Task<> touch(TouchParams::Reader, TouchResults::Builder) override { co_return; }
};

}  // namespace

void end_as_told(const std::string& ending) {
  if (ending == "refuse") throw Refusal("told_to", "the test wants a refusal");
  if (ending == "unavailable") throw Error(ErrorKind::unavailable, "the test wants one that is not there");
  if (ending == "error") throw Error(ErrorKind::denied, "the test wants an error");
  if (ending == "crash") throw std::logic_error("the test wants a crash");
  if (ending == "throw") throw 42;
}

std::atomic<bool>& blocking_may_end() {
  static std::atomic<bool> may_end{false};
  return may_end;
}

std::unique_ptr<Actor> make_account() { return std::make_unique<AccountRole>(); }
std::unique_ptr<Actor> make_latch() { return std::make_unique<LatchRole>(); }

void host_cast(Node& node) { host_cast_with(node, {}); }

void host_cast_with(Node& node, HostOptions account) {
  node.host<AccountRole>(std::move(account));
  node.host<VaultRole>();
  node.host<LatchRole>();
  node.host<DeskRole>();
  node.host<ClerkRole>();
  node.host<FragileRole>();
  node.host<ForgetfulRole>();
  host_club(node);
  host_sentries(node);
  host_sleeper(node);
  host_tracer(node);
  host_waiter(node);
  host_depots(node);
  host_ledgers(node);
  host_shelves(node);
}

int serve_cast(NodeConfig config) try {
  config.tracing.sample = 0;
  Node node(std::move(config));
  host_cast(node);
  node.start();
  testing::say_ready_and_wait();
  return 0;
} catch (const Error& error) {
  testing::say(error.what());
  return 1;
}

}  // namespace troupe::contract
