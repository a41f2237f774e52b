#include "contract/sleeper.h"

#include <stdexcept>
#include <utility>
#include <vector>

#include "contract/cast.h"

namespace troupe::contract {
namespace {

constexpr std::size_t kRingsKept = 100;

class SleeperRole final : public SleeperActor {
  Task<> remindIn(RemindInParams::Reader in, RemindInResults::Builder) override {
    remind_in(text(in.getName()), std::chrono::milliseconds(in.getMilliseconds()));
    if (text(in.getEnding()) == "refuse") throw Refusal("told_to", "the test wants a refusal");
    if (text(in.getEnding()) == "crash") throw std::logic_error("the test wants a crash");
    co_return;
  }
  Task<> remindEvery(RemindEveryParams::Reader in, RemindEveryResults::Builder) override {
    remind_every(text(in.getName()), std::chrono::milliseconds(in.getMilliseconds()));
    co_return;
  }
  Task<> cancel(CancelParams::Reader in, CancelResults::Builder) override {
    cancel_reminder(text(in.getName()));
    co_return;
  }
  Task<> rings(RingsParams::Reader, RingsResults::Builder out) override {
    out.setCount(state().getCount());
    out.setRings(state().getRings());
    co_return;
  }
  Task<> remindMany(RemindManyParams::Reader in, RemindManyResults::Builder) override {
    const auto when = now() + std::chrono::milliseconds(in.getMilliseconds());
    for (unsigned i = 0; i < in.getCount(); ++i) remind_at(text(in.getName()) + std::to_string(i), when);
    co_return;
  }
  Task<> remindReadOnly(RemindReadOnlyParams::Reader, RemindReadOnlyResults::Builder) override {
    remind_in("never", std::chrono::milliseconds(0));
    co_return;
  }
  Task<> beLenient(BeLenientParams::Reader, BeLenientResults::Builder) override {
    edit().setLenient(true);
    co_return;
  }
  Task<> eraseAll(EraseAllParams::Reader, EraseAllResults::Builder) override {
    erase_everything();
    co_return;
  }

  Task<> on_reminder(std::string_view name_given) override {
    const std::string name(name_given);
    note(name);
    if (name == "again" && state().getCount() < 3) remind_in(name, std::chrono::milliseconds(1));
    if (name == "at once" && state().getCount() < 3) remind_in(name, std::chrono::milliseconds(0));
    if (name == "cancel") {
      cancel_reminder(name);
      cancel_reminder("other");
    }
    if (name.starts_with("wait")) co_await ref<Latch>("rung").pass();
    if (name == "add") co_await ref<Account>("rung").add([](auto p) { p.setAmount(1); });
    if (state().getLenient()) co_return;
    if (name.starts_with("fail") || name == "add") throw Error(ErrorKind::denied, "it rang while nobody was lenient");
    if (name == "crash") throw std::logic_error("the test wants a crash");
  }

  void note(const std::string& name) {
    edit().setCount(state().getCount() + 1);
    std::vector<std::pair<std::string, std::uint64_t>> all;
    for (auto ring : state().getRings()) all.emplace_back(text(ring.getName()), ring.getAtMs());
    if (all.size() >= kRingsKept) return;
    const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(now().time_since_epoch()).count();
    all.emplace_back(name, static_cast<std::uint64_t>(at));
    auto rings = edit().initRings(static_cast<unsigned>(all.size()));
    for (unsigned i = 0; i < all.size(); ++i) {
      rings[i].setName(all[i].first);
      rings[i].setAtMs(all[i].second);
    }
  }
};

}  // namespace

std::unique_ptr<Actor> make_sleeper() { return std::make_unique<SleeperRole>(); }

void host_sleeper(Node& node) { node.host<SleeperRole>(); }

}  // namespace troupe::contract
