// `troupe gateway` as a process before a shop of two, by HTTP and HTTPS.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <string_view>

#include "support/child_process.h"
#include "support/command_line.h"
#include "support/scratch_directory.h"

namespace {

using nlohmann::json;
using troupe::testing::ChildProcess;
using troupe::testing::command;
using troupe::testing::ScratchDirectory;
using namespace std::chrono_literals;

std::string first_match(const std::string& text, const std::string& pattern) {
  std::smatch found;
  return std::regex_search(text, found, std::regex(pattern)) ? found[1].str() : std::string();
}

// One status and one body of JSON.
struct Answer {
  int status = 0;
  json body;
};
Answer ask(const std::string& url, const std::string& more = {}) {
  const auto told = command("curl -sS --max-time 30 -w '\n%{http_code}' " + more + " '" + url + "'");
  INFO(url << "\n" << told.out);
  CHECK(told.code == 0);
  const auto end = told.out.rfind('\n');
  return {std::atoi(told.out.substr(end + 1).c_str()), json::parse(told.out.substr(0, end), nullptr, false)};
}

// A shop of two nodes, with its goods and its admin; its own gateway gives tokens.
struct Shop {
  Shop() : up({SHOP_BINARY, "up", "--nodes", "2", "--port", "0", "--data", dir.path()}) {
    const bool is_up = up.says("audit the books", 60s);
    INFO(up.said());
    REQUIRE(is_up);
    url = first_match(up.said(), "shop: open (http://[0-9.:]+)");
    std::getline(std::ifstream(dir / "admin.password"), admin_password);
  }
  ~Shop() {
    up.send_signal(SIGINT);
    (void)up.finish(30s);
  }
  // An option for curl.
  [[nodiscard]] std::string token(const std::string& name, const std::string& password) const {
    const auto in = ask(url + "/login", body({{"name", name}, {"password", password}}));
    return "-H 'Authorization: Bearer " + in.body.value("accessToken", std::string()) + "' ";
  }
  [[nodiscard]] static std::string body(const json& fields) {
    return "-H 'Content-Type: application/json' -d '" + fields.dump() + "' ";
  }

  ScratchDirectory dir;
  ChildProcess up;
  std::string url;
  std::string admin_password;
};

// One for all tests: each makes people of its own.
const Shop& the_shop() {
  static const Shop shop;
  return shop;
}

std::string new_name() {
  static int made = 0;
  return "gate-" + std::to_string(++made);
}

// Where a gateway that has said so takes requests: of the whole line.
std::string url_in(ChildProcess& process) {
  constexpr const char* kLine = "takes requests at (https?://[0-9.:]+)[\\s\"]";
  while (first_match(process.said(), kLine).empty()) REQUIRE(process.read_some(5s));
  return first_match(process.said(), kLine);
}

// `troupe gateway` with these lines in its table [gateway].
struct Gateway {
  explicit Gateway(const std::string& lines = {}, const std::string& tokens = "issuer = \"urn:troupe:demo-shop\"")
      : name(new_name()) {
    write(lines, tokens);
    process = std::make_unique<ChildProcess>(
        std::vector<std::string>{TROUPE_TOOL, "gateway", (dir / "gateway.toml").string()});
    const bool starts = process->says(name + " takes requests at ", 60s);
    INFO(process->said());
    REQUIRE(starts);
    url = url_in(*process);
  }
  void write(const std::string& lines, const std::string& tokens) const {
    const std::string shop = the_shop().dir.path();
    std::ofstream(dir / "gateway.toml") << fmt::format(R"(
[gateway]
schemas = ["{}"]
import_paths = ["{}"]
port = 0
keys_kept_ms = 3600000
{}
[gateway.tokens]
audience = "shop"
{}
[node]
name = "{}"
cluster = "shop"
link_secret = "{}/link.secret"
[node.join]
kind = "file"
directory = "{}/coordinator"
client = true
)",
                                                       SHOP_SCHEMAS, TROUPE_ACTORS, lines, tokens, name, shop, shop);
  }
  std::string name;
  ScratchDirectory dir;
  std::unique_ptr<ChildProcess> process;
  std::string url;
};

TEST_CASE("a gateway that knows a shop by its schemas alone serves its routes, its rules and its tokens") {
  const Shop& shop = the_shop();
  Gateway gateway;
  const auto ask_for = [&](const std::string& path, const std::string& more = {}) {
    return ask(gateway.url + path, more);
  };
  const auto body = [](const json& fields) { return Shop::body(fields); };

  CHECK(command("curl -s --retry 30 --retry-delay 1 --retry-all-errors -f '" + gateway.url + "/readyz'").out ==
        "ready\n");
  CHECK(command("curl -s '" + gateway.url + "/healthz'").out == "ok\n");
  const auto products = ask_for("/products?limit=3");
  CHECK(products.status == 200);
  CHECK(products.body["total"] == 24);
  CHECK(ask_for("/products?limit=many").status == 400);
  CHECK(ask_for("/nowhere").status == 404);
  CHECK(ask_for("/openapi.json").body["paths"].contains("/orders"));
  // Rules: nobody, somebody else, the owner, a role.
  CHECK(ask_for("/users").status == 401);
  CHECK(ask_for("/users", "-H 'Authorization: Bearer a.b.c'").status == 401);
  CHECK(
      ask_for("/users", body({{"name", "anna"}, {"password", "correct horse"}, {"address", "1 Elm Street"}})).status ==
      201);
  const auto anna = shop.token("anna", "correct horse"), admin = shop.token("admin", shop.admin_password);
  CHECK(ask_for("/users", anna).status == 403);
  CHECK(ask_for("/users", admin).status == 200);
  CHECK(ask_for("/carts/ben", anna).status == 403);
  // A purchase, and the same request again under its key.
  CHECK(ask_for("/accounts/anna/deposits", anna + body({{"reference", "one"}, {"cents", 100000}})).status / 100 == 2);
  CHECK(ask_for("/carts/anna/items/tea-green", "-X PUT " + anna + body({{"quantity", 1}})).status / 100 == 2);
  const auto order = ask_for("/orders", anna + body(json::object()) + "-H 'Idempotency-Key: one'");
  CHECK(order.body["status"] == "confirmed");
  CHECK(ask_for("/orders", anna + body(json::object()) + "-H 'Idempotency-Key: one'").body == order.body);
  CHECK(ask_for("/orders", anna).body["orders"].size() == 1);
  // What it writes down.
  CHECK(gateway.process->says("access: 127.0.0.1 GET /products 200 ", 10s));
  CHECK(gateway.process->says("access: 127.0.0.1 GET /products 400 ", 10s));
  CHECK(gateway.process->says("access: 127.0.0.1 GET /users 401 ", 10s));
  CHECK(gateway.process->said().find("limit=") == std::string::npos);

  gateway.process->send_signal(SIGTERM);

  CHECK(gateway.process->finish(30s) == 0);
}

TEST_CASE("a gateway serves files, pages of other origins, and no more than its limits, as its file says") {
  const ScratchDirectory files;
  std::ofstream(files / "hello.txt") << "hello";
  const Gateway gateway(fmt::format(R"(files = "{}"
services = ["Catalogue", "Product"]
[gateway.api]
title = "Goods"
[gateway.cors]
origins = ["https://pages.example"]
[gateway.limits]
body_bytes = 100
[gateway.rates]
address_per_minute = 1000
[gateway.log]
json = true)",
                                    files.path().string()));

  CHECK(command("curl -s '" + gateway.url + "/hello.txt'").out == "hello");
  CHECK(command("curl -si -H 'Origin: https://pages.example' '" + gateway.url + "/products'")
            .says("Access-Control-Allow-Origin: https://pages.example"));
  CHECK_FALSE(command("curl -si -H 'Origin: https://others.example' '" + gateway.url + "/products'")
                  .says("Access-Control-Allow-Origin"));
  const auto document = ask(gateway.url + "/openapi.json");
  CHECK(document.body["info"]["title"] == "Goods");
  CHECK(document.body["paths"].contains("/products"));
  CHECK_FALSE(document.body["paths"].contains("/orders"));
  CHECK(ask(gateway.url + "/orders").status == 404);
  CHECK(ask(gateway.url + "/products/x", "-X PATCH " + Shop::body({{"name", std::string(200, 'x')}})).status == 413);
  CHECK(gateway.process->says(
      R"("room":"access","address":"127.0.0.1","method":"GET","path":"/hello.txt","status":200)", 10s));
}

TEST_CASE("tokens of an issuer elsewhere are checked by the keys it publishes, and its people are nobody of here") {
  const Shop& shop = the_shop();
  const json dora_comes = {{"name", "dora"}, {"password", "correct horse"}, {"address", "x"}};
  REQUIRE(ask(shop.url + "/users", Shop::body(dora_comes)).status == 201);
  const auto dora = shop.token("dora", "correct horse"), admin = shop.token("admin", shop.admin_password);

  const Gateway gateway("[gateway.log]\naccess = false",
                        fmt::format("[[gateway.tokens.issuers]]\nname = \"urn:troupe:demo-shop\"\n"
                                    "url = \"{}/.well-known/jwks.json\"\ncalled = \"there/\"\nroles = true\n",
                                    shop.url));

  CHECK(ask(gateway.url + "/users", admin).status == 200);  // by the role
  CHECK(ask(gateway.url + "/users", dora).status == 403);
  CHECK(ask(gateway.url + "/carts/dora", dora).status == 403);
  CHECK(ask(gateway.url + "/carts/there%2Fdora", dora).status == 200);
  gateway.process->send_signal(SIGTERM);
  CHECK(gateway.process->finish(30s) == 0);
  CHECK(gateway.process->said().find("access:") == std::string::npos);
}

TEST_CASE("`troupe up` runs a gateway as one process of a cluster") {
  Gateway gateway;  // whose file this takes, under another name
  auto file = command("cat '" + (gateway.dir / "gateway.toml").string() + "'").out;
  file.replace(file.find("name = \"" + gateway.name), 8 + gateway.name.size(), "name = \"" + new_name());
  std::ofstream(gateway.dir / "second.toml") << file;
  std::ofstream(gateway.dir / "up.toml") << fmt::format(R"(
name = "edge"
log_dir = "logs"
[supervision]
strategy = "one_for_one"
[[supervision.children]]
id = "gate"
process = ["{}", "gateway", "second.toml"]
ready = "takes requests at"
)",
                                                        TROUPE_TOOL);

  ChildProcess up({TROUPE_TOOL, "up", (gateway.dir / "up.toml").string()});

  const bool is_ready = up.says("gate: ready after", 60s);
  INFO(up.said());
  REQUIRE(is_ready);
  CHECK(ask(url_in(up) + "/categories").status == 200);
  up.send_signal(SIGTERM);
  CHECK(up.finish(30s) == 0);
  CHECK(up.said().find("gateway: stopped") != std::string::npos);
}

TEST_CASE("a gateway shows a renewed certificate once it is sent SIGHUP, and keeps it if the next is broken") {
  ScratchDirectory tls;
  const auto renew = [&](const std::string& name) {
    const auto made = command(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + name +
        " -addext subjectAltName=IP:127.0.0.1 -keyout '" + (tls / "gate.key").string() + "' -out '" +
        (tls / "gate.pem").string() + "' && cp '" + (tls / "gate.pem").string() + "' '" + (tls / name).string() + "'");
    INFO(made.out);
    REQUIRE(made.code == 0);
  };
  renew("first");
  Gateway gateway(fmt::format("look_every_ms = 3600000\ncertificate = \"{0}/gate.pem\"\nkey = \"{0}/gate.key\"\n",
                              tls.path().string()));
  const auto trusts = [&](const std::string& name) {
    return command("curl -s -o /dev/null -w '%{http_code}' --cacert '" + (tls / name).string() + "' " + gateway.url +
                   "/healthz")
               .out == "200";
  };
  CHECK(gateway.url.starts_with("https://"));
  CHECK(trusts("first"));

  renew("second");
  CHECK(trusts("first"));  // nobody has looked yet
  gateway.process->send_signal(SIGHUP);
  CHECK(gateway.process->says("SIGHUP: new connections show the certificate of ", 20s));
  CHECK(trusts("second"));
  CHECK_FALSE(trusts("first"));

  std::ofstream(tls / "gate.pem") << "no certificate";
  gateway.process->send_signal(SIGHUP);
  CHECK(gateway.process->says("SIGHUP: the certificate in use stays: ", 20s));
  CHECK(trusts("second"));
}

TEST_CASE("a gateway that is told to stop answers what it has begun, within its time, and nobody after") {
  const Shop& shop = the_shop();
  Gateway gateway;
  const auto admin = shop.token("admin", shop.admin_password);
  REQUIRE(ask(gateway.url + "/users", Shop::body({{"name", "carla"}, {"password", "correct horse"}, {"address", "x"}}))
              .status == 201);
  const auto carla = shop.token("carla", "correct horse");
  REQUIRE(ask(gateway.url + "/accounts/carla/deposits", carla + Shop::body({{"reference", "one"}, {"cents", 100000}}))
                  .status /
              100 ==
          2);
  REQUIRE(ask(gateway.url + "/carts/carla/items/tea-green", "-X PUT " + carla + Shop::body({{"quantity", 1}})).status /
              100 ==
          2);
  // A charge that takes so long that the gateway is told meanwhile.
  REQUIRE(ask(gateway.url + "/payments/behaviour", "-X PUT " + admin + Shop::body({{"delayMs", 1500}})).status / 100 ==
          2);

  ChildProcess slow({"/bin/sh", "-c",
                     "exec curl -sS -v --max-time 30 -H 'Expect: 100-continue' -H 'Idempotency-Key: one' " + carla +
                         Shop::body(json::object()) + gateway.url + "/orders"});
  REQUIRE(slow.says("100 Continue", 20s));  // it is begun
  gateway.process->send_signal(SIGTERM);
  REQUIRE(gateway.process->says("draining", 20s));

  CHECK(command("curl -s -o /dev/null " + gateway.url + "/healthz").code == 7);  // nobody listens
  CHECK(slow.finish(30s) == 0);
  INFO(slow.said());
  CHECK(slow.said().find("\"confirmed\"") != std::string::npos);
  CHECK(gateway.process->finish(30s) == 0);
  CHECK(gateway.process->said().find("had no answer") == std::string::npos);
  (void)ask(shop.url + "/payments/behaviour", "-X PUT " + admin + Shop::body({{"delayMs", 0}}));
}

TEST_CASE("what does not end within the time of a drain is cut, and said") {
  Gateway gateway("drain_ms = 200\n");
  const auto port = gateway.url.substr(gateway.url.rfind(':') + 1);
  // It never sends the body that it announces.
  ChildProcess stuck({"/bin/bash", "-c",
                      "exec 3<>/dev/tcp/127.0.0.1/" + port +
                          R"(; printf 'PUT /carts/x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n)"
                          R"(Content-Length: 5\r\n\r\n' >&3; cat <&3)"});
  REQUIRE(stuck.says("100 Continue", 20s));

  gateway.process->send_signal(SIGTERM);

  CHECK(gateway.process->finish(20s) == 0);  // a body has 30 s
  CHECK(gateway.process->said().find("some requests had no answer when 'drain_ms' was over") != std::string::npos);
}

TEST_CASE("a gateway whose port is taken ends, and says so") {
  Gateway gateway;
  const auto port = gateway.url.substr(gateway.url.rfind(':') + 1);
  auto file = command("cat '" + (gateway.dir / "gateway.toml").string() + "'").out;
  file.replace(file.find("port = 0"), 8, "port = " + port);
  file.replace(file.find("name = \"" + gateway.name), 6 + 2 + gateway.name.size(), "name = \"" + new_name());
  std::ofstream(gateway.dir / "second.toml") << file;

  const auto second = troupe::testing::tool("gateway '" + (gateway.dir / "second.toml").string() + "'");

  INFO(second.out);
  CHECK(second.code == 3);
  CHECK(second.says("cannot have the address 127.0.0.1:" + port));
}

}  // namespace
