#include "stage.h"

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "troupe/trace.h"

namespace troupe::rpc {
namespace {

class JotterRole final : public jotter::JotterActor {
 public:
  explicit JotterRole(std::shared_ptr<Gate> gate) : gate_(std::move(gate)) {}

 private:
  Task<> jot(JotParams::Reader in, JotResults::Builder out) override {
    const auto orphan = edit().disownLines();
    const auto before = orphan.getReader();
    auto lines = edit().initLines(before.size() + 1);
    for (unsigned i = 0; i < before.size(); ++i) lines.setWithCaveats(i, before[i]);
    lines.setWithCaveats(before.size(), in.getLine());
    out.setCount(lines.size());
    co_return;
  }
  Task<> read(ReadParams::Reader, ReadResults::Builder out) override {
    out.setLines(state().getLines());
    co_return;
  }
  Task<> asks(AsksParams::Reader, AsksResults::Builder out) override {
    if (const auto* asking = caller()) {
      out.setName(asking->name);
      out.setRoles(asking->roles);
    }
    co_return;
  }
  Task<> own(OwnParams::Reader, OwnResults::Builder) override { co_return; }
  Task<> burn(BurnParams::Reader, BurnResults::Builder) override {
    edit().initLines(0);
    co_return;
  }
  Task<> known(KnownParams::Reader, KnownResults::Builder) override { co_return; }
  Task<> refuse(RefuseParams::Reader in, RefuseResults::Builder) override {
    throw Refusal(in.getCode(), "it is not done");
    co_return;
  }
  Task<> crash(CrashParams::Reader, CrashResults::Builder) override {
    throw std::runtime_error("a bug");
    co_return;
  }
  Task<> wait(WaitParams::Reader, WaitResults::Builder) override {
    const auto until_open = [gate = gate_] { gate->wait(); };
    co_await blocking(until_open);
  }
  Task<> swell(SwellParams::Reader in, SwellResults::Builder out) override {
    auto data = out.initData(in.getBytes());
    std::fill(data.begin(), data.end(), capnp::byte{7});
    co_return;
  }
  Task<> carry(CarryParams::Reader in, CarryResults::Builder out) override {
    out.initThing().set(in.getThing());
    co_return;
  }

  const std::shared_ptr<Gate> gate_;
};

class VaultRole final : public jotter::VaultActor {
  Task<> open(OpenParams::Reader, OpenResults::Builder out) override {
    out.setAsks(caller() ? caller()->name : "the program");
    co_return;
  }
};

class ClerkRole final : public jotter::ClerkActor {
  Task<> add(AddParams::Reader in, AddResults::Builder out) override {
    out.setSum(in.getLeft() + in.getRight());
    co_return;
  }
  Task<> seldom(SeldomParams::Reader, SeldomResults::Builder) override { co_return; }
};

}  // namespace

struct Stage::Log {
  std::mutex mutex;
  std::string lines;
};

Result<Bearer> believe(std::string_view token) {
  if (token == "bad") return Error(ErrorKind::unauthenticated, "token_malformed", "the token is none");
  if (token == "throws") throw std::runtime_error("a secret of the program");
  std::string rest(token);
  Bearer out;
  out.caller.name = rest.substr(0, rest.find(':'));
  rest.erase(0, out.caller.name.size() + 1);
  out.caller.roles = rest.substr(0, rest.find(':'));
  out.caller.scopes = rest.size() > out.caller.roles.size() ? rest.substr(out.caller.roles.size() + 1) : std::string();
  for (auto* words : {&out.caller.roles, &out.caller.scopes}) std::replace(words->begin(), words->end(), ',', ' ');
  if (token == "old") out.until = std::chrono::system_clock::now() - std::chrono::seconds(1);
  return out;
}

Stage::Stage(ServerOptions options, OfferOptions vault, Shares shares) : log_(std::make_shared<Log>()) {
  node_ =
      std::make_unique<Node>(NodeConfig{.name = "n", .data_dir = directory_ / "data", .threads = 2, .admin = false});
  node_->host<JotterRole>([gate = gate_] { return std::make_unique<JotterRole>(gate); });
  node_->host<VaultRole>();
  node_->host<ClerkRole>();
  if (shares == Shares::keys_and_rates) gateway::host(*node_);
  node_->start();
  options.log = [log = log_](const LogLine& line) {
    const std::lock_guard lock(log->mutex);
    log->lines += std::string(line.message) + "\n";
  };
  server_ = std::make_unique<Server>(*node_, std::move(options));
  server_->offer<jotter::Jotter>().offer<jotter::Vault>(vault).offer<jotter::Clerk>();
  server_->start();
}

Stage::~Stage() {
  gate_->open();
  server_.reset();
}

std::string Stage::log() const {
  const std::lock_guard lock(log_->mutex);
  return log_->lines;
}

}  // namespace troupe::rpc
