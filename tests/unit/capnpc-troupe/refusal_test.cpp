// Every rule of the generator, broken once: the schema is refused with its place and what to do, and nothing
// is written. In the schemas here, ~ marks the place the error must name.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "compiler_run.h"

namespace {

constexpr const char* kHead =
    "@0xd4d4b4e5a1b2c3d5;\n"
    "using Troupe = import \"/troupe/service.capnp\"; using Http = import \"/troupe/http.capnp\"; "
    "using Auth = import \"/troupe/auth.capnp\";\n";

struct Marked {
  std::string text;
  std::string place;  // "in/bad.capnp:3:12"
};

Marked unmark(const std::string& file, std::string text) {
  const auto mark = text.find('~');
  REQUIRE(mark != std::string::npos);
  const auto line = std::count(text.begin(), text.begin() + static_cast<long>(mark), '\n') + 1;
  const auto start = text.rfind('\n', mark);
  const auto column = mark - (start == std::string::npos ? 0 : start + 1) + 1;
  text.erase(mark, 1);
  return {std::move(text), fmt::format("in/{}:{}:{}: error: ", file, line, column)};
}

void refused(const std::string& body, const std::string& words) {
  const auto bad = unmark("bad.capnp", kHead + body);
  const CompilerRun run({{"bad.capnp", bad.text}}, {"bad.capnp"});
  INFO(run.said());
  CHECK_FALSE(run.succeeded());
  CHECK(run.said().find(bad.place) != std::string::npos);
  CHECK(run.said().find(words) != std::string::npos);
  CHECK(run.written().empty());
}

// A service with one method, and the options of both.
std::string method(const std::string& text) { return "interface A $Troupe.actor() {\n  " + text + "\n}\n"; }

}  // namespace

TEST_CASE("an unknown state is refused with the nearest name") {
  refused("interface Stock $Troupe.actor(~state = \"StokState\") {}\nstruct StockState {}\n",
          "unknown state \"StokState\": this file has no such struct. Did you mean 'StockState'?");
  refused("interface Stock $Troupe.actor(~state = \"Cellar\") {}\nstruct Money {}\nstruct Roof { struct Beam {} }\n",
          "There is: Money, Roof, Roof.Beam.");
  refused("interface Stock $Troupe.actor(~state = \"Gone\") {}\n", "Declare `struct Gone { ... }`.");
  refused("interface Stock $Troupe.actor(~state = \"Roof.Gone\") {}\nstruct Roof {}\n", "unknown state \"Roof.Gone\"");
}

TEST_CASE("a state that is no plain struct of the file is refused") {
  refused("interface A $Troupe.actor(~state = \"Colour\") {}\nenum Colour { red @0; }\n",
          "is an enum; a service keeps a struct");
  refused("interface A $Troupe.actor(~state = \"Box\") {}\nstruct Box(T) { t @0 :T; }\n", "is generic");
  refused(
      "using Money = import \"/troupe/service.capnp\".ActorOptions;\n"
      "interface A $Troupe.actor(remember = 1, ~state = \"Money\") {}\n",
      "goes through a `using`");
  refused(
      "using import \"/troupe/service.capnp\".ActorOptions;\n"
      "interface A $Troupe.actor(~state = \"ActorOptions\") {}\n",
      "goes through a `using`");
}

TEST_CASE("a version of no state is refused") {
  refused("interface A $Troupe.actor(~version = 1) {}\n", "keeps no state, so there is nothing that the version is of");
}

TEST_CASE("a placement that does not exist, or does not fit what the actor keeps, is refused") {
  refused("interface A $Troupe.actor(~placement = \"moon\") {}\n",
          "unknown placement \"moon\"; write one of keyed, pool, pinned, singleton");
  for (const std::string placement : {"pool", "pinned"})
    refused("interface A $Troupe.actor(state = \"S\", ~placement = \"" + placement + "\") {}\nstruct S {}\n",
            "placement \"" + placement + "\" is for actors that keep nothing");
}

TEST_CASE("what is said of pools alone is refused elsewhere, and so is a balance that does not exist") {
  refused("interface A $Troupe.actor(~balance = \"random\") {}\n", "balance is said of pools; write placement");
  refused("interface A $Troupe.actor(placement = \"pinned\", ~instances = 2) {}\n", "instances is said of pools");
  refused("interface A $Troupe.actor(placement = \"pool\", ~instances = 1025) {}\n",
          "instances is 1025; a node has at most 1024 actors of a pool");
  refused("interface A $Troupe.actor(placement = \"pool\", ~balance = \"fair\") {}\n",
          "unknown balance \"fair\"; write one of least_outstanding, round_robin");
}

TEST_CASE("two services of one name are refused with both places") {
  refused("interface A $Troupe.actor() {}\nstruct In { interface ~A $Troupe.actor() {} }\n",
          "already a service 'A' at in/bad.capnp:3; services are found by name, so rename one");
}

TEST_CASE("two requested files with one service are refused") {
  const auto one = std::string(kHead) + "interface Stock $Troupe.actor() {}\n";
  const auto two = unmark("two.capnp",
                          "@0xd4d4b4e5a1b2c3d6;\nusing Troupe = import \"/troupe/service.capnp\";\n"
                          "interface ~Stock $Troupe.actor() {}\n");

  const CompilerRun run({{"one.capnp", one}, {"two.capnp", two.text}}, {"one.capnp", "two.capnp"});

  INFO(run.said());
  CHECK_FALSE(run.succeeded());
  CHECK(run.said().find(two.place + "there is already a service 'Stock' at in/one.capnp:3") != std::string::npos);
  CHECK(run.written().empty());
}

TEST_CASE("a service of an import's name is refused, whether or not the import is used") {
  for (const bool used : {false, true}) {
    const auto imported = std::string(kHead) + "struct Money {}\ninterface Stock $Troupe.actor() {}\n";
    const auto bad =
        unmark("bad.capnp", std::string("@0xd4d4b4e5a1b2c3d6;\nusing Troupe = import \"/troupe/service.capnp\";\n"
                                        "using Other = import \"other.capnp\";\nstruct S { m @0 :Other.Money; }\n"
                                        "interface ~Stock $Troupe.actor() {}\n") +
                                (used ? "interface P { p @0 (s :Other.Stock); }\n" : ""));

    const CompilerRun run({{"bad.capnp", bad.text}, {"other.capnp", imported}}, {"bad.capnp"});

    INFO(run.said());
    CHECK_FALSE(run.succeeded());
    CHECK(run.said().find(bad.place + "there is already a service 'Stock' in the imported in/other.capnp:4") !=
          std::string::npos);
  }
}

TEST_CASE("a service that is generic, extends or streams is refused") {
  refused("interface ~A(T) $Troupe.actor() {}\n", "service 'A' is generic");
  refused("struct S(T) { interface ~A $Troupe.actor() {} }\n", "stands in a generic scope");
  refused("interface Base {}\ninterface ~A extends(Base) $Troupe.actor() {}\n", "extends another interface");
  refused(method("~push @0 (x :Text) -> stream;"), "is a stream, which is not supported; return `()`");
  refused(method("~get @0 [T] (x :T) -> ();"), "method 'get' is generic");
  refused("struct Box(T) { t @0 :T; }\n" + method("~get @0 Box(Text) -> ();"), "are a generic struct");
}

TEST_CASE("method options that contradict or mean nothing are refused") {
  refused(method("get @0 () -> () $Troupe.readOnly ~$Troupe.reentrant;"), "readOnly already interleaves");
  refused(method("get @0 () -> () ~$Troupe.timeout(0);"), "the timeout of 'get' is 0");
}

TEST_CASE("an option on a method of a plain interface is refused, whichever it is") {
  for (const char* option : {"readOnly", "reentrant", "timeout(5)", "retry"})
    refused(fmt::format("interface A {{ get @0 () -> () ~$Troupe.{}; }}\n", option),
            "which is not a service; add $Troupe.actor(");
}

TEST_CASE("routes and rules as they were written before are refused with what to write instead") {
  refused(method("get @0 () -> () ~$Troupe.http(\"GET /{key}\");"), "write $Http.get(\"/path/{key}\")");
  refused(method("get @0 () -> () ~$Troupe.auth(\"clerk\");"), "write $Auth.public");
}

TEST_CASE("a route that no gateway could serve is refused") {
  const auto route = [](const std::string& path, const std::string& more = "") {
    return method("get @0 (order :Text) -> () $Troupe.readOnly ~$Http.get(\"" + path + "\") $Auth.public" + more + ";");
  };
  refused(route(""), "a path starts with '/'");
  refused(route("a"), "a path starts with '/'");
  refused(route("/{key}/"), "a path has no empty segment and does not end with '/'");
  refused(route("/a//{key}"), "a path has no empty segment");
  refused(route("/../{key}"), "a path has no segment '..'");
  refused(route("/a b/{key}"), "'a b' has others");
  refused(route("/{key}?b=c"), "a path parameter is a whole segment");
  refused(route("/{key"), "a path parameter is a whole segment");
  refused(route("/key}"), "a path parameter is a whole segment");
  refused(route("/{}"), "a path parameter is a whole segment");
  refused(route("/{key}/{key}"), "{key} stands in the path twice");
  refused(method("put @0 () -> () $Http.post(\"/a/{key}\") ~$Http.put(\"/b/{key}\") $Auth.user;"),
          "has a route already, by post");
  refused(
      "interface A $Troupe.actor() {\n  a @0 (x :Text) -> () $Http.put(\"/a/{key}/{x}\") $Auth.user;\n"
      "  b @1 (y :Text) -> () ~$Http.put(\"/a/{y}/{key}\") $Auth.user;\n}\n",
      "is already taken at in/bad.capnp:4");
}

TEST_CASE("a route from which nobody knows which actor is called is refused") {
  const auto route = [](const std::string& path, const std::string& more) {
    return method("~put @0 (order :Text) -> () $Http.put(\"" + path + "\") $Auth.user" + more + ";");
  };
  refused(route("/orders", ""), "has no {key}, so nobody knows which actor is called");
  refused(route("/orders/{order}", ""), "has no {key}");
  refused(route("/{key}/{oder}", ""),
          "{oder} is neither the key, {key}, nor a field of the method's parameters. Did you mean 'order'?");
  const auto said = [](const std::string& path, const std::string& more) {
    return method("put @0 (order :Text) -> () $Http.put(\"" + path + "\") $Auth.user " + more + ";");
  };
  refused(said("/{key}", "~$Http.own"), "its path has {key}, so remove 'own'");
  refused(said("/a", "$Http.actor(\"main\") ~$Http.own"), "'actor' says which actor is called, so remove 'own'");
  refused(said("/a", "~$Http.actor(\"\")"), "an empty text is no key");
  refused(said("/a", "~$Http.fresh(\"o-\")"), "a PUT does not make a new actor; use post");
  refused(method("put @0 () -> () $Http.put(\"/a\") $Auth.public ~$Http.own;"), "nothing is theirs");
  refused(
      "interface A $Troupe.actor(placement = \"pool\") {\n  put @0 () -> () $Http.put(\"/a\") $Auth.user "
      "~$Http.own;\n}\n",
      "a pool is called without a key, so remove 'own'");
  refused("interface A $Troupe.actor() ~$Http.key(\"a/b\") {}\n", "cannot be the key's name in paths");
}

TEST_CASE("a route without a rule who may call it is refused, and a rule that contradicts itself") {
  refused(method("put @0 () -> () ~$Http.put(\"/{key}\");"), "nothing says who may call it; add $Auth.public");
  const auto rule = [](const std::string& rules) {
    return method("put @0 () -> () $Http.put(\"/{key}\") " + rules + ";");
  };
  refused(rule("~$Auth.public $Auth.role(\"admin\")"), "what is public is for everybody");
  refused(rule("~$Auth.user $Auth.self"), "the other rule says nothing");
  refused(rule("~$Auth.role(\"\")"), "write one role, or several parted by single spaces");
  refused(rule("~$Auth.role(\"a  b\")"), "parted by single spaces");
  refused(rule("$Auth.user ~$Auth.scope(\"a \")"), "write one scope");
  refused(
      "interface A $Troupe.actor(placement = \"singleton\") {\n  put @0 () -> () $Http.put(\"/a\") ~$Auth.self;\n}\n",
      "a singleton is nobody's own");
}

TEST_CASE("what a verb, a body, a header or a query cannot hold is refused") {
  const std::string types = "struct Item { n @0 :Text; }\n";
  const auto get = [&](const std::string& parameters) {
    return types + method("get @0 (" + parameters + ") -> () $Troupe.readOnly $Http.get(\"/{key}\") $Auth.public;");
  };
  refused(method("get @0 () -> () ~$Http.get(\"/{key}\") $Auth.public;"),
          "is no $Troupe.readOnly, and a GET is repeated");
  refused(get("~item :Item"), "'item' is a struct, which a query cannot hold, and a GET has no body");
  refused(get("~items :List(Item)"), "which a query cannot hold");
  refused(get("~a :Text $Http.header(\"X Y\")"), "\"X Y\" is no name of a header");
  refused(get("~a :Text $Http.header(\"A\") $Http.query"), "from the query or from a header; remove one");
  refused(get("~a :List(Text) $Http.header(\"A\")"), "which a header cannot hold");
  refused(get("a :Text, ~b :Text $Http.name(\"a\")"), "two fields of the name \"a\"");
  refused(get("~a :Text $Http.name(\"\")"), "an empty text is no name of a field");
  const auto put = [&](const std::string& parameters, const std::string& results, const std::string& path,
                       const std::string& more) {
    return types + method("put @0 (" + parameters + ") -> (" + results + ") $Http.put(\"" + path + "\") $Auth.user " +
                          more + ";");
  };
  refused(put("a :Text", "", "/{key}", "~$Http.body(\"b\")"), "\"b\" is no field of the parameters. Did you mean 'a'?");
  refused(put("a :Text, ~b :Item", "", "/{key}", "$Http.body(\"a\")"), "'b' is a struct, which a query cannot hold");
  refused(put("~a :Text $Http.query", "", "/{key}/{a}", ""),
          "'a' stands in the path, and cannot come from elsewhere too");
  refused(types + method("~put @0 (a :Item) -> () $Http.put(\"/{key}/{a}\") $Auth.user;"), "which a path cannot hold");
  refused(put("", "~a :Item $Http.header(\"A\")", "/{key}", ""), "which a header cannot hold");
  for (const char* status : {"0", "199", "205", "206", "300", "404"})
    refused(put("", "", "/{key}", "~$Http.status(" + std::string(status) + ")"), "is none of a success");
  refused(put("", "n :Text", "/{key}", "~$Http.location(\"/a/{m}\")"), "{m} is neither the key nor a field");
  refused(put("", "n :Item", "/{key}", "~$Http.location(\"/a/{n}\")"), "which a path cannot hold");
  refused(method("get @0 () -> () $Troupe.readOnly $Http.get(\"/{key}\") $Auth.user ~$Http.body(\"a\");"),
          "a GET has no body");
}

TEST_CASE("bytes, keys and rates that no gateway could heed are refused") {
  const auto put = [](const std::string& parameters, const std::string& results, const std::string& more) {
    return method("put @0 (" + parameters + ") -> (" + results + ") $Http.put(\"/{key}\") $Auth.user " + more + ";");
  };
  for (const char* types : {"", "png", "image/", "/png", "image/*", "Image/png", "image/png,image/jpeg", "a/b  c/d"})
    refused(put("d :Data", "", "$Http.body(\"d\") ~$Http.bytes(\"" + std::string(types) + "\")"),
            "is no type of bytes");
  refused(put("d :Data", "", "$Http.body(\"d\") ~$Http.bytes(\"a/b c/d a/b\")"), "\"a/b\" stands there twice");
  refused(put("d :Text", "", "$Http.body(\"d\") ~$Http.bytes(\"a/b\")"), "nothing here is bytes");
  refused(put("d :Data", "e :Data, f :Text", "~$Http.bytes(\"a/b\")"), "nothing here is bytes");
  refused(put("", "e :Data", "~$Http.bytes(\"a/b c/d\")"), "which of these types an answer has is not told");
  refused(put("", "e :Data", "$Http.status(204) ~$Http.bytes(\"a/b\")"), "a 204 has no body");
  refused(put("", "~t :Text $Http.header(\"content-Type\")", ""), "the answer is JSON, and its Content-Type says so");
  refused(method("get @0 () -> () $Troupe.readOnly $Http.get(\"/{key}\") $Auth.user ~$Http.idempotencyKey;"),
          "needs no Idempotency-Key");
  for (const char* rate : {"perMinute = 0", "burst = 5", "perMinute = 1000001"})
    refused(put("", "", "~$Http.limit(" + std::string(rate) + ")"), "perMinute is ");
  refused("interface A $Troupe.actor() ~$Http.limit(perMinute = 1, burst = 1000001) {}\n", "burst is 1000001");
}

TEST_CASE("versions and dates of routes that cannot be are refused, and what is said of no route") {
  refused("interface A $Troupe.actor() ~$Http.version(\"a/b\") {}\n", "is no segment of a path");
  const auto dated = [](const std::string& since, const std::string& sunset) {
    return method("put @0 () -> () $Http.put(\"/{key}\") $Auth.user $Http.deprecated(" + since + ", " + sunset + ");");
  };
  for (const char* date : {"", "yesterday", "2026-13-01", "2026-02-29", "1969-01-01", "2026-1-1", "2026-04-31"})
    refused(dated("~since = \"" + std::string(date) + "\"", "sunset = \"2030-01-01\""), "is no date; write one as");
  refused(dated("since = \"2026-01-01\"", "~sunset = \"soon\""), "is no date");
  refused(dated("since = \"2026-02-01\"", "~sunset = \"2026-01-01\""), "it ends before it is deprecated");
  refused(method("get @0 () -> () ~$Http.status(201);"), "'status' is said of a route, and 'A.get' has none");
  for (const char* option : {"$Http.get(\"/\")", "$Http.own", "$Auth.public", "$Auth.role(\"a\")"})
    refused(fmt::format("interface A {{ get @0 () -> () ~{}; }}\n", option),
            "'A' is not a service; add $Troupe.actor(");
  refused("interface A ~$Auth.user {}\n", "'A' is not a service");
}

TEST_CASE("what cannot travel or be stored is refused with the way to it") {
  const std::string types = "interface Plain {}\nstruct Item { back @0 :List(Plain); }\nstruct Box(T) { t @0 :T; }\n";
  refused(types + method("get @0 (~who :Plain) -> ();"), "the parameters of 'get' hold an interface in 'who'");
  refused(types + method("get @0 (item :Text) -> (~item :Item);"),
          "the results of 'get' hold an interface in 'item.back'");
  refused(types + method("get @0 (~box :Box(Plain)) -> ();"), "hold an interface in 'box'");
  refused(types + method("get @0 (~any :Capability) -> ();"), "hold an interface in 'any'");
  refused(types + method("~get @0 Item -> ();"), "hold an interface in 'back'");
  refused(types + "interface A $Troupe.actor(state = \"S\") {}\nstruct S { n @1 :Text; ~item @0 :Item; }\n",
          "state 'S' holds an interface in 'item.back', and those cannot be stored");
}

TEST_CASE("names that the generated code needs for itself are refused") {
  for (const char* name : {"state", "edit", "service", "dispatch", "key", "ref", "spawn", "after", "every", "blocking",
                           "timeout", "text", "table", "link", "unlink", "monitor", "now", "cancelled"})
    refused(method(fmt::format("~{} @0 () -> ();", name)), fmt::format("Troupe's own classes use the name '{}'", name));
  refused("using Cxx = import \"/capnp/c++.capnp\";\n" + method("~wake @0 () -> () $Cxx.name(\"remind_in\");"),
          "use the name 'remind_in'");
  refused(method("~durably @0 () -> ();"), "use the name 'send_durably'");
  refused("interface A $Troupe.actor() {}\nstruct ~AActor {}\n", "'AActor' is the name of the class generated for");
}

TEST_CASE("places count comments, strings and nesting right") {
  refused(
      "# interface Stock { get @0 () -> () $Troupe.timeout(0); }\n"
      "const greeting :Text = \"interface Stock { \\\" # get @0\";\n"
      "struct Outer {\n  union { a @0 :Void; b @1 :Void; }\n  g :group { c @2 :Text; }\n"
      "  interface Stock $Troupe.actor() { get @0 () -> (); set @1 (a :Text = \"x;{\") -> ()\n"
      "      ~$Troupe.timeout(0); }\n}\n",
      "the timeout of 'set' is 0");
}

TEST_CASE("all mistakes of a schema are shown in one run") {
  const CompilerRun run(
      {{"bad.capnp", std::string(kHead) +
                         "interface A $Troupe.actor(state = \"Gone\") {\n"
                         "  a @0 () -> () $Troupe.timeout(0);\n  b @1 () -> () $Auth.role(\"\");\n}\n"}},
      {"bad.capnp"});

  for (const char* place : {"in/bad.capnp:3:27: error", "in/bad.capnp:4:17: error", "in/bad.capnp:5:17: error"})
    CHECK(run.said().find(place) != std::string::npos);
}

TEST_CASE("a wrong file among good ones leaves nothing written") {
  const CompilerRun run({{"good.capnp", std::string(kHead) + "interface A $Troupe.actor() {}\n"},
                         {"bad.capnp",
                          "@0xd4d4b4e5a1b2c3d6;\nusing Troupe = import \"/troupe/service.capnp\";\n"
                          "interface B $Troupe.actor(state = \"Gone\") {}\n"}},
                        {"good.capnp", "bad.capnp"});

  CHECK_FALSE(run.succeeded());
  CHECK(run.written().empty());
}

TEST_CASE("a schema without services writes its two files all the same, below its folder") {
  const CompilerRun run({{"deep/plain.capnp", std::string(kHead) + "interface A { get @0 (b :A) -> stream; }\n"}},
                        {"deep/plain.capnp"});

  INFO(run.said());
  CHECK(run.succeeded());
  CHECK(run.written() == std::vector<std::string>{"deep/plain.capnp.troupe.c++", "deep/plain.capnp.troupe.h"});
}

TEST_CASE("an output that cannot be replaced is named, and nothing half-written stays") {
  CompilerRun run({{"a.capnp", std::string(kHead) + "interface A $Troupe.actor() {}\n"}}, {"a.capnp"});
  REQUIRE(run.succeeded());
  std::filesystem::remove(run.folder() / "out/a.capnp.troupe.h");
  std::filesystem::create_directory(run.folder() / "out/a.capnp.troupe.h");

  run.again();

  INFO(run.said());
  CHECK_FALSE(run.succeeded());
  CHECK(run.said().find("cannot replace a.capnp.troupe.h in ") != std::string::npos);
  CHECK(run.written() == std::vector<std::string>{"a.capnp.troupe.c++"});
}

TEST_CASE("a source that cannot be found again costs the line and keeps the error") {
  const CompilerRun bad({{"bad.capnp", kHead + method("get @0 () -> () $Troupe.timeout(0);")}}, {"bad.capnp"});

  const auto piped = run(fmt::format("cd '{}' && '{}' compile -o- --src-prefix=in '-I{}' in/bad.capnp | '{}'",
                                     bad.folder().string(), CAPNP_TOOL, TROUPE_SCHEMAS, CAPNPC_TROUPE));

  CHECK(piped.status == 1);
  CHECK(piped.text.starts_with("bad.capnp: error: the timeout of 'get' is 0"));
}

TEST_CASE("by hand it explains itself and refuses what it does not know") {
  const std::string plugin = CAPNPC_TROUPE;

  const auto help = run("'" + plugin + "' --help");
  const auto version = run("'" + plugin + "' --version");
  const auto unknown = run("'" + plugin + "' --frobnicate");
  const auto garbage = run("echo not a request | '" + plugin + "'");
  const auto nothing = run("'" + plugin + "' < /dev/null");

  CHECK(help.status == 0);
  CHECK(help.text.find("capnp compile -oc++:OUT") != std::string::npos);
  CHECK(version.status == 0);
  CHECK(version.text.starts_with("capnpc-troupe "));
  CHECK(unknown.status == 2);
  CHECK(unknown.text.find("unknown argument '--frobnicate'") != std::string::npos);
  CHECK(garbage.status == 1);
  CHECK(garbage.text.find("not a request of the Cap'n Proto compiler") != std::string::npos);
  CHECK(nothing.status == 1);
}
