// troupe: looks at running nodes over their admin sockets, and at the files of stopped ones; runs the processes of a
// cluster. Runs what the command line asks for, prints it, and ends with an exit code; --help is its manual.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>

#include "command_line.h"
#include "show.h"

namespace troupe::tool {
namespace {

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

int complain(const Failure& failed, bool json) {
  if (json) {
    print(dumped({{"error", failed.error}}));
    return failed.code;
  }
  const std::string kind = failed.error.value("kind", std::string());
  const std::string code = failed.error.value("code", std::string());
  std::string line = "troupe: " + kind + (code.empty() ? "" : "(" + code + ")") + ": " + failed.message();
  if (failed.error.value("mayHaveRun", false)) line += " (it may have run)";
  if (const auto wait = failed.error.value("retryAfterMs", 0LL); wait > 0)
    line += " (retry after " + duration(static_cast<std::uint64_t>(wait)) + ")";
  std::fputs((line + "\n").c_str(), stderr);
  return failed.code;
}

// What was printed, with those that did not answer: elements of a list, or a member of an object.
std::string with_silent(const std::string& text, const SilentNodes& silent, bool json) {
  if (!json) return text + silent.text();
  Json all = Json::parse(text);
  if (all.is_array()) {
    for (auto& one : silent.json()) all.push_back(one);
  } else {
    all["silent"] = silent.json();
  }
  return dumped(all);
}

int run_once(CommandLine& line) {
  const bool json = line.options().json;
  const SilentNodes& silent = line.silent();
  try {
    const Printed shown = line.run();
    print(silent.empty() ? shown.text : with_silent(shown.text, silent, json));
    return silent.empty() ? shown.code : kUnreachable;
  } catch (const Failure& failed) {
    if (silent.empty()) return complain(failed, json);
    // Whoever is silent may have what was not found.
    Failure whole{failed.code == kNotFound ? kUnreachable : failed.code, failed.error};
    if (json) whole.error["silent"] = silent.json();
    const int code = complain(whole, json);
    if (!json) std::fputs(silent.text().c_str(), stderr);
    return code;
  } catch (const Json::exception& e) {
    return complain(
        failure(Error(ErrorKind::corrupt, std::string("the node's answer is not as expected: ") + e.what())), json);
  } catch (const Error& e) {
    return complain(failure(e), json);
  } catch (const std::exception& e) {
    return complain(failure(Error(ErrorKind::failed, e.what())), json);
  }
}

bool wants_json(int argc, char** argv) {
  return std::any_of(argv + 1, argv + argc, [](const char* word) { return std::string_view(word) == "--json"; });
}

int run(int argc, char** argv) {
  CommandLine line;
  try {
    line.app().parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() != 0 && wants_json(argc, argv)) return complain(usage(e.what()), true);
    return line.app().exit(e) == 0 ? kDone : kUsage;
  }
  const double every = line.options().every_s;
  if (every <= 0) return run_once(line);
  if (line.options().watch.on)
    return complain(usage("--watch looks again by itself; leave --every out, or name --interval"), line.options().json);
  while (true) {
    if (::isatty(STDOUT_FILENO) != 0) std::fputs("\x1b[H\x1b[2J", stdout);
    run_once(line);
    if (std::fflush(stdout) != 0) return kFailed;
    std::this_thread::sleep_for(std::chrono::duration<double>(every));
  }
}

}  // namespace
}  // namespace troupe::tool

int main(int argc, char** argv) {
  try {
    return troupe::tool::run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "troupe: %s\n", e.what());
    return troupe::tool::kFailed;
  }
}
