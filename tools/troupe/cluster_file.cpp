#include "cluster_file.h"

#include <supervision_toml.h>
#include <toml++/toml.h>

#include <functional>
#include <string>
#include <utility>

namespace troupe::tool {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& file, const toml::source_region& at, const std::string& what) {
  throw Error(ErrorKind::invalid, file.string() + ":" + std::to_string(at.begin.line) + ": " + what);
}

toml::table parse(const fs::path& file) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored))
    throw Error(ErrorKind::not_found, "there is no file " + file.string() + "; `troupe up` wants the file of a cluster");
  try {
    return toml::parse_file(file.string());
  } catch (const toml::parse_error& e) {
    fail(file, e.source(), std::string(e.description()));
  }
}

// Programs run beside their file unless they say otherwise.
void settle_paths(Supervision& tree, const fs::path& base) {
  for (ChildSpec& child : tree.children) {
    if (auto* below = std::get_if<Supervision>(&child.start)) settle_paths(*below, base);
    if (auto* process = std::get_if<ProcessStart>(&child.start)) {
      process->directory = base / process->directory;
      // A program named with a path is meant from the file too; a bare name is looked for in PATH.
      auto& program = process->command.front();
      if (program.find('/') != std::string::npos) program = (base / program).lexically_normal().string();
    }
  }
}

}  // namespace

ProcessTreeOptions read_cluster(const fs::path& file) {
  const toml::table table = parse(file);
  const fs::path base = fs::absolute(file).parent_path();
  ProcessTreeOptions options;
  options.name = file.stem().string();
  options.log_dir = base / (options.name + "-logs");
  for (auto&& [key, node] : table) {
    const auto text = node.value_exact<std::string>();
    if (key == "name" || key == "log_dir") {
      if (!text || text->empty()) fail(file, node.source(), "'" + std::string(key.str()) + "' must be a text in quotes");
      if (key == "name") options.name = *text;
    } else if (key == "environment") {
      if (!node.is_table()) fail(file, node.source(), "'environment' must be a table of texts");
      for (auto&& [name, value] : *node.as_table()) {
        const auto setting = value.value_exact<std::string>();
        if (!setting) fail(file, value.source(), "environment '" + std::string(name.str()) + "' must be a text in quotes");
        options.environment[std::string(name.str())] = *setting;
      }
    } else if (key != "supervision") {
      fail(file, key.source(),
           "unknown key '" + std::string(key.str()) + "'; known here: name, log_dir, environment, supervision");
    }
  }
  if (const auto log_dir = table["log_dir"].value_exact<std::string>()) options.log_dir = base / *log_dir;
  const auto* supervision = table["supervision"].as_table();
  if (!supervision) fail(file, table.source(), "there is no table [supervision]: it has the processes to run");
  options.tree = supervision_from_toml(*supervision, file);
  settle_paths(options.tree, base);
  return options;
}

}  // namespace troupe::tool
