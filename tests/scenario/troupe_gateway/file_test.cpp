// What `troupe gateway` says of its configuration and of schemas, before it starts anything.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "support/command_line.h"
#include "support/scratch_directory.h"

namespace {

using troupe::testing::Outcome;
using troupe::testing::ScratchDirectory;
using troupe::testing::tool;

constexpr const char* kSeat = R"(
[node]
cluster = "c"

[[node.members]]
name = "one"
port = 7501

[[node.members]]
name = "desk"
port = 7502
client = true
)";

constexpr const char* kSchema = R"(@0xb3c1a4b3d5f60717;
using Troupe = import "/troupe/service.capnp";
using Http = import "/troupe/http.capnp";
using Auth = import "/troupe/auth.capnp";

interface Lamp $Troupe.actor() $Http.key("id") {
  look @0 () -> (on :Bool) $Troupe.readOnly $Http.get("/lamps/{id}") $Auth.public;
  turn @1 (on :Bool) -> () $Http.put("/lamps/{id}") $Auth.self $Auth.role("admin") $Auth.scope("lamps");
}
interface Dark $Troupe.actor() {
  hide @0 () -> ();
}
)";

// A folder with a schema, and what checks a configuration there.
struct Folder {
  Folder() { write("lamp.capnp", kSchema); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(dir / name) << text; }
  [[nodiscard]] Outcome check(const std::string& gateway, const std::string& seat = kSeat,
                              const std::string& more = {}) const {
    write("gateway.toml", gateway + seat);
    return tool("gateway --check " + more + " '" + (dir / "gateway.toml").string() + "'");
  }
  ScratchDirectory dir;
};

constexpr const char* kGood = "[gateway]\nnode = \"desk\"\nschemas = [\"lamp.capnp\"]\n";

TEST_CASE("a gateway that is only checked prints its routes and who may call them, and starts nothing") {
  const Folder folder;

  const Outcome text = folder.check(kGood), json = folder.check(kGood, kSeat, "--json");

  INFO(text.out << json.out);
  CHECK(text.code == 0);
  CHECK(text.says("GET    /lamps/{id}  Lamp.look (everybody)\n"));
  CHECK(text.says("PUT    /lamps/{id}  Lamp.turn (its owner, role admin, scope lamps)\n"));
  CHECK(json.code == 0);
  CHECK(json.parsed()["node"] == "desk");
  REQUIRE(json.parsed()["routes"].size() == 2);
  CHECK(json.parsed()["routes"][0]["method"] == "Lamp.look");
}

TEST_CASE("what is wrong with a gateway's configuration is said with its file, its line and the key") {
  const Folder folder;
  struct Wrong {
    std::string gateway, seat, said;
  };
  const std::string good = kGood, seat = kSeat;
  const std::vector<Wrong> all = {
      {good + "colour = 1\n", seat, "gateway.toml:4: [gateway]: unknown key 'colour'"},
      {good + "[gateway.limits]\nbody = 1\n", seat, "gateway.toml:5: [gateway.limits]: unknown key 'body'"},
      {good + "[gateway.limits]\nheader_bytes = 1\n", seat, "gateway.toml:5: [gateway.limits]: 'header_bytes'"},
      {good + "[gateway.tokens]\naudience = \"a\"\n", seat, "[gateway.tokens]: no token counts"},
      {good + "[gateway.tokens]\nissuer = \"a\"\n", seat, "[gateway.tokens]: key 'audience' is missing"},
      {good + "[[gateway.tokens.issuers]]\nname = \"i\"\nurl = \"https://i/\"\n[gateway.tokens]\naudience = \"a\"\n",
       seat, "'called' is missing"},
      {good + "[gateway.cors]\norigins = [\"*\"]\ncredentials = true\n", seat, "credentials"},
      {good + "[gateway.rates]\ncaller_burst = 3\n", seat, "'caller_burst' is of 'caller_per_minute'"},
      {good + "[gateway.log]\nlevel = \"loud\"\n", seat, "'level' is one of debug, info, warn, error, not 'loud'"},
      {good + "port = 65536\n", seat, "gateway.toml:4: [gateway]: 'port'"},
      {good + "address = \"localhost\"\n", seat, "gateway.toml:4: [gateway]: 'address' is an IP address"},
      {good + "schemas = [\"lamp.capnp\"]\n", seat, "gateway.toml:4: "},
      {good + "services = [\"Lamp\", \"Lamp\"]\n", seat, "service Lamp is offered twice"},
      {good + "threads = 0\n", seat, "gateway.toml:4: [gateway]: 'threads'"},
      {good + "drain_ms = -1\n", seat, "gateway.toml:4: [gateway]: 'drain_ms'"},
      {good + "keys_kept_ms = 604800001\n", seat, "keys_kept"},
      {good + "certificate = \"a.pem\"\n", seat, "TLS wants 'certificate' and 'key', or neither"},
      {good + "certificate = \"a.pem\"\nkey = \"a.key\"\n", seat, "a.pem"},
      {good + "files = \"nowhere\"\n", seat, "nowhere"},
      {good + "services = [\"Torch\"]\n", seat, "names 'Torch', which has no route in the schemas; these have: Lamp"},
      {"[gateway]\nnode = \"desk\"\n", seat, "[gateway]: key 'schemas' is missing"},
      {"[gateway]\nnode = \"desk\"\nschemas = [\"torch.capnp\"]\n", seat, "there is no schema"},
      {"[gateway]\nnode = \"one\"\nschemas = [\"lamp.capnp\"]\n", seat, "node 'one' is no client of its cluster"},
      {good, "", "its seat in the cluster is missing"},
      {good + "cluster = \"other.toml\"\n", seat, "and there is a [node] here too"},
      {good + "[elsewhere]\n", seat, "unknown key 'elsewhere'"},
      {"", seat, "table [gateway] is missing"},
      {"[gateway\n", seat, "gateway.toml:1: "},
  };
  for (const auto& wrong : all) {
    const Outcome told = folder.check(wrong.gateway, wrong.seat);
    INFO(wrong.gateway << "\n" << told.out << "\nwanted: " << wrong.said);
    CHECK(told.code == 2);
    CHECK(told.says(wrong.said));
  }
  const Outcome absent = tool("gateway nowhere.toml --json");
  CHECK(absent.code == 2);
  CHECK(absent.parsed()["error"]["kind"] == "not_found");
}

TEST_CASE("a schema that is named twice, itself and by its folder, is read once") {
  const Folder folder;

  const Outcome told = folder.check("[gateway]\nnode = \"desk\"\nschemas = [\"lamp.capnp\", \".\"]\n", kSeat, "--json");

  INFO(told.out);
  CHECK(told.code == 0);
  CHECK(told.parsed()["routes"].size() == 2);
}

TEST_CASE("a gateway takes its seat from the file that all members of a cluster read") {
  const Folder folder;
  folder.write("cluster.toml", kSeat);

  const Outcome told = folder.check(std::string(kGood) + "cluster = \"cluster.toml\"\n", "", "--json");

  INFO(told.out);
  CHECK(told.code == 0);
  CHECK(told.parsed()["node"] == "desk");
}

TEST_CASE("a schema that would not build is refused with the words of the build") {
  const Folder folder;
  const std::string schema = kSchema;
  const auto with = [&](const std::string& from, const std::string& to) {
    auto changed = schema;
    changed.replace(changed.find(from), from.size(), to);
    folder.write("lamp.capnp", changed);
    return folder.check(kGood);
  };

  const Outcome no_rule = with(" $Auth.public", "");
  const Outcome collides = with("$Http.put(\"/lamps/{id}\")", "$Http.get(\"/lamps/{id}\") $Troupe.readOnly");
  const Outcome no_key = with("/lamps/{id}\") $Auth.self", "/lamps\") $Auth.self");
  const Outcome no_schema = with("interface Lamp", "interface");

  INFO(no_rule.out << collides.out << no_key.out << no_schema.out);
  CHECK(no_rule.code == 2);
  CHECK(no_rule.says("lamp.capnp:7:"));
  CHECK(no_rule.says("error: method 'look' has a route and nothing says who may call it"));
  CHECK(collides.says("is already taken at "));
  CHECK(no_key.says("has no {id}, so nobody knows which actor is called"));
  CHECK(no_schema.code == 2);
  CHECK(no_schema.says("`capnp compile` refuses the schemas"));
}

TEST_CASE("a path that is the gateway's own, and schemas without routes, are refused") {
  const Folder folder;
  std::string own = kSchema;
  own.replace(own.find("/lamps/{id}"), 11, "/healthz");
  own.replace(own.find("$Troupe.actor() $Http.key(\"id\")"), 31, "$Troupe.actor(placement = \"pool\")");
  own.erase(own.find("  turn"), own.find("\n}\ninterface") - own.find("  turn"));
  folder.write("lamp.capnp", own);
  const Outcome taken = folder.check(kGood);
  folder.write("lamp.capnp",
               std::string(kSchema).substr(0, std::string_view(kSchema).find('\n') + 1) + "struct Empty {}\n");

  const Outcome empty = folder.check(kGood);

  INFO(taken.out << empty.out);
  CHECK(taken.code == 2);
  CHECK(taken.says("GET /healthz is the gateway's own"));
  CHECK(empty.code == 2);
  CHECK(empty.says("no service of the schemas has a route"));
}

TEST_CASE("the example of a gateway's configuration is a good one") {
  const Outcome told = tool("gateway --check '" GATEWAY_EXAMPLE "'");

  INFO(told.out);
  CHECK(told.code == 0);
  CHECK(told.says("GET    /products"));
}

}  // namespace
