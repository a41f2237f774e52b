// Services that are read from .capnp files while the program runs: what generated code says of them in other programs.
// The rules and their complaints are capnpc-troupe's, for its sources read them. Read-only once loaded; any thread.
#pragma once

#include <capnp/schema.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "troupe/service.h"

namespace troupe::edge {

struct SchemaPlaces {
  std::vector<std::filesystem::path> schemas;       // .capnp files, and folders of them
  std::vector<std::filesystem::path> import_paths;  // where absolute imports are found
};

// A service, and the schema that its functions give elsewhere.
struct LoadedService {
  const ServiceInfo* service;
  capnp::InterfaceSchema schema;
};

class LoadedServices {
 public:
  // Runs `capnp compile`. Throws Error: `not_found`, there is no such file, or no .capnp file in a folder;
  // `unavailable`, there is no compiler; `invalid`, it refuses them, or a rule of services or routes is broken: all
  // complaints, a line each, with file, line and column.
  explicit LoadedServices(const SchemaPlaces& places);
  ~LoadedServices();
  LoadedServices(LoadedServices&&) noexcept;

  // Those that have routes, in the order of the files; all that they refer to lives as long as this.
  [[nodiscard]] const std::vector<LoadedService>& offered() const noexcept;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace troupe::edge
