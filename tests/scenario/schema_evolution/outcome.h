// The programs of each version, the tool, and what they printed.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "support/command_line.h"

namespace jars {

using troupe::testing::command;
using troupe::testing::Outcome;
using troupe::testing::tool;

// The program of that version; `calls` as in jar_program.h.
inline Outcome jar(int version, const std::string& directory, const std::string& calls = "") {
  return command(JAR_PROGRAMS "/jar_v" + std::to_string(version) + " " + directory + " " + calls);
}

inline std::string schema(int version) { return JAR_SCHEMAS "/v" + std::to_string(version) + "/jar.capnp"; }

// A store that version 1 left, with two coins in Jar/a.
inline void fill(const std::string& directory) {
  const auto filled = jar(1, directory, R"(put '{"cents": 5, "label": "rent"}' put '{"cents": 20, "label": "food"}')");
  INFO(filled.out);
  REQUIRE(filled.code == 0);
}

}  // namespace jars
