// Runs Cap'n Proto's compiler.
#pragma once

#include <string>
#include <vector>

namespace troupe::tool {

// What `capnp compile -o-` writes about these files. "/troupe/..." is found without an import path. What the compiler
// complains about goes to standard error. Throws a Failure: the compiler is not installed, or it refuses the files.
[[nodiscard]] std::string compile_schemas(const std::vector<std::string>& files, const std::string& prefix,
                                          const std::vector<std::string>& import_paths);

}  // namespace troupe::tool
