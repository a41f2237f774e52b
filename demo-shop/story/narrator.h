// Where a story is told: chapters and lines. Calls come from several threads, one at a time.
#pragma once

#include <functional>
#include <string>

namespace demo {

struct Narrator {
  std::function<void(const std::string&)> chapter = [](const std::string&) {};
  std::function<void(const std::string&)> line = [](const std::string&) {};
};

}  // namespace demo
