// Nodes that join by a coordinator, for the debug tool to look at and to give orders to.
#pragma once

#include "stage.h"

namespace troupe_tool {

inline constexpr std::size_t kOfAKind = 256;      // partitions with rows, and as many without
inline constexpr std::size_t kShareOfAKind = 23;  // for a weight of 10 beside one of 100

// By a directory, which lies beside their data, or by what a test names.
struct Joined {
  troupe::Node& start(const std::string& name, std::uint32_t weight = 100) {
    auto config = config_of(name, weight);
    config.data_dir = folder / name;
    return start(config, true);
  }
  // One that keeps nothing, and has no admin socket.
  troupe::Node& start_without_data(const std::string& name, std::uint32_t weight) {
    return start(config_of(name, weight), false);
  }
  std::string data() const { return "--data " + folder.path().string() + " "; }
  [[nodiscard]] json member(const std::string& name) const {
    const json all = tool("--json " + data() + "members").parsed();
    for (const json& one : all)
      if (one.value("name", "") == name) return one;
    return json::object();
  }
  // Until it owns its share of either kind.
  void await_share(const std::string& name) const {
    REQUIRE(troupe::testing::eventually(
        [&] {
          const json owned = member(name).value("partitions", json::object());
          return owned.value("withRows", 0U) == kShareOfAKind && owned.value("withoutRows", 0U) == kShareOfAKind;
        },
        60s));
  }
  void await_serving(const std::string& name) const {
    // Its record and its life are told one after the other.
    REQUIRE(troupe::testing::eventually(
        [&] {
          const auto now = member(name);
          return now.value("state", "") == "serving" && now.value("alive", false);
        },
        60s));
  }

  troupe::testing::ScratchDirectory folder;
  troupe::CoordinatorConfig coordinator{.kind = troupe::CoordinatorKind::file, .directory = folder / "coordinator"};
  std::vector<std::unique_ptr<troupe::Node>> nodes;

 private:
  [[nodiscard]] troupe::NodeConfig config_of(const std::string& name, std::uint32_t weight) const {
    troupe::NodeConfig config{.name = name, .cluster = "jars", .threads = 2};
    config.join.coordinator = coordinator;
    config.join.weight = weight;
    config.join.zone = "east";
    config.join.labels = {{"disk", "fast"}};
    return config;
  }
  troupe::Node& start(const troupe::NodeConfig& config, bool hosts) {
    auto node = std::make_unique<troupe::Node>(config);
    if (hosts) node->host<Jar>();
    node->start();
    return *nodes.emplace_back(std::move(node));
  }
};

}  // namespace troupe_tool
