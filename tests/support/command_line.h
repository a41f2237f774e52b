// Runs a command as a user would, through the shell, and keeps what it printed and ended with.
#pragma once

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace troupe::testing {

struct Outcome {
  int code;         // -1: a signal ended it
  std::string out;  // and err
  // Discarded when it is no JSON.
  [[nodiscard]] nlohmann::json parsed() const { return nlohmann::json::parse(out, nullptr, false); }
  [[nodiscard]] bool says(std::string_view part) const { return out.find(part) != std::string::npos; }
};

inline Outcome command(const std::string& line) {
  FILE* pipe = ::popen((line + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  Outcome outcome{};
  char bytes[4096];
  for (std::size_t n; (n = std::fread(bytes, 1, sizeof bytes, pipe)) > 0;) outcome.out.append(bytes, n);
  const int status = ::pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  INFO(line << "\n" << outcome.out);
  return outcome;
}

#ifdef TROUPE_TOOL
// The debug tool, with no node named by the environment.
inline Outcome tool(const std::string& arguments) {
  return command("env -u TROUPE_NODE -u TROUPE_DATA " TROUPE_TOOL " " + arguments);
}
#endif

}  // namespace troupe::testing
