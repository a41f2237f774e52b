// Where a story is told: chapters and lines. Calls come from several threads, one at a time.
#pragma once

#include <troupe/error.h>

#include <functional>
#include <string>

namespace demo {

struct Narrator {
  std::function<void(const std::string&)> chapter = [](const std::string&) {};
  std::function<void(const std::string&)> line = [](const std::string&) {};
  // A call that got no answer, and is made again.
  std::function<void(const troupe::Error&)> asked_again = [](const troupe::Error&) {};
};

}  // namespace demo
