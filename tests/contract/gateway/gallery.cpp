#include "gallery.h"

#include <algorithm>

namespace troupe::bazaar {
namespace {

class PictureRole final : public PictureActor {
  Task<> hang(HangParams::Reader in, HangResults::Builder out) override {
    edit().setBytes(in.getBytes());
    edit().setType(in.getType());
    out.setSize(in.getBytes().size());
    out.setNote(in.getNote());
    co_return;
  }
  Task<> see(SeeParams::Reader, SeeResults::Builder out) override {
    out.setBytes(state().getBytes());
    out.setType(state().getType());
    out.setSize(state().getBytes().size());
    co_return;
  }
  Task<> small(SmallParams::Reader, SmallResults::Builder out) override {
    const auto whole = state().getBytes();
    out.setBytes(whole.slice(0, std::min<std::size_t>(whole.size(), 2)));
    co_return;
  }
  Task<> call(CallParams::Reader in, CallResults::Builder) override {
    edit().setType(in.getType());
    co_return;
  }
  Task<> turn(TurnParams::Reader in, TurnResults::Builder out) override {
    const auto from = in.getBytes();
    auto to = out.initBytes(static_cast<unsigned>(from.size()));
    std::reverse_copy(from.begin(), from.end(), to.begin());
    co_return;
  }
};

class TillRole final : public TillActor {
 public:
  explicit TillRole(std::shared_ptr<Gate> gate) : gate_(std::move(gate)) {}

 private:
  Task<> pay(PayParams::Reader in, PayResults::Builder out) override {
    take(in.getCents());
    out.setTimes(state().getTimes());
    co_return;
  }
  Task<> tip(TipParams::Reader in, TipResults::Builder out) override {
    take(in.getCents());
    out.setTimes(state().getTimes());
    co_return;
  }
  Task<> wait(WaitParams::Reader, WaitResults::Builder out) override {
    const auto work = [gate = gate_] { gate->pass(); };
    co_await blocking(work);
    take(1);
    out.setTimes(state().getTimes());
  }
  Task<> look(LookParams::Reader, LookResults::Builder out) override {
    out.setCents(state().getCents());
    co_return;
  }
  void take(std::uint32_t cents) {
    edit().setCents(state().getCents() + cents);
    edit().setTimes(state().getTimes() + 1);
  }

  const std::shared_ptr<Gate> gate_;
};

}  // namespace

void Gate::pass() {
  std::unique_lock lock(mutex_);
  ++visitors_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return open_; });
}
void Gate::await_visitor() {
  std::unique_lock lock(mutex_);
  REQUIRE(changed_.wait_for(lock, http::RawClient::kPatience, [&] { return visitors_ > 0; }));
}
void Gate::open() {
  const std::lock_guard lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

Offered gallery(std::shared_ptr<Gate> gate) {
  return {.host =
              [gate = std::move(gate)](Node& node) {
                node.host<PictureRole>();
                node.host<TillRole>([gate] { return std::make_unique<TillRole>(gate); });
              },
          .offer = [](gateway::Gateway& gateway) { gateway.offer<Picture>().offer<Till>(); }};
}

}  // namespace troupe::bazaar
