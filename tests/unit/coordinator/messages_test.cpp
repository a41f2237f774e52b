// etcd's JSON, written and read: what it is, and what it is not.
#include "coordinator/etcd/messages.h"

#include <doctest/doctest.h>

#include <random>

#include "coordinator/etcd/base64.h"
#include "coordinator/etcd/lines.h"

namespace troupe::coordinator::etcd {
namespace {

bool says(const std::string& message, const std::string& part) { return message.find(part) != std::string::npos; }

std::string why_not(std::string_view body) {
  const auto range = read_range(body, "p/r/");
  if (range) return "read";
  CHECK(range.error().kind() == ErrorKind::corrupt);
  return range.error().message();
}

const std::string kHeader = R"("header":{"cluster_id":"7","revision":"12"})";

}  // namespace

TEST_CASE("base64 is written as the standard has it, and read back") {
  const std::pair<const char*, const char*> known[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}, {"\xff\xfe\xfd", "//79"}};
  for (const auto& [bytes, text] : known) {
    CHECK(to_base64(bytes) == text);
    CHECK(from_base64(text) == bytes);
  }
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 300; ++size) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    CHECK(from_base64(to_base64(bytes)) == bytes);
  }
}

TEST_CASE("what is no base64 is not taken for it") {
  for (const char* text :
       {"Z", "Zg", "Zg=", "Zg===", "====", "Z===", "Zm9v\n", " Zm9", "Zm-_", "Zg==Zg==", "\xc3\xa4=="})
    CHECK_FALSE(from_base64(text));
}

TEST_CASE("questions are what the gateway takes") {
  const KeySpace keys("p");

  CHECK(ask_range({.first = "a"}) == R"({"key":"YQ=="})");
  CHECK(ask_range({.first = "a", .past = "b", .limit = 2, .at = 9}) ==
        R"({"key":"YQ==","limit":"2","range_end":"Yg==","revision":"9"})");
  CHECK(ask_of_lease(~SessionId{0}) == R"({"ID":"18446744073709551615"})");
  CHECK(ask_lease(5, 10) == R"({"ID":"5","TTL":"10"})");
  CHECK(ask_token("a\"b", "\xff") == "{\"name\":\"a\\\"b\",\"password\":\"\xef\xbf\xbd\"}");
  CHECK(ask_put("a", "", 3) == R"({"key":"YQ==","lease":"3","value":""})");
  CHECK(ask_watch("a", "b", 4) ==
        R"({"create_request":{"fragment":true,"key":"YQ==","range_end":"Yg==","start_revision":"4"}})");
  CHECK(ask_transaction(keys, {.conditions = {{"a", 0}}, .writes = {{"a", "x", 8}, {"b"}}}) ==
        R"({"compare":[{"key":"cC9yL2E=","mod_revision":"0","result":"EQUAL","target":"MOD"}],)"
        R"("success":[{"request_put":{"key":"cC9yL2E=","lease":"8","value":"eA=="}},)"
        R"({"request_delete_range":{"key":"cC9yL2I="}}]})");
  CHECK(ask_transaction(keys, {}) == R"({"compare":[],"success":[]})");
  CHECK(behind("p/r/") == "p/r0");
}

TEST_CASE("answers are read, with what etcd leaves out") {
  const auto range = read_range(
      "{" + kHeader +
          R"(,"kvs":[{"key":"cC9yL2E=","mod_revision":"3","value":"eA=="},{"key":"cC9yL2I=","mod_revision":4}],"more":true})",
      "p/r/");
  REQUIRE(range);
  REQUIRE(range.value().records.size() == 2);
  CHECK(range.value().records[0].key == "a");
  CHECK(range.value().records[0].value == "x");
  CHECK(range.value().records[1].version == 4);
  CHECK(range.value().records[1].value.empty());
  CHECK(range.value().version == 12);
  CHECK(range.value().more);
  CHECK_FALSE(read_transaction("{" + kHeader + "}").value().applied);
  CHECK(read_transaction("{" + kHeader + R"(,"succeeded":true})").value().applied);
  CHECK(read_ttl(R"({"result":{"header":{},"ID":"1","TTL":"5"}})").value() == 5);
  CHECK(read_ttl(R"({"result":{"header":{},"ID":"1"}})").value() == 0);
  CHECK(read_ttl(R"({"header":{},"TTL":"5"})").value() == 5);
  CHECK(read_token(R"({"token":"abc.1"})").value() == "abc.1");

  const auto watch =
      read_watch(R"({"result":{)" + kHeader + R"(,"events":[{"kv":{"key":"cC9yL2E=","mod_revision":"3"}},)" +
                     R"({"type":"DELETE","kv":{"key":"cC9yL2E=","mod_revision":"4"}}],"fragment":true}})",
                 "p/r/");
  REQUIRE(watch);
  REQUIRE(watch.value().answer.changes.size() == 2);
  CHECK(watch.value().answer.changes[0].value == "");
  CHECK_FALSE(watch.value().answer.changes[1].value);
  CHECK(watch.value().answer.fragment);
  CHECK(watch.value().answer.cluster == 7);
  const auto refused = read_watch(R"({"error":{"grpc_code":14,"message":"no leader"}})", "p/r/");
  CHECK(refused.value().refusal->code == 14);
  CHECK(read_refusal(R"({"error":"e","message":"m","code":5})")->message == "m");
  CHECK(read_refusal(R"({"error":"e","code":5})")->message == "e");
  CHECK_FALSE(read_refusal("<html>"));
  CHECK_FALSE(read_refusal("{}"));
}

TEST_CASE("an answer that is none is corrupt and says what is wrong") {
  CHECK(says(why_not(""), "no JSON object"));
  CHECK(says(why_not("null"), "no JSON object"));
  CHECK(says(why_not("{\"header\":{\"revision\":\"1"), "cut off"));
  CHECK(says(why_not("\x01\xff garbage"), "garbage"));
  CHECK(says(why_not("{}"), "header"));
  CHECK(says(why_not("{\"header\":5}"), "header"));
  CHECK(says(why_not("{\"header\":{\"revision\":\"x\"}}"), "revision"));
  CHECK(says(why_not("{\"header\":{\"revision\":-1}}"), "revision"));
  CHECK(says(why_not("{\"header\":{\"revision\":\"18446744073709551616\"}}"), "revision"));
  CHECK(says(why_not("{\"header\":{\"revision\":{}}}"), "revision"));
  CHECK(says(why_not("{" + kHeader + ",\"more\":1}"), "more"));
  CHECK(says(why_not("{" + kHeader + ",\"kvs\":{}}"), "kvs"));
  CHECK(why_not("{" + kHeader + ",\"kvs\":[5]}") != "read");
  CHECK(says(why_not("{" + kHeader + ",\"kvs\":[{\"key\":\"!\"}]}"), "base64"));
  CHECK(says(why_not("{" + kHeader + ",\"kvs\":[{\"key\":\"YQ==\"}]}"), "not asked for"));
  CHECK_FALSE(read_token(R"({"token":"a\r\nHost: b"})"));
  CHECK_FALSE(read_token("{}"));
  CHECK_FALSE(read_watch(R"({"result":{"header":{},"events":[{"type":"MOVE","kv":{"key":"cC9yL2E="}}]}})", "p/r/"));
}

TEST_CASE("an answer may nest so deep and be so long") {
  const auto nested = [](std::size_t depth) {
    return "{" + kHeader + ",\"x\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  CHECK(why_not(nested(kMaxDepth)) == "read");
  CHECK(says(why_not(nested(kMaxDepth + 1)), "deeper than 32"));
  CHECK(says(why_not(std::string(kMaxAnswerBytes, '[')), "deeper"));
  CHECK(why_not("{" + kHeader + ",\"x\":\"" + std::string(100, '[') + "\\\"" + std::string(100, '{') + "\"}") ==
        "read");

  std::string longest = "{" + kHeader + ",\"x\":\"";
  longest.append(kMaxAnswerBytes - longest.size() - 2, 'x').append("\"}");
  CHECK(why_not(longest) == "read");
  CHECK(says(why_not(longest + " "), "8388608"));
}

TEST_CASE("a stream is cut into its lines wherever its bytes are parted, and a line without end is seen") {
  const std::string stream = "one\n\ntwo two\nthree\n\n\nfour";
  for (std::size_t first = 0; first <= stream.size(); ++first)
    for (std::size_t second = first; second <= stream.size(); ++second) {
      Lines lines;
      std::string heard;
      for (const auto& part : {stream.substr(0, first), stream.substr(first, second - first), stream.substr(second)}) {
        lines.feed(part);
        while (const auto line = lines.next()) heard += *line + "|";
      }
      REQUIRE(heard == "one|two two|three|");
    }

  Lines endless;
  endless.feed(std::string(kMaxAnswerBytes, 'x'));
  CHECK_FALSE(endless.next());
  CHECK_FALSE(endless.too_long());
  endless.feed("x");
  CHECK_FALSE(endless.next());
  CHECK(endless.too_long());
}

}  // namespace troupe::coordinator::etcd
