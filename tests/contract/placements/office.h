// The actors of office.capnp on a testbed, and what calls to them tell.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

#include "contract/kit/stage.h"
#include "office.capnp.troupe.h"

namespace troupe::office {

using namespace std::chrono_literals;
using contract::Asked;
using testing::TestCluster;
using testing::TestNode;

inline std::uint64_t next_actor() {
  static std::atomic<std::uint64_t> made{0};
  return ++made;
}

// Where an actor is.
class Seat {
 public:
  explicit Seat(std::string node) : node_(std::move(node)) {}
  [[nodiscard]] const std::string& node() const { return node_; }
  void say(Place::Builder out, std::string_view key) const {
    out.setNode(node_);
    out.setKey(std::string(key));
    out.setActor(number_);
  }

 private:
  const std::string node_;
  const std::uint64_t number_ = next_actor();
};

class TypistRole final : public TypistActor {
 public:
  explicit TypistRole(const std::string& node) : seat_(node) {}

 private:
  Task<> where(WhereParams::Reader, WhereResults::Builder out) override {
    seat_.say(out.initPlace(), key());
    co_return;
  }
  Task<> hold(HoldParams::Reader in, HoldResults::Builder out) override {
    const std::string latch = in.getLatch();
    co_await ref<contract::Latch>(latch).pass();
    seat_.say(out.initPlace(), key());
  }
  Task<> holdSafely(HoldSafelyParams::Reader in, HoldSafelyResults::Builder out) override {
    const std::string latch = in.getLatch();
    co_await ref<contract::Latch>(latch).pass();
    seat_.say(out.initPlace(), key());
  }
  Task<> ask(AskParams::Reader, AskResults::Builder out) override {
    auto answer = co_await ref<Typist>().where();
    out.setPlace(answer->getPlace());
  }
  Task<> fail(FailParams::Reader in, FailResults::Builder) override {
    if (seat_.node() == in.getNode().cStr()) co_await sleep_for(1h);
  }
  Task<> note(NoteParams::Reader, NoteResults::Builder) override {
    ++noted_();
    co_return;
  }
  Task<> noted(NotedParams::Reader, NotedResults::Builder out) override {
    out.setCount(noted_());
    co_return;
  }
  Task<> monitorPool(MonitorPoolParams::Reader, MonitorPoolResults::Builder) override {
    monitor(ref<Typist>("other"));
    co_return;
  }
  Task<> sign(SignParams::Reader, SignResults::Builder) override { co_return; }
  // Of all typists of the process.
  static std::atomic<std::uint32_t>& noted_() {
    static std::atomic<std::uint32_t> count{0};
    return count;
  }

  const Seat seat_;
};

class PorterRole final : public PorterActor {
 public:
  explicit PorterRole(const std::string& node) : seat_(node) {}

 private:
  Task<> where(WhereParams::Reader, WhereResults::Builder out) override {
    seat_.say(out.initPlace(), key());
    co_return;
  }
  Task<> own(OwnParams::Reader, OwnResults::Builder out) override {
    seat_.say(out.initPlace(), ref<Porter>().key());
    co_return;
  }
  Task<> mine(MineParams::Reader, MineResults::Builder) override { co_return; }

  const Seat seat_;
};

class ChiefRole final : public ChiefActor {
 public:
  explicit ChiefRole(const std::string& node) : seat_(node) {}

 private:
  Task<> where(WhereParams::Reader, WhereResults::Builder out) override {
    edit().setEntries(state().getEntries() + 1);
    seat_.say(out.initPlace(), key());
    out.setEntries(state().getEntries());
    co_return;
  }
  Task<> tell(TellParams::Reader in, TellResults::Builder) override {
    ref<Typist>().send_note([&](auto p) { p.setText(in.getText()); });
    co_return;
  }

  const Seat seat_;
};

class VisitorRole final : public VisitorActor {
  Task<> where(WhereParams::Reader, WhereResults::Builder) override { co_return; }
};

inline void open_office(Node& node) {
  contract::host_cast(node);
  const std::string name = node.name();
  node.host<TypistRole>([name] { return std::make_unique<TypistRole>(name); });
  node.host<PorterRole>([name] { return std::make_unique<PorterRole>(name); });
  node.host<ChiefRole>([name] { return std::make_unique<ChiefRole>(name); });
  node.host<VisitorRole>();
}

struct Office {
  explicit Office(std::vector<std::string> nodes = {"a", "b"}, std::function<void(NodeConfig&)> configure = {})
      : cluster({.nodes = std::move(nodes), .clients = {"c"}, .host = open_office, .configure = std::move(configure)}) {
  }
  [[nodiscard]] Node& at(const std::string& name) { return cluster.node(name); }

  TestCluster cluster;
};

// Who answered so many calls, and how often.
struct Answered {
  std::map<std::string, int> nodes;
  std::set<std::uint64_t> actors;
};

inline Answered ask_typists(Node& from, int calls) {
  Answered out;
  for (int i = 0; i < calls; ++i) {
    const auto answer = from.ref<Typist>().where().get();
    ++out.nodes[std::string(answer->getPlace().getNode())];
    out.actors.insert(answer->getPlace().getActor());
  }
  return out;
}

inline std::string node_of(Reply<Porter::WhereResults> reply) { return std::string(reply->getPlace().getNode()); }

}  // namespace troupe::office
