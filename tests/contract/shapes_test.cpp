// What comes over a link as something else than its schema says is refused, and harms nobody.
#include <doctest/doctest.h>

#include "contract/distance.h"
#include "contract/waiter.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

constexpr std::uint16_t kRelay = 3;  // Waiter.relay (way :List(Text))

// More than a restart policy allows crashes.
constexpr int kOften = 20;

// How a call ends whose parameters `fill` makes.
Error relay_with(const Ref<Waiter>& waiter, const std::function<void(capnp::AnyPointer::Builder)>& fill) {
  const auto call = waiter.begin_call(kRelay);
  fill(call.params());
  waiter.start_call(call);
  call.wait(10s);
  return call.error() ? *call.error() : Error(ErrorKind::failed, "it was answered");
}

// Answers everything with a list where a struct belongs.
class Liar final : public Actor {
 public:
  using Service = Waiter;
  const ServiceInfo& service() const override { return ServiceOf<Waiter>::info(); }
  Task<> dispatch(std::uint16_t, capnp::AnyPointer::Reader, capnp::AnyPointer::Builder results) override {
    results.initAs<capnp::List<std::uint64_t>>(2);
    co_return;
  }
};

}  // namespace

TEST_CASE("parameters of another shape are invalid, however often they come, and their actor serves on") {
  Distance distance(Length::bytes);
  const auto waiter = distance.node().ref<Waiter>("w");

  for (int i = 0; i < kOften; ++i) {
    const Error list = relay_with(waiter, [](auto params) { params.template initAs<capnp::List<std::uint64_t>>(3); });
    CHECK(list.kind() == ErrorKind::invalid);
    const Error field = relay_with(waiter, [](auto params) {
      params.initAsAnyStruct(0, 1).getPointerSection()[0].template initAs<capnp::List<std::uint64_t>>(3);
    });
    CHECK(field.kind() == ErrorKind::invalid);
    CHECK(field.message().find("in its field way") != std::string::npos);
  }

  CHECK(waiter.counts().get()->getBegun() == 0);
}

TEST_CASE("results of another shape are corrupt, for who blocks for them and for who is called back") {
  const std::vector<Member> members{{.name = "owner", .port = testing::free_port()},
                                    {.name = "caller", .port = testing::free_port(), .client = true}};
  Node owner({.name = "owner", .members = members, .threads = 2});
  owner.host<Liar>();
  owner.start();
  Node caller({.name = "caller", .members = members, .threads = 2});
  caller.start();
  REQUIRE(caller.wait_connected(10s));

  const Error error = error_of([&] { return caller.ref<Waiter>("w").counts().get(); });
  CHECK(error.kind() == ErrorKind::corrupt);
  CHECK(error.may_have_run());
  std::promise<ErrorKind> heard;
  caller.ref<Waiter>("w").counts().then([&](auto result) { heard.set_value(result.error().kind()); });
  CHECK(heard.get_future().get() == ErrorKind::corrupt);
}
