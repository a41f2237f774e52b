// demo-shop/doc/placing_an_order.md is held to what the tool shows: an order is placed, looked at while its account's
// node is away and again when it is done, and every row that the guide names is compared.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "orders.capnp.troupe.h"
#include "scenario/shop_cluster.h"
#include "story/shopper.h"
#include "support/command_line.h"

namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::uint64_t kDeposit = 1'000'000;

// --- the guide ---

struct Claim {
  std::string where, what;
};

// By the first words of a section's title, the lines of its tables. What a line leaves out of its place is that of the
// line before.
std::map<std::string, std::vector<Claim>> read_guide() {
  std::map<std::string, std::vector<Claim>> sections;
  std::ifstream file(SHOP_GUIDE);
  std::string line, section, actor, table;
  while (std::getline(file, line)) {
    std::smatch part;
    if (line.starts_with("## ")) section = line.substr(3);
    if (!std::regex_match(line, part, std::regex(R"(\| (.+) \| (.+) \|)")) || part[1] == "where") continue;
    std::string where = part[1];
    std::smatch named;
    if (std::regex_search(where, named, std::regex(R"(`([A-Z]\w*/\w+)`)"))) {
      actor = named[1];
    } else {
      where = "`" + actor + "`, " + where;
    }
    if (std::regex_search(where, named, std::regex(R"(table `(\w+)`)"))) {
      table = named[1];
    } else if (where.find("row `") != where.npos) {
      const bool run = where.find("row `run`") != where.npos;
      where.insert(where.find("row `"), std::string("table `") + (run ? "saga" : "saga_journal") + "`, ");
    }
    sections[section].push_back({where, part[2]});
  }
  return sections;
}

// --- the shop ---

// Two nodes and those who call. Names are such that the account lives on the second node and all else on the first.
struct GuidedShop {
  GuidedShop() {
    demo::prepare_shop(client(), 60s);
    names = {{"o", name_on(0, "Order", "o")},
             {"tea", name_on(0, "Stock", "tea")},
             {"mug", name_on(0, "Stock", "mug")},
             {"anna", name_on(1, "Account", "anna")}};
    demo::Clerk clerk(client(), patience);
    clerk.offer({names["tea"], "Tea", "kitchen", 500});
    clerk.offer({names["mug"], "Mug", "kitchen", 900});
    clerk.restock(names["tea"], "first", 1'000);
    clerk.restock(names["mug"], "first", 1'000);
    demo::Shopper anna(client(), names["anna"], patience);
    anna.deposit("first", kDeposit);
    anna.put(names["tea"], 3);
    anna.put(names["mug"], 1);
    (void)anna.check_out(names["o"], "home");
  }
  static void configure(troupe::NodeConfig& config) {
    demo::testing::configure_as_shop(config);
    config.admin = config.name != "client";
  }
  troupe::testing::TestMember node(std::size_t i) { return cluster.member(i == 0 ? "shop-1" : "shop-2"); }
  troupe::Node& client() { return cluster.node("client"); }
  // A name that begins so and whose actor lives there.
  std::string name_on(std::size_t i, const std::string& service, const std::string& base) {
    for (int n = 0;; ++n) {
      const auto name = fmt::format("{}{}", base, n);
      if (cluster.owner_of({service, name}).name() == node(i).name()) return name;
    }
  }
  // What the tool prints of the first node, or of the second.
  json tool(const std::string& arguments, std::size_t at = 0) {
    const auto shown =
        troupe::testing::tool(fmt::format("--json --node {} {}", node(at).data_dir().string(), arguments));
    INFO(arguments << "\n" << shown.out);
    CHECK(shown.code == 0);
    const auto parsed = shown.parsed();
    REQUIRE(!parsed.is_discarded());
    return parsed;
  }
  std::map<std::string, json> rows(const std::string& actor, const std::string& table) {
    std::map<std::string, json> rows;
    const auto told = tool(fmt::format("tables {} {}", actor, table));
    for (const auto& row : told.is_array() ? told : told["rows"]) rows[row["key"].get<std::string>()] = row["row"];
    return rows;
  }
  template <class F>
  void wait_until(const std::string& what, F holds) {
    CAPTURE(what);
    REQUIRE(troupe::testing::eventually(holds, 120s));
  }
  std::string order() { return "Order/" + names["o"]; }

  demo::Patience patience;
  std::map<std::string, std::string> names;
  troupe::testing::TestCluster cluster{{.nodes = {"shop-1", "shop-2"},
                                        .clients = {"client"},
                                        .host = demo::testing::host_all,
                                        .configure = configure,
                                        .time = troupe::testing::Time::runs}};
};

std::uint64_t number(const json& value) {
  return value.is_string() ? std::stoull(value.get<std::string>()) : value.get<std::uint64_t>();
}

// One line of the guide against what is there. Every part of the line is one that this knows, or it fails.
class Held {
 public:
  Held(GuidedShop& shop, const Claim& claim) : shop_(shop), what_(claim.what) {
    CAPTURE(claim.where);
    CAPTURE(claim.what);
    std::smatch at;
    REQUIRE(std::regex_search(claim.where, at, std::regex(R"(`([A-Z]\w*)/(\w+)`)")));
    const std::string service = at[1], name = shop.names.at(at[2]);
    const std::string actor = service + "/" + name;
    std::smatch part;
    if (std::regex_search(claim.where, part, std::regex(R"(row `([\w/]+)`)"))) {
      std::smatch table;
      REQUIRE(std::regex_search(claim.where, table, std::regex(R"(table `(\w+)`)")));
      const auto rows = shop.rows(actor, table[1]);
      REQUIRE(rows.contains(part[1]));
      part[1] == "run" ? run(rows.at(part[1])) : step(rows.at(part[1]));
    } else if (claim.where.find("reminder `saga`") != claim.where.npos) {
      reminder(actor);
    } else if (claim.where.find("remembered replies") != claim.where.npos) {
      CHECK(number(shop.tool("inspect " + actor)["rememberedReplies"]) >= 1);
      what_.clear();
    } else if (claim.where.ends_with("state")) {
      state(service, shop.tool("state " + actor, service == "Account" ? 1 : 0));
    }
    CHECK(what_ == "");
  }

 private:
  // Whether the rest of the line begins with that; takes it away, and what parts it from the next.
  bool says(const std::string& pattern, std::smatch* found = nullptr) {
    std::smatch part;
    if (!std::regex_search(what_, part, std::regex("^" + pattern + "(, |$)"))) return false;
    if (found) said_ = part.str(0), std::regex_search(said_, *found, std::regex(pattern));
    what_ = part.suffix();
    return true;
  }
  void run(const json& row) {
    std::smatch part;
    if (says(R"(number (\d+))", &part)) CHECK(number(row["number"]) == std::stoull(part[1]));
    if (says(R"(phase (\w+))", &part)) CHECK(row["phase"] == part[1].str());
    if (says("when it started")) CHECK(number(row["startedMs"]) > 0);
    if (says("when it ended")) CHECK(number(row["endedMs"]) >= number(row["startedMs"]));
  }
  void step(const json& row) {
    std::smatch part;
    if (says("`([a-z]+) ?([a-z]*)`", &part)) {
      const std::string sku = part[2];
      CHECK(row["name"] == part[1].str() + (sku.empty() ? "" : " " + shop_.names.at(sku)));
    }
    if (says("the same")) what_ = "finished, a compensation is known";
    if (says("finished")) {
      CHECK(number(row["finishedMs"]) > 0);
      CHECK(!row.contains("failure"));
    }
    if (says("a compensation is known")) CHECK(row["compensable"] == true);
  }
  void reminder(const std::string& actor) {
    const auto told = shop_.tool("reminders --actor " + actor);
    const json list = told.is_array() ? told : told["reminders"];
    std::smatch part;
    if (says("gone")) CHECK(list.empty());
    if (says(R"(in (\d+) s)", &part)) {
      REQUIRE(list.size() == 1);
      CHECK(list[0]["name"] == "saga");
    }
  }
  void state(const std::string& service, const json& told) {
    const json& state = told.contains("state") ? told["state"] : told;
    std::smatch part;
    if (says(R"(status \*\*(\w+)\*\*)", &part)) CHECK(state["status"] == part[1].str());
    if (says(R"(on hand (\d+))", &part)) CHECK(number(state["onHand"]) == std::stoull(part[1]));
    if (says(R"(reserved for `(\w+)`: (\d+))", &part)) {
      CHECK(state["reservations"][0]["order"] == shop_.names.at(part[1]));
      CHECK(number(state["reservations"][0]["quantity"]) == std::stoull(part[2]));
    }
    const auto cents = [](const std::string& euros) {
      return std::stoull(std::regex_replace(euros, std::regex("\\."), ""));
    };
    if (says(R"(balance less ([\d.]+))", &part)) CHECK(number(state["balanceCents"]) == kDeposit - cents(part[1]));
    if (says(R"(charge for `(\w+)`: ([\d.]+))", &part)) {
      CHECK(service == "Account");
      CHECK(state["charges"][0]["order"] == shop_.names.at(part[1]));
      CHECK(number(state["charges"][0]["cents"]) == cents(part[2]));
    }
  }

  GuidedShop& shop_;
  std::string what_;
  std::string said_;
};

const std::vector<Claim>& section(const std::map<std::string, std::vector<Claim>>& guide, const std::string& title) {
  for (const auto& [name, claims] : guide)
    if (name.starts_with(title)) return claims;
  FAIL("the guide has no section " << title);
  return guide.begin()->second;
}

}  // namespace

TEST_CASE("the guide to placing an order names the rows that the tool shows, and says what is in them") {
  const auto guide = read_guide();
  GuidedShop shop;
  (void)shop.node(1).stop();  // and with it the account
  shop.client().ref<shop::Order>(shop.names["o"]).place().forget();
  shop.wait_until("both are reserved", [&] { return shop.rows(shop.order(), "saga_journal").size() == 2; });

  for (const auto& claim : section(guide, "0.")) Held(shop, claim);
  for (const auto& claim : section(guide, "1.")) Held(shop, claim);

  shop.node(1).start();
  shop.wait_until("the saga is done", [&] { return shop.rows(shop.order(), "saga")["run"]["phase"] == "done"; });
  for (const auto& claim : section(guide, "2.")) Held(shop, claim);
  for (const auto& claim : section(guide, "3.")) Held(shop, claim);
  for (const auto& claim : section(guide, "4.")) Held(shop, claim);

  // And no row that it does not name.
  std::set<std::string> named, found;
  for (const char* title : {"1.", "2.", "3."}) {
    for (const auto& claim : section(guide, title)) {
      std::smatch row;
      if (std::regex_search(claim.where, row, std::regex(R"(row `(\d+/\d+)`)"))) named.insert(row[1]);
    }
  }
  for (const auto& [key, row] : shop.rows(shop.order(), "saga_journal")) found.insert(key);
  CHECK(named == found);
  shop.wait_until("its news has arrived", [&] {
    const auto nodes = shop.tool("outbox --actor " + shop.order());
    return nodes.size() == 1 && nodes[0].at("channels").empty();
  });
}
