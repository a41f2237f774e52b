// The schemas that contracts import from Troupe, "/troupe/service.capnp" among them: they are part of the tool, and lie
// in a folder of their own while a compiler reads them.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace troupe::tool {

struct OwnSchema {
  std::string_view name;  // "service.capnp"
  std::string_view text;
};
[[nodiscard]] const std::vector<OwnSchema>& own_schemas();

// An import path for the compiler; gone with it.
class SchemaFolder {
 public:
  // Throws a Failure when there is no room for it.
  SchemaFolder();
  ~SchemaFolder();
  SchemaFolder(const SchemaFolder&) = delete;
  SchemaFolder& operator=(const SchemaFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace troupe::tool
