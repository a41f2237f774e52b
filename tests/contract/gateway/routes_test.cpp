// A method as a route: where its parameters come from, and where its results go.
#include "stage.h"

using namespace troupe;
using namespace troupe::bazaar;
using nlohmann::json;

TEST_CASE("a method is called by its verb and path, and its results come back as JSON") {
  Stage stage;

  const auto put = stage.ask({.verb = "PUT", .target = "/items/a", .body = R"({"name":"Lamp","cents":1250})"});
  const auto view = stage.get("/items/a");
  const auto head = stage.ask({.verb = "HEAD", .target = "/items/a"});

  CHECK(put.status == 204);
  CHECK(put.body == "");
  CHECK(view.status == 200);
  CHECK(view.headers.find("Content-Type") == "application/json");
  CHECK(json::parse(view.body) == json{{"name", "Lamp"}, {"cents", 1250}});
  CHECK(view.headers.find("X-Edits") == "1");
  CHECK(head.status == 200);
  CHECK(head.body == "");
  CHECK(head.headers.find("Content-Length") == std::to_string(view.body.size()));
}

TEST_CASE("what is not given has its default, and what is required is asked for") {
  Stage stage;

  CHECK(stage.json({.verb = "PUT", .target = "/items/a", .body = R"({"name":"Lamp"})"}, 204) == json());
  CHECK(stage.json({.target = "/items/a"})["cents"] == 100);
  CHECK(stage.problem({.verb = "PUT", .target = "/items/a", .body = R"({"cents":1})"}, 400) == "/name: it is required");
  CHECK(stage.problem({.verb = "PUT", .target = "/items/a"}, 400) == "/name: it is required");
  CHECK(stage.problem({.verb = "PUT", .target = "/items/a", .body = R"({"name":null})"}, 400) ==
        "/name: it is required");
  CHECK(stage.problem({.target = "/mirror/search"}, 400) == "the query's \"exact\" is required");
}

TEST_CASE("parameters come from the path, the query and headers, decoded") {
  Stage stage;

  CHECK(stage.json({.verb = "POST", .target = "/items/a%2Fb/raise/7"}, 202)["cents"] == 7);
  CHECK(stage.json({.target = "/mirror/special/literal"})["said"] == "the literal");
  CHECK(stage.json({.target = "/mirror/special/%E5%95%8A%20b"})["said"] == "\xE5\x95\x8A b");
  const auto found = stage.json({.target = "/mirror/search?text=a+b%26&colour=green&colour=red&exact=true&limit=3",
                                 .headers = "X-Mark: AP8\r\n"});
  CHECK(found == json{{"text", "a b&"}, {"limit", 3}, {"colour", {"green", "red"}}, {"exact", true}, {"mark", "AP8="}});
  CHECK(stage.json({.target = "/mirror/search?exact=false"})["limit"] == 10);
  const auto whole =
      stage.json({.verb = "PUT", .target = "/mirror/whole?times=2&to=x&to=y", .body = R"({"name":"Ann","since":-3})"});
  CHECK(whole["maker"]["name"] == "Ann");
  CHECK(whole["times"] == 2);
  CHECK(whole["to"] == json{"x", "y"});
  CHECK(stage.ask({.verb = "PUT", .target = "/items/a", .body = R"({"name":"x"})"}).status == 204);
  CHECK(stage.ask({.verb = "DELETE", .target = "/items/a", .headers = "X-Reason: old\r\n"}).status == 204);
  CHECK(stage.ask({.target = "/items/a"}).status == 404);
}

TEST_CASE("every type goes there and back, and what is not set is told as it is") {
  Stage stage;
  const json given = {
      {"yes", true},
      {"tiny", -128},
      {"small", 65535},
      {"big", -9223372036854775807LL - 1},
      {"huge", 18446744073709551615ULL},
      {"half", 0.5},
      {"real", -1e300},
      {"words", "a\"\\\n\u00e4\U0001F600"},
      {"bytes", "AAEC/w=="},
      {"colour", "green"},
      {"maker", {{"name", "Ann"}, {"since", 1}, {"friends", {{{"name", "Bob"}}}}, {"best", {{"name", "Cleo"}}}}},
      {"numbers", {1, -2, 3}},
      {"rows", {{"a", "b"}, json::array()}},
      {"re-named", "r"},
      {"must", "m"},
      {"right", 5},
      {"place", {{"x", 1}, {"y", -1}}}};

  const json shown = stage.json({.verb = "POST", .target = "/mirror", .body = given.dump()})["all"];

  for (const auto& [name, value] : given.items())
    if (name != "maker") CHECK_MESSAGE(shown[name] == value, name);
  CHECK(shown["maker"]["friends"][0]["name"] == "Bob");
  CHECK(shown["maker"]["best"]["name"] == "Cleo");
  CHECK(shown["maker"]["best"]["best"] == json());  // and does not go on for ever
  CHECK_FALSE(shown.contains("left"));
  const json empty = stage.json({.verb = "POST", .target = "/mirror", .body = R"({"must":""})"})["all"];
  CHECK(empty["colour"] == "red");
  CHECK(empty["words"] == "");
  CHECK(empty["numbers"] == json::array());
  CHECK(empty["maker"] == json());
  CHECK(empty["nothing"] == true);
  const json texts =
      stage.json({.verb = "POST",
                  .target = "/mirror",
                  .body = R"({"must":"","big":"-5","huge":"6","real":"NaN","half":"-Infinity"})"})["all"];
  CHECK(texts["big"] == -5);
  CHECK(texts["huge"] == 6);
  CHECK(texts["real"] == "NaN");
  CHECK(texts["half"] == "-Infinity");
}

TEST_CASE("a value that does not fit is refused with its place, and nothing is called") {
  Stage stage;
  struct Bad {
    const char* body;
    const char* detail;
  };
  for (const Bad& bad : std::initializer_list<Bad>{
           {R"({"must":"","tiny":128})", "/tiny: 128 is no Int8"},
           {R"({"must":"","small":-1})", "/small: -1 is no UInt16"},
           {R"({"must":"","huge":18446744073709551616})", "/huge: a whole number is wanted, and a fraction is there"},
           {R"({"must":"","huge":"18446744073709551616"})", "/huge: \"18446744073709551616\" is no UInt64"},
           {R"({"must":"","small":1.5})", "/small: a whole number is wanted, and a fraction is there"},
           {R"({"must":"","small":"1"})", "/small: a whole number is wanted, and a text is there"},
           {R"({"must":"","yes":1})", "/yes: true or false is wanted, and a number is there"},
           {R"({"must":"","words":7})", "/words: a text is wanted, and a number is there"},
           {R"({"must":"","words":"a\u0000b"})", "/words: a text has no character U+0000"},
           {R"({"must":"","bytes":"A"})", "/bytes: it is no base64"},
           {R"({"must":"","bytes":"AB=="})", "/bytes: it is no base64"},
           {R"({"must":"","colour":"blue"})", "/colour: it is none of: red, green"},
           {R"({"must":"","numbers":{}})", "/numbers: a list is wanted, and an object is there"},
           {R"({"must":"","numbers":[1,2147483648]})", "/numbers/1: 2147483648 is no Int32"},
           {R"({"must":"","maker":{"friends":[{"nick":"x"}]}})",
            "/maker/friends/0/nick: there is no such member; there is: name, since, friends, best"},
           {R"({"must":"","a/b~":1})", "/a~1b~0: there is no such member"},
           {R"({"must":"","left":"x","right":1})", "/right: \"left\" is there too, and there is one of them at most"},
           {R"({"must":"","nothing":false})", "/nothing: it holds nothing: write true"},
           {R"({"must":"","renamed":"x"})", "/renamed: there is no such member"},
           {R"([])", "the body: an object is wanted, and a list is there"},
           {R"({"must":"")", "the body is not JSON: line 1, column 10"},
           {"{\"must\":\n \"\" x}", "the body is not JSON: line 2, column 5"},
           {R"({"must":"","must":""})", "the body cannot be taken: it has a member \"must\" twice"},
           {"{\"must\":\"\xff\"}", "the body is not JSON"},
           {R"({"must":"","real":1e999})", "the body is not JSON"}})
    CHECK_MESSAGE(stage.problem({.verb = "POST", .target = "/mirror", .body = bad.body}, 400).find(bad.detail) == 0,
                  bad.body);
  std::string deep = R"({"must":"","rows":)";
  for (int i = 0; i < 100; ++i) deep += '[';
  CHECK(stage.problem({.verb = "POST", .target = "/mirror", .body = deep}, 400) ==
        "the body cannot be taken: it is nested more than 64 deep");
  for (const Bad& bad : std::initializer_list<Bad>{
           {"exact=1", "the query's \"exact\": true or false is wanted"},
           {"exact=true&limit=-1", "the query's \"limit\": it is no UInt32"},
           {"exact=true&limit=1&limit=2", "the query's \"limit\": it is given more than once"},
           {"exact=true&colour=blue", "the query's \"colour\": it is none of: red, green"},
           {"exact=true&exakt=1", "the query has no \"exakt\" here; there is: text, limit, colour, exact"}})
    CHECK(stage.problem({.target = std::string("/mirror/search?") + bad.body}, 400) == bad.detail);
  CHECK(stage.problem({.target = "/mirror/search?exact=true", .headers = "X-Mark: !\r\n"}, 400) ==
        "the header \"X-Mark\": it is no base64url");
  CHECK(stage.problem({.verb = "POST", .target = "/items/a/raise/x"}, 400) == "the path's \"by\": it is no UInt32");
  CHECK(stage.problem({.verb = "PUT", .target = "/items/" + std::string(257, 'x'), .body = R"({"name":"x"})"}, 400)
            .find("256") != std::string::npos);
}

TEST_CASE("what is no route, no verb of it or no JSON is told so") {
  Stage stage;

  CHECK(stage.problem({.target = "/nowhere"}, 404) == "there is nothing at /nowhere");
  CHECK(stage.problem({.target = "/items/a/"}, 404) == "there is nothing at /items/a/");
  CHECK(stage.problem({.target = "/items//raise/1"}, 404) == "there is nothing at /items//raise/1");
  const auto verb = stage.ask({.verb = "POST", .target = "/items/a"});
  CHECK(verb.status == 405);
  CHECK(verb.headers.find("Allow") == "DELETE, GET, HEAD, PUT, OPTIONS");
  const auto options = stage.ask({.verb = "OPTIONS", .target = "/items/a"});
  CHECK(options.status == 204);
  CHECK(options.headers.find("Allow") == "DELETE, GET, HEAD, PUT, OPTIONS");
  CHECK(stage.problem(
            {.verb = "PUT", .target = "/items/a", .body = "name=x", .type = "application/x-www-form-urlencoded"},
            415) == "the body is wanted as application/json");
  CHECK(stage.problem({.verb = "PUT", .target = "/items/a", .body = "{}", .type = ""}, 415) ==
        "the body is wanted as application/json");
  CHECK(stage
            .ask({.verb = "PUT",
                  .target = "/items/a",
                  .body = R"({"name":"x"})",
                  .type = "Application/Merge-Patch+JSON; charset=utf-8"})
            .status == 204);
  CHECK(stage.problem({.verb = "DELETE", .target = "/items/a", .body = "{}"}, 400) == "no body is taken here");
}

TEST_CASE(
    "a new actor has a key that nobody guesses, which its location tells, and a repeated request meets the same") {
  Stage stage;
  const Stage::Sent make{.verb = "POST", .target = "/items", .body = R"({"name":"Lamp"})"};
  const Stage::Sent again{
      .verb = "POST", .target = "/items", .body = R"({"name":"Lamp"})", .headers = "Idempotency-Key: k1\r\n"};

  const auto one = stage.ask(make), two = stage.ask(make);
  const auto first = stage.ask(again), second = stage.ask(again);

  CHECK(one.status == 201);
  CHECK(json::parse(one.body)["code"].get<std::string>().size() == 28);
  CHECK(one.headers.find("Location") == "/items/" + json::parse(one.body)["code"].get<std::string>());
  CHECK(one.body != two.body);
  CHECK(first.body == second.body);
  CHECK(stage.get(std::string(*one.headers.find("Location"))).status == 200);
}

TEST_CASE("a version stands before its paths, and what is deprecated says so") {
  Stage stage;

  const auto old = stage.ask({.verb = "POST", .target = "/mirror/old"});

  CHECK(old.status == 204);
  CHECK(old.headers.find("Deprecation") == "@1793491200");
  CHECK(old.headers.find("Sunset") == "Sun, 31 Jan 2027 00:00:00 GMT");
  CHECK(stage.ask({.target = "/diaries/a"}).status == 404);
  CHECK(stage.ask({.target = "/v2/diaries/a"}).status == 401);
}
