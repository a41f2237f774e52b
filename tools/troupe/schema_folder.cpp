#include "schema_folder.h"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "failure.h"

namespace troupe::tool {

namespace fs = std::filesystem;

SchemaFolder::SchemaFolder() {
  std::error_code problem;
  std::string name = (fs::temp_directory_path(problem) / "troupe-schemas-XXXXXX").string();
  const auto refuse = [&](const std::string& why) {
    return failure(Error(ErrorKind::unavailable,
                         "Troupe's own schemas cannot be written to " + name + " for the compiler: " + why));
  };
  if (problem || ::mkdtemp(name.data()) == nullptr) throw refuse(problem ? problem.message() : std::strerror(errno));
  path_ = name;
  fs::create_directory(path_ / "troupe", problem);
  for (const OwnSchema& schema : own_schemas()) {
    std::ofstream file(path_ / "troupe" / schema.name);
    file << schema.text;
    if (!file.flush()) {
      fs::remove_all(path_, problem);
      throw refuse("the disk is full");
    }
  }
}

SchemaFolder::~SchemaFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace troupe::tool
