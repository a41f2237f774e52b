// Who was asking in the rows of messages and reminders: rows of the last version, which knew nobody, are read as they
// were, and the last version finds in a row with a caller what it knows.
#include <capnp/any.h>
#include <doctest/doctest.h>

#include "actor/outbox.h"
#include "wire/message.h"

using namespace troupe;
using namespace troupe::actor;

namespace {

// How many pointers the last version's structs had.
constexpr std::uint16_t kMessagePointersWithoutCaller = 4;
constexpr std::uint16_t kReminderPointersWithoutCaller = 1;

const Caller kKeptCaller{.name = "ann", .roles = "clerk", .scopes = "read"};

wire::Passengers ann() { return {nullptr, make_counted<SharedCaller>(kKeptCaller)}; }

template <class Struct>
typename Struct::Builder without_caller(wire::Message& message, std::uint16_t pointers) {
  return message.getRoot<capnp::AnyPointer>()
      .initAsAnyStruct(Struct::_capnpPrivate::dataWordSize, pointers)
      .template as<Struct>();
}

RowReader row_in(wire::Message& message) {
  return RowReader::open(row_of(message.getRoot<capnp::AnyPointer>().asReader()).value(), "key").value();
}

}  // namespace

TEST_CASE("rows of the last version have nobody who was asking") {
  wire::Message message, reminder;
  without_caller<rows::Message>(message, kMessagePointersWithoutCaller).setKey("sku-1");
  without_caller<rows::Reminder>(reminder, kReminderPointersWithoutCaller).setDueMs(5);

  CHECK(row_in(message).get<rows::Message>().getKey() == "sku-1");
  CHECK(!stored_passengers(row_in(message).get<rows::Message>()).caller);
  CHECK(row_in(reminder).get<rows::Reminder>().getDueMs() == 5);
  CHECK(!stored_passengers(row_in(reminder).get<rows::Reminder>()).caller);
}

TEST_CASE("who was asking comes out of a row as it went in, and the last version finds what it knows") {
  wire::Message message;
  auto built = message.initRoot<rows::Message>();
  built.setKey("sku-1");
  built.setAnswer("tag");
  store_passengers(built, ann());

  const RowReader row = row_in(message);

  CHECK(stored_passengers(row.get<rows::Message>()).caller->caller() == kKeptCaller);
  CHECK(!stored_passengers(row.get<rows::Message>()).trace);
  const auto seen = row.get<capnp::AnyStruct>().getPointerSection();
  REQUIRE(seen.size() == kMessagePointersWithoutCaller + 1);
  CHECK(seen[0].getAs<capnp::Text>() == "sku-1");
  CHECK(seen[1].getAs<capnp::Text>() == "tag");
}

TEST_CASE("an anonymous caller in a row is one") {
  wire::Message message;
  store_passengers(message.initRoot<rows::Reminder>(), {nullptr, make_counted<SharedCaller>(Caller{})});

  const auto passengers = stored_passengers(row_in(message).get<rows::Reminder>());

  REQUIRE(passengers.caller);
  CHECK(!passengers.caller->caller().known());
}
