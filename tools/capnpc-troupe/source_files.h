// Finds the text of a schema on disk, for line numbers alone. A plugin is told names without their source
// prefix and is run in the output folder, so the places to look come from the command line of the capnp
// that started it. A file that is not found costs the line numbers, nothing else.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "source_map.h"

namespace troupe::schema {

class SourceFiles {
 public:
  struct Search {
    std::filesystem::path directory;       // where capnp was run
    std::vector<std::string> files;        // as given to it
    std::vector<std::string> prefixes;     // --src-prefix
    std::vector<std::string> import_path;  // -I, then the standard ones
  };
  // Reads the arguments of a `capnp compile`, without the program's name.
  [[nodiscard]] static Search parse(const std::vector<std::string>& arguments, std::filesystem::path directory);
  // From the process that started this one.
  [[nodiscard]] static Search of_parent();

  explicit SourceFiles(Search search) : search_(std::move(search)) {}

  // `name`: a file node's display name.
  [[nodiscard]] const SourceMap& map(const std::string& name);

 private:
  [[nodiscard]] std::string locate(const std::string& name) const;

  Search search_;
  std::map<std::string, SourceMap> maps_;
};

}  // namespace troupe::schema
