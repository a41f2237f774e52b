// Shell completion, made from the commands themselves: for bash, zsh and fish.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace troupe::tool {

[[nodiscard]] std::vector<std::string> shells();
// The script to source. `shell` is one of shells().
[[nodiscard]] std::string completion(const CLI::App& app, const std::string& shell);

}  // namespace troupe::tool
