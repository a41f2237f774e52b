// JSON by schema: what goes through unchanged, and what the sentence says when something does not fit.
#include "reflect/json.h"

#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "json_shapes.capnp.h"
#include "reflect/json_text.h"

namespace troupe::reflect {
namespace {

// Fills a Shapes from JSON and keeps it.
struct Filled {
  explicit Filled(std::string_view json)
      : result(from_json(json, capnp::Schema::from<Shapes>(), message.getRoot<capnp::AnyPointer>())) {}
  Shapes::Reader shapes() { return message.getRoot<Shapes>().asReader(); }
  capnp::MallocMessageBuilder message;
  Result<void> result;
};

std::string complaint(std::string_view json) {
  const Filled filled(json);
  REQUIRE_FALSE(filled.result.ok());
  CHECK(filled.result.error().kind() == ErrorKind::invalid);
  return filled.result.error().message();
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_CASE("a message of every kind of field comes back from JSON as it was") {
  const char* json = R"({"flag":true,"tiny":-7,"count":4000000000,"large":"-9007199254740993",
    "huge":"18446744073709551615","ratio":2.5,"name":"Zoë \"x\"","blob":[0,255],"colour":"green","at":{"x":1,"y":-2},
    "path":[{"x":3},{"y":4}],"words":["a",""],"grid":[[1,2],[],[3]],"cash":12,"place":{"street":"High","number":9},
    "inner":{"name":"in","card":"c"},"next":[{"count":1}]})";

  Filled first(json);
  REQUIRE(first.result.ok());
  auto text = to_json(capnp::Schema::from<Shapes>(), first.message.getRoot<capnp::AnyPointer>().asReader());
  REQUIRE(text.ok());
  Filled second(*text);

  REQUIRE(second.result.ok());
  CHECK(first.shapes().getLarge() == -9007199254740993);
  CHECK(second.shapes().getHuge() == 18446744073709551615u);
  CHECK(second.shapes().getName() == "Zoë \"x\"");
  CHECK(second.shapes().getPlace().getNumber() == 9);
  CHECK(second.shapes().isCash());
  CHECK(capnp::AnyStruct::Reader(first.shapes()) == capnp::AnyStruct::Reader(second.shapes()));
}

TEST_CASE("64-bit integers are written as strings and read as strings or numbers") {
  Filled filled(R"({"large": -5, "huge": 18446744073709551615})");

  REQUIRE(filled.result.ok());
  CHECK(filled.shapes().getLarge() == -5);
  CHECK(filled.shapes().getHuge() == 18446744073709551615u);
  CHECK(contains(to_json(filled.shapes()).value(), R"("large":"-5")"));
}

TEST_CASE("a whole number may be written as a string, a fraction of zero or an exponent") {
  Filled filled(R"({"count": "42", "tiny": 5.0, "large": 2e3})");

  REQUIRE(filled.result.ok());
  CHECK(filled.shapes().getCount() == 42);
  CHECK(filled.shapes().getTiny() == 5);
  CHECK(filled.shapes().getLarge() == 2000);
}

TEST_CASE("a blank text stands for no fields, and null for a field's default") {
  CHECK(Filled("").result.ok());
  CHECK(Filled(" \n").result.ok());
  Filled filled(R"({"count": null, "name": null, "at": null})");

  REQUIRE(filled.result.ok());
  CHECK(filled.shapes().getCount() == 0);
  CHECK_FALSE(filled.shapes().hasName());
}

TEST_CASE("numbers that JSON has no words for travel as strings") {
  Filled filled(R"({"ratio": "NaN"})");

  REQUIRE(filled.result.ok());
  CHECK(std::isnan(filled.shapes().getRatio()));
}

TEST_CASE("malformed JSON is refused with line and column") {
  const auto message = complaint("{\n  \"count\": }");

  CHECK(contains(message, "malformed JSON"));
  CHECK(contains(message, "line 2, column 12"));
  CHECK_FALSE(contains(message, "json.exception"));
}

TEST_CASE("an endless string in malformed JSON is not repeated in the message") {
  const auto message = complaint("{\"name\": \"" + std::string(100'000, 'x'));

  CHECK(message.size() < 400);
}

TEST_CASE("an unknown field is named, with the ones that are known") {
  const auto message = complaint(R"({"at": {"z": 1}})");

  CHECK(message == "at: unknown field 'z' of Point; it has: x, y");
}

TEST_CASE("a value of the wrong type is named by its path, with what was wanted") {
  CHECK(complaint(R"({"path": [{"x": 1}, {"x": "one"}]})") ==
        "path[1].x: wanted a whole number that fits Int32 (-2147483648 to 2147483647), got \"one\"");
  CHECK(complaint(R"({"name": 5})") == "name: wanted a string, got 5");
  CHECK(complaint(R"({"flag": 1})") == "flag: wanted true or false, got 1");
  CHECK(complaint(R"({"at": []})") == "at: wanted an object, got []");
  CHECK(complaint(R"({"words": {}})") == "words: wanted an array, got {}");
  CHECK(complaint(R"({"grid": [[1], 2]})") == "grid[1]: wanted an array, got 2");
  CHECK(complaint(R"({"blob": [256]})") == "blob: wanted a whole number that fits UInt8 (0 to 255), got 256");
  CHECK(complaint(R"({"colour": "blue"})") == "colour: wanted one of red, green, got \"blue\"");
  CHECK(complaint("[1]") == "wanted an object, got [1]");
}

TEST_CASE("numbers out of range are refused, never cut") {
  CHECK(contains(complaint(R"({"tiny": 128})"), "fits Int8 (-128 to 127), got 128"));
  CHECK(contains(complaint(R"({"count": -1})"), "got -1"));
  CHECK(contains(complaint(R"({"count": 4294967296})"), "fits UInt32"));
  CHECK(contains(complaint(R"({"large": "9223372036854775808"})"), "fits Int64"));
  CHECK(contains(complaint(R"({"huge": 18446744073709551616})"), "fits UInt64"));
  CHECK(contains(complaint(R"({"count": 1.5})"), "whole number"));
  CHECK(contains(complaint(R"({"count": 1e300})"), "whole number"));
  CHECK(contains(complaint(R"({"count": "12x"})"), "whole number"));
  CHECK(contains(complaint(R"({"count": ""})"), "whole number"));
}

TEST_CASE("the ends of every whole number's range come through, and what lies one past them is refused") {
  struct Range {
    const char* field;
    const char* least;
    const char* below;
    const char* most;
    const char* above;
  };
  const Range ranges[] = {
      {"tiny", "-128", "-129", "127", "128"},
      {"small", "-32768", "-32769", "32767", "32768"},
      {"plain", "-2147483648", "-2147483649", "2147483647", "2147483648"},
      {"large", "-9223372036854775808", "-9223372036854775809", "9223372036854775807", "9223372036854775808"},
      {"byte", "0", "-1", "255", "256"},
      {"count", "0", "-1", "4294967295", "4294967296"},
      {"huge", "0", "-1", "18446744073709551615", "18446744073709551616"},
  };
  const auto object = [](const char* field, const std::string& value) {
    return "{\"" + std::string(field) + "\": " + value + "}";
  };
  const auto quoted = [](const char* number) { return '"' + std::string(number) + '"'; };

  for (const Range& range : ranges) {
    CAPTURE(range.field);
    for (const char* fits : {range.least, range.most}) {
      CHECK(Filled(object(range.field, fits)).result.ok());
      CHECK(Filled(object(range.field, quoted(fits))).result.ok());
    }
    for (const char* past : {range.below, range.above, "1e300", "-1e300"}) {
      CHECK(contains(complaint(object(range.field, past)), "whole number that fits"));
      CHECK(contains(complaint(object(range.field, quoted(past))), "whole number that fits"));
    }
  }
}

TEST_CASE("a number past Float32 does not become infinity") {
  CHECK(Filled(R"({"share": 3.4028235e38})").shapes().getShare() == 3.4028235e38f);
  CHECK(Filled(R"({"share": 1e-60})").shapes().getShare() == 0);
  CHECK(std::isnan(Filled(R"({"share": "NaN"})").shapes().getShare()));
  CHECK(std::isinf(Filled(R"({"share": "-Infinity"})").shapes().getShare()));

  CHECK(complaint(R"({"share": 1e39})") == "share: wanted a number that fits Float32 (up to 3.4028235e38), got 1e+39");
  CHECK(contains(complaint(R"({"share": -1e39})"), "fits Float32"));
  CHECK(contains(complaint(R"({"shares": [1, 1e300]})"), "shares[1]: wanted a number that fits Float32"));
  CHECK_FALSE(Filled(R"({"ratio": 1e400})").result.ok());
}

TEST_CASE("two members of one union are refused") {
  CHECK(complaint(R"({"card": "c", "cash": 1})") == "'card' and 'cash' are one union: give one of them");
}

TEST_CASE("a field given twice is refused") {
  CHECK(complaint(R"({"count": 1, "count": 2})") == "field 'count' is given twice");
}

TEST_CASE("an untyped pointer cannot be given") {
  CHECK(contains(complaint(R"({"anything": 1})"), "anything: a capability or an untyped pointer"));
}

TEST_CASE("JSON nested too deep is refused before it is parsed") {
  std::string deep;
  for (int i = 0; i <= kMaxJsonDepth; ++i) deep += R"({"inner":)";

  CHECK(contains(complaint(deep), "deeper than 64 levels"));
  CHECK(contains(complaint(std::string(1'000'000, '[')), "deeper than 64 levels"));
}

TEST_CASE("brackets inside a string are no nesting") {
  CHECK(Filled(R"({"name": ")" + std::string(1000, '{') + R"(\"["})").result.ok());
}

TEST_CASE("JSON longer than the limit is refused") {
  CHECK(contains(complaint(std::string(kMaxJsonBytes + 1, ' ')), "at most 8388608"));
}

TEST_CASE("a short text that stands for a huge message is refused") {
  std::string many = R"({"next":[)";
  for (int i = 0; i < 1'000'000; ++i) many += "{},";
  many.back() = ']';

  CHECK(contains(complaint(many + "}"), "larger than 67108864 bytes"));
}

TEST_CASE("text that is no UTF-8 becomes JSON that is") {
  capnp::MallocMessageBuilder message;
  message.initRoot<Shapes>().setName(
      "a\xff\xc0\xaf"
      "b\xe2\x82");

  const auto text = to_json(message.getRoot<Shapes>().asReader()).value();

  CHECK(contains(text,
                 "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
                 "b\xEF\xBF\xBD\xEF\xBF\xBD"));
  CHECK(parse_json(text).ok());
}

TEST_CASE("an untyped pointer is written as null") {
  capnp::MallocMessageBuilder message;
  message.initRoot<Shapes>().getAnything().setAs<capnp::Text>("?");

  CHECK(contains(to_json(message.getRoot<Shapes>().asReader()).value(), R"("anything":null)"));
}

TEST_CASE("bytes that are not the message they should be are corrupt, not a crash") {
  alignas(8) const unsigned char bytes[16] = {0x01, 0, 0, 0, 0xff, 0xff, 0xff, 0x0f, 1, 2, 3};
  kj::ArrayPtr<const capnp::word> segment(reinterpret_cast<const capnp::word*>(bytes), 2);
  const kj::ArrayPtr<const capnp::word> segments[] = {segment};
  capnp::SegmentArrayMessageReader message(segments);

  const auto text = to_json(capnp::Schema::from<Shapes>(), message.getRoot<capnp::AnyPointer>());

  REQUIRE_FALSE(text.ok());
  CHECK(text.error().kind() == ErrorKind::corrupt);
  CHECK(contains(text.error().message(), "cannot read a Shapes"));
}

TEST_CASE("an empty message reads as the defaults") {
  capnp::MallocMessageBuilder message;

  const auto text = to_json(capnp::Schema::from<Point>(), message.getRoot<capnp::AnyPointer>().asReader());

  CHECK(std::as_const(text).value() == R"({"x":0,"y":0})");
}

TEST_CASE("fields are described as a schema would") {
  const auto pay = capnp::Schema::from<Till>().getMethods()[0];

  CHECK(describe(pay.getParamType()) == "(amount :UInt32, shapes :Shapes)");
  CHECK(contains(describe(capnp::Schema::from<Shapes>()), "grid :List(List(Int16))"));
  CHECK(contains(describe(capnp::Schema::from<Shapes>()), "place (street :Text, number :UInt16)"));
}

}  // namespace
}  // namespace troupe::reflect
