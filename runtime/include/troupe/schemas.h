// The contracts and states of a program at some time, and whether a later one may go on with what an earlier one wrote
// and sent. The rules are in runtime/doc/schema_evolution.md. Plain values; reads files and writes nothing; any thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/error.h"
#include "troupe/offline.h"

namespace troupe {

struct SchemaChange {
  std::string path;     // "OrderState.lines"
  std::string change;   // "type changed from List(OrderLine) to Text"
  std::string rule;     // "field-type"
  std::string verdict;  // "allowed"; "noticed": readable, but somebody sees it; "refused"
  std::string reason;
  std::string advice;  // what to do instead; empty: nothing

  [[nodiscard]] bool refused() const noexcept { return verdict == "refused"; }
};

class Schemas {
 public:
  // What `capnp compile -o-` writes. `invalid`: a service names a state that is not there. `corrupt`: it is no such
  // thing.
  [[nodiscard]] static Result<Schemas> from_compiler(std::span<const std::byte> request);
  // What a stopped node's store remembers. Errors as OfflineStore::open().
  [[nodiscard]] static Result<Schemas> from_store(const std::filesystem::path& data_dir);
  // What a running node answers to GET /schemas.
  [[nodiscard]] static Result<Schemas> from_text(std::string_view text);
  ~Schemas();
  Schemas(Schemas&&) noexcept;
  Schemas& operator=(Schemas&&) noexcept;

  // In order of name. `corrupt`: a schema cannot be read.
  [[nodiscard]] Result<std::vector<OfflineService>> services() const;
  // What changed from `before` to this, worst first. `corrupt`: a schema cannot be read.
  [[nodiscard]] Result<std::vector<SchemaChange>> since(const Schemas& before) const;

 private:
  struct Parts;
  explicit Schemas(std::unique_ptr<Parts> parts) noexcept;
  std::unique_ptr<Parts> parts_;
};

}  // namespace troupe
