// Nodes whose views differ, over real links: where their calls go, and where the cancels of these go.
#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <future>
#include <thread>

#include "actor/context.h"
#include "base/limits.h"
#include "cluster/router.h"
#include "unit/net/link_stage.h"

using namespace troupe;
using namespace troupe::cluster;
using namespace troupe::testing;
using net::testing::Waiter;
using namespace std::chrono_literals;

namespace {

const std::vector<Member> kMembers{{.name = "a"}, {.name = "b"}, {.name = "c"}};
constexpr MemberIndex kA = 0, kB = 1, kC = 2;

// A node in so far as calls come to it and go from it: it has a view, and no actors.
struct Place {
  explicit Place(const std::string& name) : router(origin, ClusterView(kMembers), name) {
    router.attach(registry, [](wire::Envelope&) { return true; });
    registry
        .host(std::make_shared<actor::Hosted>(
            stock_service(), [] { return std::unique_ptr<Actor>(); }, RestartPolicy{}))
        .value();
  }
  void show(PartitionId partition, Ownership what) {
    router.view().show(router.view().get()->with(partition, what)).value();
  }

  struct Owner final : Counted {
  } owner;
  wire::CallOrigin origin{system_clock(), 1000ms, 1};
  Router router;
  actor::Registry registry{router, owner};
};

// Of the addresses that calls of a have at the other ends.
class Nowhere final : public wire::CallSink {
 public:
  Nowhere() : CallSink(origin_) {}
  void deliver(wire::EnvelopePtr) noexcept override {}
  void deliver_watched(wire::EnvelopePtr) noexcept override {}
  void cancel(const wire::EnvelopePtr&) noexcept override {}

 private:
  wire::CallOrigin origin_{system_clock(), 1000ms, 1};
};

// What is at the other end of a link: a place, or what the test does with calls.
class End final : public net::LinkEvents {
 public:
  explicit End(std::function<void(wire::EnvelopePtr)> take) : take_(std::move(take)) {}
  explicit End(Place& place) : place_(&place) {}

  void on_call(net::PeerId from, wire::EnvelopePtr call) noexcept override {
    ++calls;
    if (place_) return place_->router.on_call(from, std::move(call));
    take_(std::move(call));
  }
  Result<wire::AddressPtr> resolve(net::PeerId from, std::uint64_t service, std::string_view key) override {
    if (place_) return place_->router.resolve(from, service, key);
    return make_counted<wire::Address>(sink_, stock_service(), service, std::string(key),
                                       partition_of(service, key, stock_service().durable()));
  }
  void on_link_up(net::PeerId, Incarnation) noexcept override {}
  void on_link_down(net::PeerId, std::vector<net::LostCall>, const Error&) noexcept override {}

  std::atomic<int> calls{0};

 private:
  Nowhere sink_;
  Place* place_ = nullptr;
  std::function<void(wire::EnvelopePtr)> take_;
};

// Keeps the first call that comes to an end, and answers the others. A link tells of every call that was given up, at
// its next tick; of one whose caller says so it tells before anything that is sent later.
class FirstKept {
 public:
  void take(wire::EnvelopePtr call) {
    if (!first_) {
      first_ = std::move(call);
      return came_.set_value();
    }
    cancelled_by_then_ = first_->settled();
    wire::answer(std::move(call));
  }
  void wait() { came_.get_future().get(); }
  // Whether it was cancelled before the next one came, which has been answered.
  [[nodiscard]] bool cancelled_by_then() const { return cancelled_by_then_; }

 private:
  wire::EnvelopePtr first_;
  std::promise<void> came_;
  std::atomic<bool> cancelled_by_then_{false};
};

// Node a, which calls, with links to b and c.
struct Stage {
  Stage(End& b, End& c) : to_b(links_of("b", b)), to_c(links_of("c", c)), links(links_of("a", caller.router)) {
    const auto known = caller.router.view().get();
    auto members = known->members();
    MemberIndex index = kB;
    for (auto* to : {&to_b, &to_c}) {
      (void)to->get()->add_peer({"a", "127.0.0.1", 1}).value();
      members[index++].member.port = to->get()->listen("127.0.0.1", 0).value();
    }
    caller.router.show(ClusterView(known->version() + 1, members, known->owners())).value();
    caller.router.attach(links.get(), 100);
    links->connect();
  }
  ~Stage() {
    caller.router.close();
    for (auto* each : {&links, &to_b, &to_c}) each->get()->stop(system_clock().now() + 1s);
    caller.router.detach_links();
  }
  [[nodiscard]] PartitionId partition() const {
    return partition_of(stock_service().id, key, stock_service().durable());
  }

  // A call that must not run twice.
  wire::EnvelopePtr call() { return call(key); }
  wire::EnvelopePtr call(const std::string& whom) {
    auto out = make_counted<wire::Envelope>();
    out->target = caller.registry.intern(stock_service(), whom).value();
    out->id = {7, ++last_id};
    out->reply_to = waiter = make_counted<Waiter>();
    caller.router.deliver(out);
    return out;
  }

  engine::Engine engine{engine::EngineOptions{}};
  Place caller{"a"};
  std::unique_ptr<net::Links> to_b, to_c, links;
  const std::string key = key_at_b('k'), other_key = key_at_b('o');
  std::uint64_t last_id = 0;
  Ptr<Waiter> waiter;

 private:
  // Of an actor that b owns by the static list.
  [[nodiscard]] std::string key_at_b(char letter) const {
    std::string out(1, letter);
    while (caller.router.view().owner(partition_of(stock_service().id, out, stock_service().durable())) != kB)
      out += letter;
    return out;
  }
  std::unique_ptr<net::Links> links_of(const std::string& name, net::LinkEvents& events) {
    return std::make_unique<net::Links>(engine, net::testing::member(name, 1), events);
  }
};

// b as a node that knows of other owners than a does; it answers calls of a, its only peer.
struct KnowingB : Place {
  KnowingB() : Place("b") { router.attach(nullptr, 100); }
};

template <class Claim>
bool comes_true(Claim claim) {
  for (int look = 0; look < 10'000 && !claim(); ++look) std::this_thread::sleep_for(1ms);
  return claim();
}

const auto answer_it = [](wire::EnvelopePtr call) { wire::answer(std::move(call)); };

}  // namespace

TEST_CASE("a call that meets the wrong owner goes on to the right one, and the next goes there at once") {
  KnowingB knowing;
  End b(knowing), c(answer_it);
  Stage stage(b, c);
  knowing.show(stage.partition(), {kC, 2});

  const auto first = stage.call();
  CHECK(!stage.waiter->wait()->error);
  const auto second = stage.call();
  CHECK(!stage.waiter->wait()->error);

  CHECK(b.calls == 1);
  CHECK(c.calls == 2);
  CHECK(first->followed == 1);
  CHECK(first->attempt == 1);
  CHECK(second->followed == 0);
  CHECK(stage.caller.router.view().of(stage.partition()) == Ownership{kC, 2});
}

TEST_CASE("a call whose turn was cut short by a hand-over comes to the new owner as another attempt, and only then") {
  for (const bool began : {true, false}) {
    End b([&](wire::EnvelopePtr call) {
      auto said = std::make_unique<wire::WrongOwner>("it left", "c", 9);
      said->may_have_run(began);
      wire::answer(std::move(call), std::move(said));
    });
    std::atomic<std::uint32_t> attempt{0};
    End c([&](wire::EnvelopePtr call) {
      attempt = call->attempt;
      wire::answer(std::move(call));
    });
    Stage stage(b, c);
    const auto call = stage.call();
    CHECK(!stage.waiter->wait()->error);
    CHECK(attempt == (began ? 2 : 1));
  }
}

TEST_CASE("a call is sent on a bounded number of times, and then its caller hears why") {
  std::atomic<Epoch> epoch{1};
  const auto names = [&](const std::string& other) {
    return [&epoch, other](wire::EnvelopePtr call) {
      wire::answer(std::move(call), std::make_unique<wire::WrongOwner>("it is " + other + "'s", other, ++epoch));
    };
  };
  End b(names("c")), c(names("b"));
  Stage stage(b, c);

  const auto call = stage.call();
  const auto answered = stage.waiter->wait();

  REQUIRE(answered->error);
  CHECK(answered->error->kind() == ErrorKind::unavailable);
  CHECK(!answered->error->may_have_run());
  CHECK(answered->error->message() ==
        "the call was sent on 8 times, each time to a node that did not own the actor any more: it is c's");
  CHECK(b.calls + c.calls == limits::kMaxWrongOwners + 1);
}

TEST_CASE("a node that speaks of an earlier epoch than is known is asked again") {
  std::atomic<int> asked{0};
  End b([&](wire::EnvelopePtr call) {
    if (++asked > 1) return wire::answer(std::move(call));
    wire::answer(std::move(call), std::make_unique<wire::WrongOwner>("it is c's", "c", 4));
  });
  End c(answer_it);
  Stage stage(b, c);
  stage.caller.show(stage.partition(), {kB, 5});

  const auto call = stage.call();
  REQUIRE(comes_true([&] { return b.calls == 1 && stage.caller.router.parked() == 1; }));
  stage.caller.router.sweep(system_clock().now());
  CHECK(!stage.waiter->wait()->error);

  CHECK(b.calls == 2);
  CHECK(c.calls == 0);
  CHECK(call->attempt == 1);
}

TEST_CASE("a call whose owner is a member that is not known yet waits for the view that knows it") {
  End b([](wire::EnvelopePtr call) {
    wire::answer(std::move(call), std::make_unique<wire::WrongOwner>("it is d's", "d", 9));
  });
  End c(answer_it);
  Stage stage(b, c);

  const auto call = stage.call();
  REQUIRE(comes_true([&] { return b.calls == 1 && stage.caller.router.parked() == 1; }));
  CHECK(c.calls == 0);
  const auto before = stage.caller.router.view().get();
  REQUIRE(stage.caller.router.show(before->with(stage.partition(), {kC, 9})).ok());

  CHECK(!stage.waiter->wait()->error);
  CHECK(c.calls == 1);
  CHECK(b.calls == 1);
}

TEST_CASE("a call that waits for the link of a member goes to the next owner when a view names one") {
  End b(answer_it), c(answer_it);
  Stage stage(b, c);
  stage.to_b->stop(system_clock().now() + 1s);

  const auto call = stage.call();
  REQUIRE(comes_true([&] { return stage.caller.router.parked() == 1; }));
  const auto before = stage.caller.router.view().get();
  REQUIRE(stage.caller.router.show(before->with(stage.partition(), {kC, 2})).ok());

  CHECK(!stage.waiter->wait()->error);
  CHECK(c.calls == 1);
  CHECK(stage.caller.router.parked() == 0);
}

TEST_CASE("a cancel goes to where the call went, whoever owns its actor by then") {
  for (const MemberIndex owner_by_then : {kA, kC}) {
    CAPTURE(owner_by_then);
    FirstKept at_b;
    End b([&](wire::EnvelopePtr call) { at_b.take(std::move(call)); }), c(answer_it);
    Stage stage(b, c);
    const auto call = stage.call();
    at_b.wait();
    stage.caller.show(stage.partition(), {owner_by_then, 2});

    wire::give_up(call, Error(ErrorKind::cancelled, "the test cancels it"));

    (void)stage.call(stage.other_key);
    CHECK(!stage.waiter->wait()->error);
    CHECK(at_b.cancelled_by_then());
    CHECK(c.calls == 0);
  }
}

TEST_CASE("a cancel follows a call that was sent on") {
  KnowingB knowing;
  FirstKept at_c;
  End b(knowing), c([&](wire::EnvelopePtr call) { at_c.take(std::move(call)); });
  Stage stage(b, c);
  knowing.show(stage.partition(), {kC, 2});
  const auto call = stage.call();
  at_c.wait();

  wire::give_up(call, Error(ErrorKind::cancelled, "the test cancels it"));

  (void)stage.call();
  CHECK(!stage.waiter->wait()->error);
  CHECK(at_c.cancelled_by_then());
}
