// troupe-gateway: what `troupe gateway` runs. Reads its configuration, and checks it or serves until a signal.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "gateway_file.h"
#include "loaded_services.h"
#include "process.h"
#include "troupe/error.h"

namespace troupe::edge {
namespace {

struct Arguments {
  std::string file;
  bool check = false;
  bool json = false;
};

int complain(const Error& error, const Arguments& arguments, int code) {
  if (arguments.json) {
    const nlohmann::ordered_json object = {
        {"error", {{"kind", to_string(error.kind())}, {"code", error.code()}, {"message", error.message()}}}};
    std::fputs((object.dump(2) + "\n").c_str(), stdout);
  } else {
    std::fputs(fmt::format("troupe gateway: {}: {}\n", to_string(error.kind()), error.message()).c_str(), stderr);
  }
  return code;
}

int serve(const Arguments& arguments) {
  try {
    GatewayFile file = read_gateway_file(arguments.file);
    LoadedServices services(file.places);
    // The compiler has run, which must not inherit this, and no thread has.
    if (!arguments.check) block_signals();
    Process process(std::move(file), std::move(services));
    if (arguments.check) {
      std::fputs(process.routes(arguments.json).c_str(), stdout);
      return kGood;
    }
    try {
      return process.run();
    } catch (const Error& error) {
      return complain(error, arguments, kNoStart);
    }
  } catch (const Error& error) {
    return complain(error, arguments, kWrongUse);
  } catch (const std::exception& error) {
    return complain(Error(ErrorKind::failed, error.what()), arguments, kFailed);
  }
}

}  // namespace
}  // namespace troupe::edge

int main(int argc, char** argv) {
  troupe::edge::Arguments arguments;
  CLI::App app{"Serves routes of schemas over HTTP, as a client of a cluster; `troupe gateway --help` says more.",
               "troupe-gateway"};
  app.add_option("CONFIG", arguments.file, "its configuration, TOML")->required();
  app.add_flag("--check", arguments.check, "only check the configuration and the schemas, and print the routes");
  app.add_flag("--json", arguments.json, "with --check: print JSON; errors, too");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? troupe::edge::kGood : troupe::edge::kWrongUse;
  }
  return troupe::edge::serve(arguments);
}
