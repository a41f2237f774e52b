// Runs a command as a user would and keeps what it printed.
#pragma once

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace jars {

struct Outcome {
  int code;
  std::string out;  // and err
  nlohmann::json parsed() const { return nlohmann::json::parse(out, nullptr, false); }
  bool says(std::string_view part) const { return out.find(part) != std::string::npos; }
};

inline Outcome command(const std::string& line) {
  FILE* pipe = ::popen((line + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  Outcome outcome{};
  char bytes[4096];
  for (std::size_t n; (n = std::fread(bytes, 1, sizeof bytes, pipe)) > 0;) outcome.out.append(bytes, n);
  const int status = ::pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

// The program of that version; `calls` as in jar_program.h.
inline Outcome jar(int version, const std::string& directory, const std::string& calls = "") {
  return command(JAR_PROGRAMS "/jar_v" + std::to_string(version) + " " + directory + " " + calls);
}

inline Outcome tool(const std::string& arguments) {
  return command("env -u TROUPE_NODE -u TROUPE_DATA " TROUPE_TOOL " " + arguments);
}

inline std::string schema(int version) { return JAR_SCHEMAS "/v" + std::to_string(version) + "/jar.capnp"; }

// A store that version 1 left, with two coins in Jar/a.
inline void fill(const std::string& directory) {
  const auto filled = jar(1, directory, R"(put '{"cents": 5, "label": "rent"}' put '{"cents": 20, "label": "food"}')");
  INFO(filled.out);
  REQUIRE(filled.code == 0);
}

}  // namespace jars
