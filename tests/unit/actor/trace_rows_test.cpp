// The trace in the rows of messages and reminders: rows of the last version, which knew none, are read as they were,
// and the last version finds in a row with a trace what it knows.
#include <capnp/any.h>
#include <doctest/doctest.h>

#include "actor/outbox.h"
#include "base/trace_context.h"
#include "wire/message.h"

using namespace troupe;
using namespace troupe::actor;

namespace {

// How many pointers the last version's structs had.
constexpr std::uint16_t kMessagePointersBefore = 3;
constexpr std::uint16_t kReminderPointersBefore = 0;

template <class Struct>
typename Struct::Builder as_before(wire::Message& message, std::uint16_t pointers) {
  return message.getRoot<capnp::AnyPointer>()
      .initAsAnyStruct(Struct::_capnpPrivate::dataWordSize, pointers)
      .template as<Struct>();
}

RowReader kept(wire::Message& message) {
  return RowReader::open(row_of(message.getRoot<capnp::AnyPointer>().asReader()).value(), "key").value();
}

TraceContext traced() {
  TraceContext out;
  out.trace_id.fill(3);
  out.span_id.fill(4);
  return out;
}

void set(rows::Message::Builder row) {
  row.setService(77);
  row.setKey("sku-1");
  row.setMethod(3);
  row.setIdHi(1);
  row.setIdLo(2);
  row.setSentMs(1'767'225'600'000);
  row.setAnswer("tag");
  row.getParams().setAs<capnp::Text>("parameters");
}

void check(rows::Message::Reader row) {
  CHECK(row.getService() == 77);
  CHECK(row.getKey() == "sku-1");
  CHECK(row.getMethod() == 3);
  CHECK(row.getIdHi() == 1);
  CHECK(row.getIdLo() == 2);
  CHECK(row.getSentMs() == 1'767'225'600'000);
  CHECK(row.getAnswer() == "tag");
  CHECK(row.getParams().getAs<capnp::Text>() == "parameters");
}

}  // namespace

TEST_CASE("a message's row of the last version is read as it was, and has no trace") {
  wire::Message message;
  set(as_before<rows::Message>(message, kMessagePointersBefore));

  const RowReader row = kept(message);

  check(row.get<rows::Message>());
  CHECK(!row.get<rows::Message>().hasTrace());
  CHECK(!stored_trace(row.get<rows::Message>().getTrace()));
}

TEST_CASE("the last version finds what it knows in a message's row with a trace") {
  wire::Message message;
  auto built = message.initRoot<rows::Message>();
  set(built);
  const auto bytes = traced().bytes();
  built.setTrace({bytes.data(), bytes.size()});

  const RowReader row = kept(message);
  const auto seen = row.get<capnp::AnyStruct>();

  check(row.get<rows::Message>());
  CHECK(stored_trace(row.get<rows::Message>().getTrace())->context() == traced());
  REQUIRE(seen.getPointerSection().size() > kMessagePointersBefore);
  CHECK(seen.getPointerSection()[0].getAs<capnp::Text>() == "sku-1");
  CHECK(seen.getPointerSection()[1].getAs<capnp::Text>() == "tag");
  CHECK(seen.getPointerSection()[2].getAs<capnp::Text>() == "parameters");
}

TEST_CASE("a reminder's row of the last version is read as it was, and has no trace") {
  wire::Message message;
  auto built = as_before<rows::Reminder>(message, kReminderPointersBefore);
  built.setDueMs(5);
  built.setPeriodMs(6);

  const RowReader row = kept(message);

  CHECK(row.get<rows::Reminder>().getDueMs() == 5);
  CHECK(row.get<rows::Reminder>().getPeriodMs() == 6);
  CHECK(!stored_trace(row.get<rows::Reminder>().getTrace()));
}

TEST_CASE("a trace in a row that is not as long as one counts as none") {
  const auto bytes = traced().bytes();

  CHECK(stored_trace({bytes.data(), bytes.size()})->context() == traced());
  CHECK(!stored_trace({bytes.data(), bytes.size() - 1}));
  CHECK(!stored_trace({}));
}
