// Fields that a schema calls $Troupe.secret: *** wherever a message is written for people, and quoted by no complaint.
#include <capnp/message.h>
#include <doctest/doctest.h>

#include <string>

#include "json_shapes.capnp.h"
#include "reflect/json.h"
#include "reflect/schema_book.h"

namespace troupe::reflect {
namespace {

constexpr const char* kOpen = R"({"name":"ann","password":"hunter2","key":[1,2],"pin":4711,"points":[{"x":1}],
  "at":{"x":99},"colour":"green","within":{"name":"in","password":"hunter3"},"each":[{"password":"hunter4"}],
  "rows":[[{"password":"hunter5"}],[]],"sealed":"hunter6","account":{"number":"12","code":"hunter7"}})";

// As `type` says it.
std::string written(capnp::StructSchema type, const char* json, Secrets secrets) {
  capnp::MallocMessageBuilder message;
  from_json(json, capnp::Schema::from<Secretive>(), message.getRoot<capnp::AnyPointer>()).value();
  return to_json(type, message.getRoot<capnp::AnyPointer>().asReader(), false, secrets).value();
}

std::string refused(std::string_view json) {
  capnp::MallocMessageBuilder message;
  const auto result = from_json(json, capnp::Schema::from<Secretive>(), message.getRoot<capnp::AnyPointer>());
  REQUIRE_FALSE(result.ok());
  return result.error().message();
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

void check_masked(const std::string& text) {
  CAPTURE(text);
  CHECK(holds(text, R"("name":"ann")"));
  CHECK(holds(text, R"("number":"12")"));
  for (const char* field : {"password", "key", "pin", "points", "at", "colour", "sealed", "code"}) {
    CAPTURE(field);
    CHECK(holds(text, std::string("\"") + field + "\":\"***\""));
  }
  for (const char* secret : {"hunter", "4711", "99", "green"}) CHECK_FALSE(holds(text, secret));
}

TEST_CASE("a secret is written as *** wherever it stands, whatever its type") {
  check_masked(written(capnp::Schema::from<Secretive>(), kOpen, Secrets::masked));
}

TEST_CASE("what is masked is the default, and who asks for secrets gets all of them") {
  capnp::MallocMessageBuilder message;
  message.initRoot<Secretive>().setPassword("hunter2");
  CHECK_FALSE(holds(to_json(message.getRoot<Secretive>().asReader()).value(), "hunter2"));

  const auto all = written(capnp::Schema::from<Secretive>(), kOpen, Secrets::shown);

  for (const char* secret : {"hunter2", "hunter3", "hunter4", "hunter5", "hunter6", "hunter7", "4711", "99", "green"})
    CHECK(holds(all, secret));
  CHECK_FALSE(holds(all, "***"));
}

TEST_CASE("a secret that a message has no value for is left out, as any other field is") {
  const auto text = written(capnp::Schema::from<Secretive>(), R"({"name":"ann"})", Secrets::masked);

  CHECK_FALSE(holds(text, "password"));
  CHECK_FALSE(holds(text, "points"));
}

TEST_CASE("a schema that was kept in a store masks as the one of the program does") {
  SchemaBook book;
  const capnp::StructSchema own = capnp::Schema::from<Secretive>();
  for (const SchemaNode& node : encode_schemas(own)) REQUIRE(book.add(node.type_id, node.message).ok());

  check_masked(written(book.struct_type(own.getProto().getId()).value(), kOpen, Secrets::masked));
}

TEST_CASE("no complaint quotes a secret") {
  CHECK(refused(R"({"password": 4711})") == "password: wanted a string, got ***");
  CHECK(refused(R"({"account": {"code": 4711}})") == "account.code: wanted a string, got ***");
  CHECK(refused(R"({"points": [{"x": "hunter2"}]})").find("got ***") != std::string::npos);
  CHECK(refused(R"({"pin": "hunter2"})").find("hunter2") == std::string::npos);
  CHECK(refused(R"({"name": 4711})") == "name: wanted a string, got 4711");
}

TEST_CASE("what is no JSON is not quoted, for who can tell what it was to be") {
  for (const char* text : {R"({"password": "hunter2)", R"({"password": hunter2})", R"({"password": "hunter2" "x"})",
                           "{\"password\": \"hunter2\n\"}", R"({"password": "hunter2\q"})"}) {
    CAPTURE(text);
    const auto message = refused(text);
    CHECK(holds(message, "malformed JSON"));
    CHECK(holds(message, "column"));
    CHECK_FALSE(holds(message, "hunter2"));
  }
}

}  // namespace
}  // namespace troupe::reflect
