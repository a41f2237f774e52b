// A node as a process of its own, to be killed or stopped: jar_node DIRECTORY NAME [MEMBER PORT]...
// It prints "ready" and runs until a signal ends it.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "jar.h"

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  troupe::NodeConfig config{.name = argv[2], .data_dir = argv[1], .threads = 2};
  for (int i = 3; i + 1 < argc; i += 2)
    config.members.push_back({.name = argv[i], .port = static_cast<std::uint16_t>(std::atoi(argv[i + 1]))});
  troupe::Node node(config);
  node.host<troupe_tool::Jar>();
  node.start();
  std::printf("ready\n");
  std::fflush(stdout);
  for (;;) ::pause();
}
