#include "cluster/router.h"

#include <doctest/doctest.h>

#include "actor/context.h"
#include "actor/outbox.h"
#include "troupe/service.h"
#include "wire/actor_name.h"

using namespace troupe;

namespace {

constexpr MethodInfo kMethods[] = {{"add", 0, false, false, false, 0, nullptr, {}},
                                   {"look", 1, true, false, false, 0, nullptr, {}}};
constexpr ServiceInfo kForgetful{"Desk", "desk.capnp", 7, 0, 0, 0, 0, 0, kMethods, 2, nullptr, nullptr};
constexpr ServiceInfo kDurable{"Vault", "vault.capnp", 8, 9, 0, 0, 0, 0, kMethods, 2, nullptr, nullptr};

// Counts what comes home.
struct Home final : Recipient {
  bool post(Mail* mail) noexcept override {
    ++answers;
    mail->discard();
    return true;
  }
  int answers = 0;
};

constexpr net::PeerId kTwo = 1;  // member two

struct Routed {
  wire::CallOrigin origin{system_clock(), std::chrono::milliseconds(1000), 1};
  cluster::Router router{origin, cluster::ClusterView({{.name = "one", .port = 1}, {.name = "two", .port = 2}}), "one"};
  Ptr<Home> home = make_counted<Home>();

  wire::EnvelopePtr call(const ServiceInfo& service, std::uint16_t method, std::uint32_t attempt) {
    auto out = make_counted<wire::Envelope>();
    out->target = make_counted<wire::Address>(router, service, service.id, "a", PartitionId{0});
    out->method = method;
    out->attempt = attempt;
    out->reply_to = home;
    return out;
  }
};

}  // namespace

TEST_CASE("a service whose actors no frame could name is not hosted, nor are its actors children") {
  Routed routed;
  struct Owner final : Counted {
  } owner;
  actor::Registry registry(routed.router, owner);
  const std::string longest(wire::kMaxServiceNameBytes, 'S'), too_long = longest + "S";
  const auto named = [](const std::string& name) {
    ServiceInfo service = kForgetful;
    service.name = name.c_str();
    service.id = name.size();
    return service;
  };
  const ServiceInfo good = named(longest), bad = named(too_long);
  const auto no_actor = [] { return std::unique_ptr<Actor>(); };

  CHECK(registry.host(std::make_shared<actor::Hosted>(good, no_actor, RestartPolicy{})));
  const auto refused = registry.host(std::make_shared<actor::Hosted>(bad, no_actor, RestartPolicy{}));
  const auto child = registry.intern_child(bad, "parent/a~1", PartitionId{0}, no_actor);

  REQUIRE(!refused);
  CHECK(refused.error().kind() == ErrorKind::invalid);
  CHECK(refused.error().message().find("has 257 bytes; at most 256 are allowed") != std::string::npos);
  CHECK(!child);
}

TEST_CASE("what repeats nothing may be sent again: durable, readOnly, or marked") {
  Routed routed;

  CHECK(cluster::safe_to_repeat(*routed.call(kDurable, 0, 1)));
  CHECK(cluster::safe_to_repeat(*routed.call(kForgetful, 1, 1)));
  CHECK(!cluster::safe_to_repeat(*routed.call(kForgetful, 0, 1)));
}

TEST_CASE("a node that takes no calls says of a first attempt that it did not run") {
  Routed routed;
  auto call = routed.call(kDurable, 0, 1);

  routed.router.on_call(kTwo, call);

  REQUIRE(call->error);
  CHECK(call->error->kind() == ErrorKind::unavailable);
  CHECK(!call->error->may_have_run());
  CHECK(routed.home->answers == 1);
}

TEST_CASE("a node that takes no calls leaves a retry to the link's end, for its first attempt may have run") {
  Routed routed;
  auto call = routed.call(kDurable, 0, 2);

  routed.router.on_call(kTwo, call);

  CHECK(!call->settled());
  CHECK(routed.home->answers == 0);
}

TEST_CASE("a retry that is turned away may have run before") {
  Routed routed;
  auto call = routed.call(kDurable, 0, 2);

  routed.router.deliver(call);

  REQUIRE(call->error);
  CHECK(call->error->may_have_run());
}

TEST_CASE("a durable message is refused unless the node that sends it owns its sender, and says so itself") {
  Routed routed;
  routed.router.attach(nullptr, 10);
  const auto key_of = [&](const std::string& owner) {
    for (int i = 0;; ++i)
      if (const auto key = std::to_string(i); routed.router.view().owner_name(partition_of(kDurable.id, key)) == owner)
        return key;
  };
  const std::string ours = key_of("one"), theirs = key_of("two");
  const auto refusal_of = [&](const std::string& sender, const std::string& hashed) {
    auto call = routed.call(kDurable, 0, 1);
    call->target =
        make_counted<wire::Address>(routed.router, kDurable, kDurable.id, ours, partition_of(kDurable.id, ours));
    call->delivery =
        std::make_unique<wire::Delivery>(wire::DurableMessage{.channel = actor::hash_of(kDurable.id, hashed),
                                                              .sender = "Vault/" + sender,
                                                              .sender_service = kDurable.id,
                                                              .sequence = 1'000'000});
    routed.router.on_call(kTwo, call);
    return call->error ? *call->error : Error(ErrorKind::failed, "it was let in");
  };

  const Error not_owned = refusal_of(ours, ours);
  CHECK(not_owned.kind() == ErrorKind::unavailable);  // this node may hear of it later than the other one
  CHECK(not_owned.message().starts_with("node two does not own Vault/" + ours));
  CHECK(not_owned.message().ends_with("as node one knows, node one does since epoch 1"));
  for (const auto& hashed : {refusal_of(theirs, ours), refusal_of("", ours)}) {
    CHECK(hashed.kind() == ErrorKind::denied);
    CHECK(hashed.message().ends_with("on the channel of another actor"));
  }
}

TEST_CASE("a call that meets the wrong owner is answered with who is right and since which epoch, and did not run") {
  Routed routed;
  routed.router.attach(nullptr, 10);
  auto& view = routed.router.view();
  REQUIRE(view.show(view.get()->with(0, {1, 5})).ok());
  auto first = routed.call(kForgetful, 0, 1), retry = routed.call(kDurable, 0, 2);

  routed.router.on_call(kTwo, first);
  routed.router.on_call(kTwo, retry);

  for (const auto& call : {first, retry}) {
    const auto* said = dynamic_cast<const wire::WrongOwner*>(call->error.get());
    REQUIRE(said);
    CHECK(said->owner() == "two");
    CHECK(said->epoch() == 5);
    CHECK(said->message().find("belongs to node two since epoch 5, not to one") != std::string::npos);
  }
  CHECK(!first->error->may_have_run());
  CHECK(retry->error->may_have_run());
}

TEST_CASE("a call that two nodes each take for the other's waits until they agree, or its time is over") {
  Routed routed;
  routed.router.attach(nullptr, 10);
  auto& view = routed.router.view();
  REQUIRE(view.show(view.get()->with(0, {1, 5})).ok());
  auto call = routed.call(kForgetful, 0, 1);

  routed.router.on_wrong_owner(kTwo, call, wire::WrongOwner("it is one's", "one", 9));

  CHECK(!call->settled());
  CHECK(!view.owned_here(0));
  CHECK(routed.router.parked() == 1);
  call->deadline = system_clock().now();
  routed.router.sweep(call->deadline);
  CHECK(routed.router.parked() == 0);
}
