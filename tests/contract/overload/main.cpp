// The suite's main(): the tests, or, with the hidden argument --mills, a second process with a node of mills.
#define DOCTEST_CONFIG_IMPLEMENT
#include <string_view>

#include "contract/second_process.h"
#include "stage.h"

using namespace troupe;

namespace {

// --mills PORT CALLER'S-PORT
int run_mills(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto port = [&](int i) { return static_cast<std::uint16_t>(std::stoi(argv[i])); };
  testing::ScratchDirectory directory;
  overload::Gate gate;
  try {
    Node node({.name = "mills",
               .data_dir = directory / "mills",
               .members = {{.name = "mills", .port = port(2)}, {.name = "caller", .port = port(3), .client = true}},
               .threads = 1});
    overload::host_actors(node, gate);
    node.start();
    testing::say_ready_and_wait();
    return 0;
  } catch (const Error& e) {
    testing::say(e.what());
    return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "--mills") return run_mills(argc, argv);
  return doctest::Context(argc, argv).run();
}
