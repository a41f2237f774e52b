// The shop over HTTP as a person starts it: `shop up`, and `shop load` on it, while nodes are killed.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <sys/stat.h>
#include <troupe/testing.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "config/shop_config.h"
#include "load/latencies.h"
#include "load/load.h"
#include "nodes/exit_codes.h"
#include "nodes/free_port.h"
#include "scenario/refused.h"
#include "support/child_process.h"
#include "support/command_line.h"
#include "support/scratch_directory.h"

namespace {

namespace code = demo::exit_code;
namespace fs = std::filesystem;
using demo::Latencies;
using demo::testing::refused;
using nlohmann::json;
using troupe::testing::ChildProcess;
using troupe::testing::command;
using troupe::testing::ScratchDirectory;
using namespace std::chrono_literals;

// Where a `shop up` says that one may open it.
std::vector<std::string> open_at(const std::string& said) {
  std::set<std::string> found;
  const std::regex line("shop: open (http://[0-9.:]+)");
  for (auto at = std::sregex_iterator(said.begin(), said.end(), line); at != std::sregex_iterator(); ++at)
    found.insert((*at)[1]);
  return {found.begin(), found.end()};
}

pid_t last_pid(const std::string& said, const std::string& node) {
  pid_t pid = 0;
  const std::regex line(node + ": started as process ([0-9]+)");
  for (auto at = std::sregex_iterator(said.begin(), said.end(), line); at != std::sregex_iterator(); ++at)
    pid = std::stoi((*at)[1]);
  return pid;
}

// A shop of real processes on free ports, with its goods and its admin.
struct OpenShop {
  explicit OpenShop(const std::string& nodes, std::uint16_t port = 0)
      : up({SHOP_BINARY, "up", "--nodes", nodes, "--port", std::to_string(port), "--data", dir.path()}) {
    const bool is_up = up.says("audit the books", 60s);
    INFO(up.said());
    REQUIRE(is_up);
    urls = open_at(up.said());
  }
  ~OpenShop() {
    up.send_signal(SIGINT);
    (void)up.finish(30s);
  }
  // A request by curl; the body.
  json get(const std::string& path, const std::string& more = {}) {
    const auto told = command(fmt::format("curl -s -S --max-time 20 {} '{}{}'", more, urls.at(0), path));
    INFO(path << "\n" << told.out);
    CHECK(told.code == 0);
    return told.parsed();
  }
  std::vector<std::string> load(std::vector<std::string> more) {
    std::vector<std::string> line = {SHOP_BINARY, "load", "--config", dir / "shop.toml"};
    for (const auto& url : urls) line.insert(line.end(), {"--url", url});
    line.insert(line.end(), more.begin(), more.end());
    return line;
  }

  ScratchDirectory dir;
  ChildProcess up;
  std::vector<std::string> urls;
};

TEST_CASE("a shop that opens has goods, an admin whose password nobody else reads, and pages, on each of its nodes") {
  OpenShop shop("2");

  REQUIRE(shop.urls.size() == 2);
  CHECK(shop.get("/products?limit=3")["total"] == 24);
  CHECK(shop.get("/categories")["categories"].size() == 6);
  struct stat facts {};
  const auto file = shop.dir / "admin.password";
  REQUIRE(::stat(file.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  std::string password;
  std::getline(std::ifstream(file), password);
  const auto in = shop.get("/login", "-H 'Content-Type: application/json' -d '" +
                                         json{{"name", "admin"}, {"password", password}}.dump() + "'");
  const auto bearer = "-H 'Authorization: Bearer " + in.value("accessToken", "") + "'";
  CHECK(shop.get("/users", bearer)["users"][0]["name"] == "admin");
  CHECK(shop.get("/users")["status"] == 401);
  for (const auto& url : shop.urls)
    CHECK(command("curl -s -o /dev/null -w '%{http_code} %{content_type}' " + url + "/products/tea-green/pictures/1")
              .out == "200 image/png");
  CHECK(command("curl -s " + shop.urls[1] + "/").says("<html"));
  CHECK(command("curl -s -o /dev/null -w '%{http_code}' " + shop.urls[1] + "/docs").out == "200");

  // What the admin does is in the log, and nothing else.
  const std::string as_json = " -H 'Content-Type: application/json' ";
  shop.get("/payments/behaviour", bearer + as_json + "-X PUT -d '{\"delayMs\":1}'");
  const auto logged = [&] {
    const auto acts = shop.get("/audit", bearer)["acts"];
    return acts.size() == 1 && acts[0]["who"] == "admin" && acts[0]["method"] == "behave" && acts[0]["outcome"] == "ok";
  };
  CHECK(troupe::testing::eventually(logged, 20s));
}

TEST_CASE("a buyer hears of what becomes of their order while it happens, and of nobody else's") {
  OpenShop shop("2");
  const std::string as_json = " -H 'Content-Type: application/json' ";
  const auto come_in = [&](const std::string& name) {
    const auto who = json{{"name", name}, {"password", "correct horse"}, {"address", "1 Elm Street"}}.dump();
    CHECK(shop.get("/users", as_json + "-d '" + who + "'")["name"] == name);
    const auto known = json{{"name", name}, {"password", "correct horse"}}.dump();
    const auto in = shop.get("/login", as_json + "-d '" + known + "'");
    return "-H 'Authorization: Bearer " + in.value("accessToken", "") + "' ";
  };
  const auto anna = come_in("anna"), ben = come_in("ben");
  const auto order = [&](const std::string& name, const std::string& bearer, const std::string& key) {
    shop.get("/accounts/" + name + "/deposits", bearer + as_json + "-d '{\"reference\":\"one\",\"cents\":100000}'");
    command("curl -s " + bearer + as_json + "-X PUT -d '{\"quantity\":1}' " + shop.urls[0] + "/carts/" + name +
            "/items/tea-green");
    return shop.get("/orders", bearer + as_json + "-H 'Idempotency-Key: " + key + "' -d '{}'");
  };

  ChildProcess events({"/bin/sh", "-c", "exec curl -s -N --max-time 60 " + anna + shop.urls[1] + "/orders/events"});
  const auto bens = order("ben", ben, "b");
  const auto annas = order("anna", anna, "a");

  CHECK(bens["status"] == "confirmed");
  CHECK(annas["status"] == "confirmed");
  const bool heard = events.says(annas["order"].get<std::string>(), 20s);
  INFO(events.said());
  CHECK(heard);
  CHECK(events.said().find("event: OrderPlaced") != std::string::npos);
  CHECK(events.said().find(bens["order"].get<std::string>()) == std::string::npos);
  const auto other = shop.get("/orders/" + bens["order"].get<std::string>(), anna);
  CHECK(other["status"] == 404);
  CHECK(other["code"] == "no_such_order");
}

TEST_CASE("the page of the shop's routes and the routes that it has are the same") {
  OpenShop shop("1");
  std::set<std::string> written, offered;
  std::ifstream page(SHOP_API_PAGE);
  std::string line;
  while (std::getline(page, line)) {
    std::smatch route;
    if (std::regex_search(line, route, std::regex(R"(^\| (GET|POST|PUT|PATCH|DELETE) (/[a-z{}/]+) \|)")))
      written.insert(route.str(1) + " " + route.str(2));
  }
  const auto document = shop.get("/openapi.json");
  for (const auto& [path, verbs] : document["paths"].items())
    for (const auto& [verb, operation] : verbs.items()) {
      std::string name = verb;
      for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      if (name == "GET" || name == "POST" || name == "PUT" || name == "PATCH" || name == "DELETE")
        offered.insert(name + " " + path);
    }
  // Not of the schemas.
  written.erase("POST /login");

  const auto difference = [](const std::set<std::string>& these, const std::set<std::string>& those) {
    std::vector<std::string> more;
    std::set_difference(these.begin(), these.end(), those.begin(), those.end(), std::back_inserter(more));
    return fmt::format("{}", fmt::join(more, ", "));
  };
  CHECK(difference(written, offered) == "");
  CHECK(difference(offered, written) == "");
  CHECK(offered.size() > 40);
}

TEST_CASE("many shoppers find every answer as it should be, and the books agree") {
  OpenShop shop("2");
  ChildProcess load(shop.load({"--json", "--clients", "8", "--seconds", "3"}));

  const int ended = load.finish(90s);

  INFO(load.said());
  CHECK(ended == code::kGood);
  const auto told = json::parse(load.said());
  CHECK(told["failed"] == 0);
  CHECK(told["wrong"] == 0);
  CHECK(told["confirmed"] > 0);
  CHECK(told["cancelled"] > 0);
  CHECK(told["mismatches"].empty());
  CHECK(told["p99Ms"] >= told["p50Ms"]);
}

int from_environment(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text ? std::stoi(text) : otherwise;
}

// Ports that nodes keep when they are started anew, one behind the other.
std::uint16_t three_ports() {
  for (int attempt = 0; attempt < 100; ++attempt) {
    const auto port = demo::free_ports(1).at(0);
    if (demo::is_free("127.0.0.1", port + 1) && demo::is_free("127.0.0.1", port + 2)) return port;
  }
  FAIL("there are no three free ports in a row");
  return 0;
}

// A client that sends what got no answer again, under the same key, elsewhere if need be, sees none of it.
TEST_CASE("nodes are killed while shoppers order: no order that was told of is lost, none is charged twice") {
  OpenShop shop("3", three_ports());
  REQUIRE(shop.urls.size() == 3);
  const int kills = from_environment("SHOP_KILLS", SHOP_KILLS);
  // A supervisor gives a node up that dies more than five times a minute, and with it the shop.
  const int every = kills <= 5 ? 2 : 15;
  ChildProcess load(shop.load({"--clients", "12", "--seconds", std::to_string(3 + every * kills)}));
  for (int kill = 0; kill < kills; ++kill) {
    const auto node = fmt::format("shop-{}", kill % 3 + 1);
    const bool loaded = load.says(fmt::format(" {} s ", 1 + kill * every), 60s);
    INFO(load.said());
    REQUIRE(loaded);
    REQUIRE(::kill(last_pid(shop.up.said(), node), SIGKILL) == 0);
    REQUIRE(shop.up.says(node + ": ready after", 30s, 2 + static_cast<unsigned>(kill / 3)));
  }

  const int ended = load.finish(120s);

  const auto said = load.said();
  INFO(said);
  CHECK(ended == code::kGood);
  std::smatch counted;
  REQUIRE(std::regex_search(
      said, counted, std::regex("\n([0-9]+) asked again, 0 without an answer, 0 wrong answers; the books agree\n")));
  CHECK(std::stoul(counted[1]) > 0);
  REQUIRE(std::regex_search(said, counted, std::regex(" shoppers made ([0-9]+) orders: ([0-9]+) confirmed")));
  CHECK(std::stoul(counted[2]) > 0);
}

TEST_CASE("load says what is wrong with what it is given, and when nobody answers") {
  const auto load = [](const std::string& more) { return command(SHOP_BINARY " load " + more); };
  for (const char* url :
       {"https://127.0.0.1:1", "ftp://here", "http://", "http://here:0", "http://here:65536", "here"}) {
    const auto told = load(std::string("--url ") + url);
    CAPTURE(url);
    CHECK(told.code == code::kWrongUsage);
    CHECK(told.says(std::string("'") + url + "' is no address of a shop"));
  }
  for (const char* wrong :
       {"--clients 0", "--clients 901", "--seconds 0", "--seconds 86401", "--rate 1000001", "--patience 0"})
    CHECK(load(wrong).code == code::kWrongUsage);
  const auto port = demo::free_ports(1).at(0);
  const auto nobody = load(fmt::format("--url http://127.0.0.1:{}", port));
  CHECK(nobody.code == code::kNoStart);
  CHECK(nobody.says("the shop does not answer"));
}

TEST_CASE("a port of the pages that is in use is told before a process starts") {
  const ScratchDirectory dir;
  OpenShop other("1");
  const auto port = demo::read_url(other.urls.at(0)).port;

  const auto told = command(fmt::format("{} up --nodes 1 --port {} --data {}", SHOP_BINARY, port, dir.path().string()));

  CHECK(told.code == code::kNoStart);
  CHECK(told.says(fmt::format("port 127.0.0.1:{} of node shop-1 for HTTP is in use", port)));
}

TEST_CASE("quantiles of latencies are at most a sixteenth too high, and never too low") {
  Latencies all;
  CHECK(all.quantile(0.5) == 0us);
  for (int i = 1; i <= 100'000; ++i) all.add(std::chrono::microseconds(i));
  for (const double share : {0.0, 0.01, 0.5, 0.9, 0.99, 1.0}) {
    CAPTURE(share);
    const double exact = 1 + share * 99'999;
    const auto told = static_cast<double>(all.quantile(share).count());
    CHECK(told >= std::floor(exact));
    CHECK(told <= exact * 17 / 16 + 1);
  }
  Latencies extremes;
  extremes.add(std::chrono::microseconds(-1));
  extremes.add(std::chrono::microseconds::max());
  CHECK(extremes.count() == 2);
  CHECK(extremes.quantile(0) == 0us);
  extremes.add(all);
  CHECK(extremes.count() == 100'002);
}

TEST_CASE("nodes of one machine serve one port after the other") {
  const demo::WebConfig web{.port = 8080, .count_up = true};
  CHECK(web.port_of("shop-1") == 8080);
  CHECK(web.port_of("shop-3") == 8082);
  CHECK(web.port_of("shop") == 8080);
  CHECK(web.port_of("shop-x") == 8080);
  CHECK(web.port_of("shop-0") == 8080);
  CHECK(demo::WebConfig{.port = 8080}.port_of("shop-3") == 8080);
  CHECK(demo::WebConfig{.port = 0, .count_up = true}.port_of("shop-3") == 0);
  CHECK(refused([] { (void)demo::WebConfig{.port = 65'535, .count_up = true}.port_of("shop-2"); }) == "invalid");
  CHECK(demo::WebConfig{.address = "::1"}.address_of(1) == "http://[::1]:1");
  CHECK(demo::WebConfig{.address = "0.0.0.0", .certificate = "a", .key = "b"}.address_of(2) == "https://127.0.0.1:2");
}

TEST_CASE("a table [web] is read, kept, and refused with its line where it cannot be") {
  const auto read = [](const std::string& web) {
    return demo::parse_config("[web]\n" + web, "/shop/shop.toml").web.value();
  };
  const auto why = [&](const std::string& web) -> std::string {
    try {
      (void)read(web);
    } catch (const demo::ConfigError& error) {
      return error.what();
    }
    return "nothing";
  };
  CHECK_FALSE(demo::parse_config("", "shop.toml").web.has_value());
  CHECK(read("").port == 8080);
  CHECK(read("files = 'web'").files == "/shop/web");
  CHECK(why("port = 65536").find("shop.toml:2") != std::string::npos);
  CHECK(why("port = -1").find("port") != std::string::npos);
  CHECK(why("certificate = 'a'").find("'certificate' and 'key'") != std::string::npos);
  CHECK(why("key = 'a'").find("'certificate' and 'key'") != std::string::npos);
  for (const char* url : {"shop.example", "http://shop.example/", "ftp://x", "http://a b", "http://a?b"})
    CHECK(why(fmt::format("url = '{}'", url)).find("'url' is as") != std::string::npos);
  CHECK(why("prot = 1").find("unknown key 'prot'") != std::string::npos);

  const ScratchDirectory dir;
  auto config = demo::local_config(1, dir.path());
  config.web =
      demo::WebConfig{.address = "::", .port = 9, .count_up = true, .files = dir / "f", .url = "https://shop.example"};
  demo::write_config(config, dir / "shop.toml");
  const auto again = demo::load_config(dir / "shop.toml").web.value();
  CHECK(again.address == "::");
  CHECK(again.port == 9);
  CHECK(again.count_up);
  CHECK(again.files == dir / "f");
  CHECK(demo::web_urls(again) == std::vector<std::string>{"https://shop.example/"});
  CHECK(demo::web_urls(demo::WebConfig{}) ==
        std::vector<std::string>{"http://127.0.0.1:8080/", "http://localhost:8080/"});
}

}  // namespace
