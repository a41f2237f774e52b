// What the generator writes for schema/*.capnp, compiled against the public headers and used as an author and
// a caller use it.
#include <capnp/message.h>
#include <capnp/schema.h>
#include <doctest/doctest.h>
#include <troupe/error.h>

#include <exception>
#include <string>
#include <type_traits>

#include "common.capnp.troupe.h"
#include "depot.capnp.troupe.h"
#include "fake_runtime.h"
#include "global.capnp.troupe.h"

namespace {

using troupe::ServiceOf;
using troupe::Task;

class Shelf final : public depot::v1::StockActor {
 public:
  Task<> restock(RestockParams::Reader in, RestockResults::Builder out) override {
    edit().setOnHand(state().getOnHand() + in.getQuantity());
    out.setOnHand(state().getOnHand());
    co_return;
  }
  Task<> level(LevelParams::Reader, LevelResults::Builder out) override {
    out.setOnHand(state().getOnHand());
    co_return;
  }
  Task<> weigh(WeighParams::Reader in, WeighResults::Builder) override {
    grams = in.getGrams();
    co_return;
  }
  Task<> clear(ClearParams::Reader, ClearResults::Builder) override { co_return; }
  Task<> delete_(DeleteParams::Reader in, DeleteResults::Builder) override {
    reason = in.getReason();
    co_return;
  }

  std::uint64_t grams = 0;
  std::string reason;
};

// Runs a handler that waits for nothing.
void run(Task<> task) {
  task.start();
  REQUIRE(task.done());
  if (task.error()) std::rethrow_exception(task.error());
}

// A message with room for anything.
struct Slot {
  capnp::MallocMessageBuilder message;
  capnp::AnyPointer::Builder root = message.getRoot<capnp::AnyPointer>();
};

}  // namespace

TEST_CASE("dispatch runs the method with the ordinal") {
  Shelf shelf;
  Slot params, results;
  params.root.initAs<Shelf::RestockParams>().setQuantity(5);

  run(shelf.dispatch(0, params.root.asReader(), results.root));
  run(shelf.dispatch(0, params.root.asReader(), results.root));

  CHECK(results.root.getAs<Shelf::RestockResults>().getOnHand() == 10);
}

TEST_CASE("dispatch passes named structs and methods named like C++ keywords") {
  Shelf shelf;
  Slot weight, reason, results;
  weight.root.initAs<depot::common::Weight>().setGrams(40);
  reason.root.initAs<Shelf::DeleteParams>().setReason("broken");

  run(shelf.dispatch(2, weight.root.asReader(), results.root));
  run(shelf.dispatch(4, reason.root.asReader(), results.root));

  CHECK(shelf.grams == 40);
  CHECK(shelf.reason == "broken");
}

TEST_CASE("an ordinal the service does not have is not_found and names the service") {
  Shelf shelf;
  Slot params, results;

  try {
    run(shelf.dispatch(5, params.root.asReader(), results.root));
    FAIL("no error");
  } catch (const troupe::Error& error) {
    CHECK(error.kind() == troupe::ErrorKind::not_found);
    CHECK(error.message().find("'Stock' has no method number 5") != std::string::npos);
  }
}

TEST_CASE("the tables say what the schema says") {
  const auto& stock = ServiceOf<depot::v1::Stock>::info();

  CHECK(std::string(stock.name) == "Stock");
  CHECK(std::string(stock.schema_file) == "depot.capnp");
  CHECK(stock.id == capnp::typeId<depot::v1::Stock>());
  CHECK(stock.state_type == capnp::typeId<depot::v1::StockState>());
  CHECK(stock.remember == 7);
  CHECK(stock.schema() == capnp::Schema::from<depot::v1::Stock>());
  CHECK(stock.state_schema() == capnp::Schema::from<depot::v1::StockState>());
  REQUIRE(stock.method_count == 5);
  for (std::uint16_t i = 0; i < stock.method_count; ++i) CHECK(stock.methods[i].ordinal == i);
  CHECK(std::string(stock.methods[0].name) == "restock");
  CHECK(stock.methods[0].timeout_ms == 1500);
  CHECK(stock.methods[0].retry);
  CHECK_FALSE(stock.methods[0].read_only);
  CHECK(stock.methods[1].read_only);
  REQUIRE(stock.methods[1].route);
  CHECK(std::string(stock.methods[1].route->verb) == "GET");
  CHECK(std::string(stock.methods[1].route->path) == "/v1/stock/{shelf}");
  CHECK(std::string(stock.methods[1].route->key_name) == "shelf");
  CHECK(stock.methods[1].route->key == troupe::HttpRoute::Key::path);
  CHECK(stock.methods[1].access.who == troupe::AccessRule::Who::everybody);
  CHECK(stock.methods[2].reentrant);
  REQUIRE(stock.methods[2].route);
  CHECK(stock.methods[2].route->status == 202);
  CHECK(std::string(stock.methods[2].route->deprecated) == "2026-11-01");
  CHECK(std::string(stock.methods[2].route->sunset) == "2027-01-31");
  CHECK(std::string(stock.methods[2].route->instead) == "nothing");
  CHECK(stock.methods[2].access.who == troupe::AccessRule::Who::some);
  CHECK_FALSE(stock.methods[2].access.own);
  CHECK(std::string(stock.methods[2].access.roles) == "clerk admin");
  CHECK(std::string(stock.methods[2].access.scopes) == "stock:write");
  CHECK_FALSE(stock.methods[3].route);
  CHECK(stock.methods[3].access.own);  // as the service says
  CHECK(std::string(stock.methods[4].name) == "delete");
  CHECK(&Shelf().service() == &stock);
}

TEST_CASE("a service without state or without methods says so") {
  const auto& clerk = ServiceOf<depot::v1::Porter>::info();
  const auto& idle = ServiceOf<depot::v1::Idle>::info();

  CHECK(std::string(clerk.name) == "Clerk");
  CHECK(clerk.state_type == 0);
  CHECK((clerk.state_schema == nullptr));
  CHECK(std::is_base_of_v<troupe::Actor, depot::v1::PorterActor>);
  CHECK(idle.method_count == 0);
  CHECK(idle.methods == nullptr);
}

TEST_CASE("the nearest state wins, and a nested service's actor stands in the namespace") {
  const auto& gate = ServiceOf<depot::v1::Yard::Gate>::info();
  CHECK(gate.state_version == 3);

  CHECK(gate.state_type == capnp::typeId<depot::v1::Yard::State>());
  CHECK(std::is_base_of_v<troupe::StatefulActor<depot::v1::Yard::State>, depot::v1::GateActor>);
  CHECK(std::is_same_v<BellActor::Service, Bell>);
}

TEST_CASE("a reference calls the ordinal with the parameters that were built") {
  const troupe::Ref<depot::v1::Stock> stock;

  stock.restock([](auto p) { p.setQuantity(3); }).forget();
  CHECK(fake::last_call().ordinal == 0);
  CHECK(fake::last_call().params.getRoot<Shelf::RestockParams>().getQuantity() == 3);

  stock.weigh([](depot::common::Weight::Builder p) { p.setGrams(9); }).forget();
  CHECK(fake::last_call().ordinal == 2);
  CHECK(fake::last_call().params.getRoot<depot::common::Weight>().getGrams() == 9);
}

TEST_CASE("a method without parameters is called without any") {
  const troupe::Ref<depot::v1::Stock> stock;

  stock.level().forget();
  CHECK(fake::last_call().ordinal == 1);

  stock.clear().forget();
  CHECK(fake::last_call().ordinal == 3);
  CHECK(std::is_same_v<decltype(stock.clear()), troupe::Call<Shelf::ClearResults>>);
}

TEST_CASE("a method renamed for C++ is called by that name") {
  const troupe::Ref<depot::v1::Porter> porter;

  porter.heave([](auto p) { p.initLoad().setGrams(2); }).forget();

  CHECK(fake::last_call().params.getRoot<depot::v1::PorterActor::HeaveParams>().getLoad().getGrams() == 2);
  CHECK(std::string(ServiceOf<depot::v1::Porter>::info().methods[0].name) == "lift");
}
