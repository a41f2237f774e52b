#include "schema_commands.h"

#include <algorithm>
#include <filesystem>

#include "compile_schemas.h"
#include "db_commands.h"
#include "nodes.h"
#include "show.h"
#include "troupe/schemas.h"

namespace troupe::tool {
namespace {

namespace fs = std::filesystem;

// Below a directory, in order of path.
std::vector<std::string> schema_files(const fs::path& directory) {
  std::vector<std::string> files;
  std::error_code problem;
  for (const auto& entry : fs::recursive_directory_iterator(directory, problem))
    if (entry.path().extension() == ".capnp") files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

Schemas compiled(const std::vector<std::string>& files, const fs::path& prefix, const SchemaOptions& options) {
  const auto request = compile_schemas(files, prefix.string(), options.import_paths);
  return take(Schemas::from_compiler(std::as_bytes(std::span(request))));
}

Schemas of_running_node(const Nodes& nodes, const fs::path& place) {
  return take(Schemas::from_text(nodes.get(place, "/schemas").dump()));
}

Schemas of_store(const fs::path& directory) { return take(Schemas::from_store(directory)); }

// A node that runs answers for itself; one that does not, its store.
Schemas of_node(const std::string& source, const SchemaOptions& options) {
  SilentNodes silent;
  const Nodes nodes({source, options.data}, options.timeout, silent);
  const fs::path place = nodes.places().front();
  std::error_code ignored;
  if (!fs::is_directory(place, ignored)) return of_running_node(nodes, place);
  if (!fs::exists(place / "admin.sock", ignored)) return of_store(place);
  try {
    return of_running_node(nodes, place);
  } catch (const Failure& failed) {
    if (failed.code != kUnreachable) throw;
    return of_store(place);  // what a killed node left
  }
}

Schemas schemas_of(const std::string& source, const SchemaOptions& options) {
  std::error_code ignored;
  const fs::path path(source);
  if (path.extension() == ".capnp") {
    if (!fs::exists(path, ignored)) throw failure(Error(ErrorKind::not_found, "there is no " + source));
    return compiled({source}, path.parent_path(), options);
  }
  if (fs::is_directory(path, ignored) && !fs::exists(path / "data.mdb", ignored) &&
      !fs::exists(path / "admin.sock", ignored)) {
    if (auto files = schema_files(path); !files.empty()) return compiled(files, path, options);
  }
  return of_node(source, options);
}

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

SchemaCheck show_schema_check(const SchemaOptions& options, bool json) {
  const Schemas before = schemas_of(options.old_source, options);
  const Schemas after = schemas_of(options.new_source, options);
  const auto changes = take(after.since(before));
  const auto refused = std::count_if(changes.begin(), changes.end(), [](const auto& each) { return each.refused(); });
  const bool compatible = refused == 0;
  Json all = Json::array();
  std::string text;
  for (const auto& change : changes) {
    all.push_back({{"path", change.path},
                   {"change", change.change},
                   {"rule", change.rule},
                   {"verdict", change.verdict},
                   {"reason", change.reason},
                   {"advice", change.advice}});
    text += change.verdict + "  " + printable(change.path + ": " + change.change) + "\n         " +
            printable(change.reason) + (change.advice.empty() ? "" : "; " + printable(change.advice)) + "\n";
  }
  if (json) return {dumped({{"compatible", compatible}, {"changes", all}}), compatible};
  if (changes.empty()) return {"compatible: nothing changed\n", true};
  text += compatible ? "compatible: " + counted(changes.size(), "change") + "\n"
                     : "NOT compatible: " + std::to_string(refused) + " of " + counted(changes.size(), "change") +
                           (refused == 1 ? " is" : " are") + " not allowed\n";
  return {text, compatible};
}

std::string show_schema(const SchemaOptions& options, bool json) {
  return show_services_of(take(schemas_of(options.new_source, options).services()), json);
}

}  // namespace troupe::tool
