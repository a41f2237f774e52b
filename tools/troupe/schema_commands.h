// The commands on schemas: of .capnp files, of a stopped node's store, of a running node. Each gives what it found, as
// text or as JSON, or throws a Failure.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace troupe::tool {

struct SchemaOptions {
  // Each a .capnp file, a directory of them, a node's data directory, or a running node's admin.sock.
  std::string old_source;
  std::string new_source;
  std::vector<std::string> import_paths;  // for .capnp files, as capnp's -I
  std::string data;                       // --data: where a node is looked for by its name
  std::chrono::milliseconds timeout{10'000};
};

struct SchemaCheck {
  std::string text;
  bool compatible = true;
};
[[nodiscard]] SchemaCheck show_schema_check(const SchemaOptions& options, bool json);
// The services of `new_source`.
[[nodiscard]] std::string show_schema(const SchemaOptions& options, bool json);

}  // namespace troupe::tool
