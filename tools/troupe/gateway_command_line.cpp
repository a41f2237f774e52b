// `troupe gateway`: what it takes. The gateway is a program of its own, which lies beside this one.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "command_line.h"

namespace troupe::tool {
namespace {

constexpr const char* kProgram = "troupe-gateway";

constexpr const char* kGatewayFooter =
    "Joins the cluster as a client, and serves the routes of the schemas that CONFIG names, which `capnp` compiles "
    "when it\n"
    "starts. SIGTERM or SIGINT drains it, a second one ends it; SIGHUP has it read its certificate again, which it "
    "also\n"
    "looks at by itself. `troupe up` runs it as any program: ready = \"takes requests at\".\n"
    "\n"
    "Exit codes: 0 stopped as told, or checked; 1 failed; 2 the configuration or a schema is wrong; 3 it could not\n"
    "start; 4 it found itself unhealthy; 130 ended by a second signal.\n"
    "\n"
    "  [gateway]\n"
    "  schemas = [\"schema\"]                   # .capnp files, and folders of them\n"
    "  port = 8080\n"
    "  [node]                                 # as of every node; client = true\n"
    "\n"
    "actors/gateway/doc/process.md has every key, demo-shop/gateway.toml is an example.";

// Does not return unless it cannot.
[[noreturn]] void become(std::vector<std::string> words) {
  std::error_code unknown;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path() / kProgram;
  words.insert(words.begin(), program.string());
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(arguments.front(), arguments.data());
  throw failure(Error(ErrorKind::unavailable, "the gateway's program, " + program.string() + ", cannot be run: " +
                                                  std::strerror(errno) + "; it belongs beside `troupe`"));
}

}  // namespace

void CommandLine::add_gateway() {
  GatewayCommand& gateway = options_.gateway;
  auto* command = add(app_, "gateway", "serve routes of schemas over HTTP, as a client of a cluster",
                      [this, &gateway]() -> Printed {
                        if (options_.every_s > 0) throw usage("`troupe gateway` runs once; leave --every out");
                        std::vector<std::string> words;
                        if (gateway.check) words.emplace_back("--check");
                        if (options_.json) words.emplace_back("--json");
                        words.insert(words.end(), {"--", gateway.file});  // a name that begins with a dash stays a name
                        become(std::move(words));
                      });
  command->footer(kGatewayFooter);
  command->add_option("CONFIG", gateway.file, "what it serves, and its seat in the cluster, TOML")->required();
  command->add_flag("--check", gateway.check, "only check the configuration and the schemas, and print the routes");
}

}  // namespace troupe::tool
