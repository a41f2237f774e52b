// Two nodes, or what one left, for the debug tool to look at.
#pragma once

#include <doctest/doctest.h>
#include <troupe/testing.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "jar.h"
#include "support/command_line.h"

namespace troupe_tool {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using nlohmann::json;
using troupe::testing::tool;

// Two nodes whose data lies side by side.
struct Cluster {
  Cluster() {
    members = {{.name = "one", .port = troupe::testing::free_port()},
               {.name = "two", .port = troupe::testing::free_port()}};
    for (const auto& member : members) {
      troupe::NodeConfig config;
      config.name = member.name;
      config.data_dir = folder / member.name;
      config.members = members;
      nodes.push_back(std::make_unique<troupe::Node>(config));
      nodes.back()->host<Jar>();
      nodes.back()->start();
    }
    for (auto& node : nodes) REQUIRE(node->wait_connected(10s));
  }
  std::string data() const { return "--data " + folder.path().string() + " "; }
  std::string node(const char* name) const { return "--node " + (folder / name).string() + " "; }

  troupe::testing::ScratchDirectory folder;
  std::vector<troupe::Member> members;
  std::vector<std::unique_ptr<troupe::Node>> nodes;
};

// A store that one stopped node left.
struct Left {
  Left() {
    troupe::Node node({.name = "one", .data_dir = folder / "one"});
    node.host<Jar>();
    node.start();
    node.ref<jars::Jar>("a").put([](auto p) { p.setCoins(7), p.setLabel("needle in the file"); }).get(10s);
  }
  std::string place() const { return (folder / "one").string(); }
  troupe::testing::ScratchDirectory folder;
};

}  // namespace troupe_tool
