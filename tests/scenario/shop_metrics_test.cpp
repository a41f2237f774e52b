// The metrics of a shop of three nodes: a real Prometheus scrapes them, its own checker finds nothing wrong with them,
// the page lists them all, and dashboards and alerts ask for no other.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <troupe/testing.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <set>
#include <string>

#include "orders.capnp.troupe.h"
#include "scenario/opening.h"
#include "scenario/shop_cluster.h"
#include "story/shopper.h"
#include "support/child_process.h"
#include "support/scratch_directory.h"

namespace {

using demo::Patience;
using demo::Shopper;
using nlohmann::json;
using troupe::testing::ChildProcess;
using Names = std::set<std::string>;
using namespace std::chrono_literals;

constexpr unsigned kNodes = 3;

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The whole answer to GET; empty: nobody answers.
std::string get(std::uint16_t port, const std::string& target, const std::string& headers = "") {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    const std::string request = "GET " + target + " HTTP/1.0\r\nHost: shop\r\n" + headers + "\r\n";
    (void)::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
    char bytes[16'384];
    for (ssize_t n; (n = ::read(fd, bytes, sizeof bytes)) > 0;) answer.append(bytes, static_cast<std::size_t>(n));
  }
  ::close(fd);
  return answer;
}

std::string body_of(const std::string& answer) {
  const auto at = answer.find("\r\n\r\n");
  return at == std::string::npos ? "" : answer.substr(at + 4);
}

// Three nodes that listen for a Prometheus, and a customer who bought something, something that was sold out too.
class BusyShop {
 public:
  BusyShop()
      : bed_({.nodes = {"shop-1", "shop-2", "shop-3"},
              .clients = {"client"},
              .host = demo::testing::host_all,
              .configure =
                  [](troupe::NodeConfig& config) {
                    demo::testing::configure_as_shop(config);
                    config.metrics.listen = "127.0.0.1:0";
                  },
              .time = troupe::testing::Time::runs}) {
    demo::prepare_shop(client(), 20s);
    demo::testing::open(client(), {.teas = 10});
    const Patience patience;
    Shopper anna(client(), "anna", patience);
    for (int order = 0; order < 4; ++order) {
      anna.put("tea", 3);
      (void)anna.check_out(fmt::format("o-{}", order), "home");
      try {
        (void)client().ref<shop::Order>(fmt::format("o-{}", order)).place().get(20s);
      } catch (const troupe::Error&) {  // the last one finds too little tea
      }
    }
  }

  [[nodiscard]] troupe::Node& client() const { return bed_.node("client"); }
  [[nodiscard]] troupe::Node& node(unsigned number) const { return bed_.node(fmt::format("shop-{}", number)); }
  // Of all nodes together.
  [[nodiscard]] Names families() const {
    Names names;
    for (unsigned number = 1; number <= kNodes; ++number)
      node(number).metrics().visit([&](const troupe::MetricFamily& family) { names.insert(family.name); });
    return names;
  }

 private:
  troupe::testing::TestCluster bed_;
};

// A Prometheus of the test's own, on a free port, that scrapes these nodes every tenth of a second.
class Prometheus {
 public:
  explicit Prometheus(const BusyShop& shop) {
    std::string targets;
    for (unsigned number = 1; number <= kNodes; ++number)
      targets += fmt::format("{}\"127.0.0.1:{}\"", number == 1 ? "" : ", ", shop.node(number).metrics().port());
    std::ofstream(folder_ / "prometheus.yml")
        << "global: {scrape_interval: 100ms, scrape_timeout: 100ms, evaluation_interval: 100ms}\n"
           "rule_files: [\""
        << MONITORING "/alerts.yml\"]\nscrape_configs:\n  - job_name: troupe\n    static_configs:\n      - targets: ["
        << targets << "]\n";
    process_.emplace(std::vector<std::string>{
        TROUPE_PROMETHEUS, "--config.file=" + (folder_ / "prometheus.yml").string(),
        "--storage.tsdb.path=" + (folder_ / "data").string(), fmt::format("--web.listen-address=127.0.0.1:{}", port_)});
  }
  // The result of a query, once it has one; null: it did not come.
  json ask(const std::string& query) {
    json result;
    (void)troupe::testing::eventually(
        [&] {
          std::string escaped;
          for (const char c : query)
            escaped += std::isalnum(static_cast<unsigned char>(c))
                           ? std::string(1, c)
                           : fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
          const auto said = json::parse(body_of(get(port_, "/api/v1/query?query=" + escaped)), nullptr, false);
          if (said.is_discarded() || said["status"] != "success" || said["data"]["result"].empty()) return false;
          result = said["data"]["result"];
          return true;
        },
        30s);
    (void)process_->read_some(0ms);
    return result;
  }
  double number(const std::string& query) {
    const json result = ask(query);
    return result.is_null() ? -1 : std::stod(result[0]["value"][1].get<std::string>());
  }
  json api(const std::string& path) { return json::parse(body_of(get(port_, path)), nullptr, false); }

 private:
  troupe::testing::ScratchDirectory folder_;
  const std::uint16_t port_ = troupe::testing::free_port();
  std::optional<ChildProcess> process_;
};

// What a page or a query names; parts of histograms by their family.
Names names_in(const std::string& text) {
  static const std::regex word(R"(\b(troupe|process)_[a-z_]+\b)");
  Names names;
  for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at) {
    std::string name = at->str();
    for (const char* part : {"_bucket", "_sum", "_count"})
      if (name.ends_with(part)) name.erase(name.size() - std::string(part).size());
    names.insert(name);
  }
  return names;
}

Names minus(const Names& from, const Names& what) {
  Names rest;
  std::set_difference(from.begin(), from.end(), what.begin(), what.end(), std::inserter(rest, rest.end()));
  return rest;
}

std::string listed(const Names& names) {
  std::string out;
  for (const auto& name : names) out += name + " ";
  return out;
}

struct Page {
  Names always;     // what every node of a shop shows
  Names sometimes;  // what is turned on first
};

Page page_of_metrics() {
  const std::string page = text_of(METRICS_PAGE);
  const auto at = page.find("## Where they are turned on");
  REQUIRE(at != std::string::npos);
  std::string tables;  // what is told in sentences is no entry
  for (std::size_t line = 0, end; line < at; line = end + 1) {
    end = page.find('\n', line);
    if (page.compare(line, 3, "| `") == 0) tables += page.substr(line, end - line) + "\n";
  }
  return {names_in(tables), names_in(page.substr(at))};
}

}  // namespace

TEST_CASE("a real Prometheus scrapes a shop of three nodes, and answers what they did") {
  const BusyShop shop;
  Prometheus prometheus(shop);

  CHECK(prometheus.number("count(up{job=\"troupe\"} == 1) == 3") == kNodes);
  CHECK(prometheus.number("sum(troupe_turns_total{service=\"Order\",outcome=\"answered\"})") > 0);
  CHECK(prometheus.number("sum(troupe_calls_total{caller=\"Order\",service=\"Stock\"})") > 0);
  CHECK(prometheus.number("count(count by (place) (troupe_calls_total{place=~\"local|remote\"}))") == 2);
  CHECK(prometheus.number("count(troupe_link_up == 1)") >= kNodes * (kNodes - 1));
  CHECK(prometheus.number("histogram_quantile(0.99, sum by (le) (troupe_turn_seconds_bucket))") > 0);
  CHECK(prometheus.number("sum(troupe_commit_wait_seconds_count)") > 0);
  CHECK(prometheus.number("sum(troupe_store_sync_seconds_count)") > 0);
  // Every family came through as what it is.
  const json known = prometheus.api("/api/v1/metadata")["data"];
  for (const auto& name : shop.families()) {
    const std::string short_name = name.ends_with("_total") ? name.substr(0, name.size() - 6) : name;
    CAPTURE(name);
    CHECK((known.contains(name) || known.contains(short_name)));
  }
  const json rules = prometheus.api("/api/v1/rules");
  for (const auto& rule : rules["data"]["groups"][0]["rules"]) {
    CAPTURE(rule.dump());
    CHECK(rule["health"] != "err");
  }
}

TEST_CASE("promtool has nothing to say against what a node shows, in either text format") {
  const BusyShop shop;
  const troupe::testing::ScratchDirectory folder;
  for (const char* headers : {"", "Accept: text/plain\r\n"}) {
    std::ofstream(folder / "metrics") << body_of(get(shop.node(1).metrics().port(), "/metrics", headers));
    ChildProcess promtool(
        {"/bin/sh", "-c", std::string(TROUPE_PROMTOOL) + " check metrics < " + (folder / "metrics").string()});
    CHECK(promtool.finish(30s) == 0);
    CHECK(promtool.said() == "");
  }
  const std::string open = get(shop.node(1).metrics().port(), "/metrics", "Accept: application/openmetrics-text\r\n");
  CHECK(open.find("Content-Type: application/openmetrics-text; version=1.0.0") != std::string::npos);
  CHECK(open.ends_with("# EOF\n"));
}

TEST_CASE("the page of metrics lists what a node of a shop shows, and nothing that none has") {
  const BusyShop shop;
  const Names shown = shop.families();
  const Page page = page_of_metrics();

  const std::string not_on_the_page = listed(minus(minus(shown, page.always), page.sometimes));
  const std::string not_shown = listed(minus(page.always, shown));

  CHECK(not_on_the_page == "");
  CHECK(not_shown == "");
}

TEST_CASE("dashboards and alerts ask for metrics that there are") {
  const BusyShop shop;
  Names known = shop.families();
  known.merge(page_of_metrics().sometimes);
  for (const auto& file : std::filesystem::directory_iterator(MONITORING "/dashboards")) {
    const json board = json::parse(text_of(file.path()));
    CHECK(!board["panels"].empty());
    for (const auto& panel : board["panels"]) {
      for (const auto& target : panel["targets"]) {
        CAPTURE(target["expr"].get<std::string>());
        const Names asked = names_in(target["expr"].get<std::string>());
        CHECK(minus(asked, known).empty());
        CHECK((!asked.empty() || target["expr"].get<std::string>().find("up{") != std::string::npos));
      }
    }
  }
  const Names asked = names_in(text_of(MONITORING "/alerts.yml"));
  CHECK(asked.size() > 10);
  CHECK(minus(asked, known).empty());
}

TEST_CASE("the graph of calls shows the way of an order through the shop") {
  const BusyShop shop;
  json edges = json::array();
  for (unsigned number = 1; number <= kNodes; ++number) {
    const json graph = json::parse(shop.node(number).admin("GET", "/graph", "").second);
    for (const auto& edge : graph["edges"]) edges.push_back(edge);
  }

  const auto calls = [&](const std::string& caller, const std::string& service) {
    std::uint64_t sum = 0;
    for (const auto& edge : edges)
      if (edge["caller"] == caller && edge["service"] == service) sum += edge["calls"].get<std::uint64_t>();
    return sum;
  };
  CHECK(calls("Order", "Stock") > 0);
  CHECK(calls("Order", "Account") > 0);
  CHECK(calls("Stock", "Order") == 0);
}
