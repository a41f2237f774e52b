// One version of a program, as a process of its own: two versions of a type cannot be in one.
//
//   jar_v1 DIRECTORY [METHOD BODY]...
//
// Starts a node on the directory, calls Jar/a (with "b:show", Jar/b) for each pair, prints an answer a line. "state"
// instead of a method shows the state; "wait FILE" says that it runs, then goes on when the file can be read. Exit code
// 9: the node did not start; its error is the output. With a JAR_COORDINATOR in its environment, a directory, it joins
// the cluster that has it, under the name of its own directory.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "troupe/node.h"

namespace jars {

template <class ActorClass>
int run(int argc, char** argv) {
  try {
    troupe::NodeConfig config{.name = "jars", .data_dir = argv[1], .threads = 2};
    if (const char* coordinator = std::getenv("JAR_COORDINATOR")) {
      config.name = std::filesystem::path(argv[1]).filename();
      config.join.coordinator = {.kind = troupe::CoordinatorKind::file, .directory = coordinator};
    }
    troupe::Node node(config);
    node.host<ActorClass>();
    node.start();
    for (int i = 2; i + 1 < argc; i += 2) {
      const std::string method = argv[i];
      if (method == "wait") {
        std::printf("running\n");
        std::fflush(stdout);
        std::ifstream(argv[i + 1]).get();
        continue;
      }
      const auto colon = method.find(':');
      const std::string key = colon == method.npos ? "a" : method.substr(0, colon);
      const std::string name = colon == method.npos ? method : method.substr(colon + 1);
      const bool call = name != "state";
      const std::string path = "/actors/Jar/" + key + (call ? "/call/" + name : "/state");
      const auto answer = node.admin(call ? "POST" : "GET", path, argv[i + 1]);
      std::printf("%d %s\n", answer.first, answer.second.c_str());
    }
    return 0;
  } catch (const troupe::Error& error) {
    std::printf("%s\n", error.what());
    return 9;
  }
}

}  // namespace jars
