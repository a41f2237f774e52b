// What is wrong with a schema, and where: collected first, so that one run shows every mistake and no file
// is written while there is one.
#pragma once

#include <string>
#include <vector>

namespace troupe::schema {

// Lines and columns count from 1. Line 0: the source could not be read, only the file is known.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
};

class Diagnostics {
 public:
  // `message` says what is wrong and what to do.
  void error(Place place, std::string message);
  [[nodiscard]] bool empty() const noexcept { return found_.empty(); }
  // One line each, as compilers print them, by file and line: "a.capnp:3:7: error: ...".
  [[nodiscard]] std::string text() const;

 private:
  struct Finding {
    Place place;
    std::string message;
  };
  std::vector<Finding> found_;
};

}  // namespace troupe::schema
