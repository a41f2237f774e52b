#include "stage.h"

namespace troupe::overload {
namespace {

std::string text(capnp::Text::Reader reader) { return {reader.cStr(), reader.size()}; }

class MillRole final : public MillActor {
 public:
  explicit MillRole(Gate& gate) : gate_(gate) {}

  Task<> grind(GrindParams::Reader, GrindResults::Builder out) override {
    gate_.pass();
    out.setBefore(gate_.turns++);
    co_return;
  }
  Task<> pass(PassParams::Reader in, PassResults::Builder) override {
    auto call = ref<Mill>(text(in.getTo())).grind([](auto) {});
    co_await std::move(call);
  }

 private:
  Gate& gate_;
};

class SiloRole final : public SiloActor {
 public:
  explicit SiloRole(Gate& gate) : gate_(gate) {}

  Task<> put(PutParams::Reader, PutResults::Builder) override {
    gate_.pass();
    edit().setSacks(state().getSacks() + 1);
    co_return;
  }
  Task<> sacks(SacksParams::Reader, SacksResults::Builder out) override {
    out.setCount(state().getSacks());
    co_return;
  }
  Task<> putLater(PutLaterParams::Reader in, PutLaterResults::Builder) override {
    const auto now = std::chrono::steady_clock::now();
    if (!refused_at_) {
      refused_at_ = now;
      Error error(ErrorKind::overloaded, "the test wants it");
      throw error.retry_after(std::chrono::milliseconds(in.getRetryAfterMs()));
    }
    waited_ = std::chrono::duration_cast<std::chrono::milliseconds>(now - *refused_at_);
    edit().setSacks(state().getSacks() + 1);
    co_return;
  }
  Task<> waited(WaitedParams::Reader, WaitedResults::Builder out) override {
    out.setMilliseconds(static_cast<std::uint64_t>(waited_.count()));
    co_return;
  }

 private:
  Gate& gate_;
  std::optional<std::chrono::steady_clock::time_point> refused_at_;
  std::chrono::milliseconds waited_{0};
};

class CartRole final : public CartActor {
  Task<> send(SendParams::Reader in, SendResults::Builder) override {
    for (std::uint32_t i = 0; i < in.getSacks(); ++i) ref<Silo>(text(in.getTo())).send_put();
    edit().setSent(state().getSent() + in.getSacks());
    co_return;
  }
  Task<> sendLater(SendLaterParams::Reader in, SendLaterResults::Builder) override {
    ref<Silo>(text(in.getTo())).send_putLater([&](auto p) { p.setRetryAfterMs(in.getRetryAfterMs()); });
    co_return;
  }
  Task<> remind(RemindParams::Reader in, RemindResults::Builder) override {
    remind_in("to " + text(in.getTo()), 1ms);
    co_return;
  }
  Task<> on_reminder(std::string_view name) override {
    ref<Silo>(name.substr(3)).send_put();
    edit().setSent(state().getSent() + 1);
    co_return;
  }
};

}  // namespace

void Gate::pass() {
  ++held;
  while (!open) std::this_thread::yield();
  --held;
  const auto work = std::chrono::microseconds(work_us);
  if (work.count() == 0) return;
  for (const auto end = std::chrono::steady_clock::now() + work; std::chrono::steady_clock::now() < end;) {
  }
}

void host_actors(Node& node, Gate& gate) {
  node.host<MillRole>([&gate] { return std::make_unique<MillRole>(gate); });
  node.host<SiloRole>([&gate] { return std::make_unique<SiloRole>(gate); });
  node.host<CartRole>();
}

Stage::Stage(const std::function<void(NodeConfig&)>& change) {
  NodeConfig config{.name = "n", .data_dir = directory / "n", .threads = 1};
  config.default_timeout = 60s;  // the machine may have other things to do
  if (change) change(config);
  node = std::make_unique<Node>(config);
  host_actors(*node, gate);
  node->start();
}

Stage::~Stage() {
  gate.open = true;
  gate.work_us = 0;
  node->stop();
}

void Stage::hold_workers(const std::vector<std::string>& keys) {
  gate.open = false;
  for (const auto& key : keys) grind(key);
  REQUIRE(eventually([&] { return gate.held == keys.size(); }));
}

void Stage::grind(const std::string& key, std::size_t bytes) {
  ++ends.sent;
  mill(key).grind([&](auto p) { p.initGrain(static_cast<capnp::uint>(bytes)); }).then([this](auto result) {
    if (result.ok()) {
      ++ends.done;
    } else if (result.error().kind() == ErrorKind::overloaded) {
      if (result.error().retry_after() <= 0ms || result.error().may_have_run()) ++ends.no_hint;
      ++ends.overloaded;
    } else {
      ++ends.other;
    }
  });
}

std::uint64_t Stage::level(const std::string& name) {
  const auto [status, json] = node->admin("GET", "/node", "");
  REQUIRE(status == 200);
  const std::string field = "\"" + name + "\":";
  const auto at = json.find(field);
  REQUIRE_MESSAGE(at != std::string::npos, json);
  return std::stoull(json.substr(at + field.size()));
}

}  // namespace troupe::overload
