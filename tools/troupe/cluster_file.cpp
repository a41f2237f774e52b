#include "cluster_file.h"

#include <toml++/toml.h>
#include <troupe/link_secret.h>
#include <troupe/tls.h>
#include <troupe/toml.h>
#include <troupe/toml_keys.h>

#include <map>
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
  if (!fs::exists(file, ignored))
    throw Error(ErrorKind::not_found,
                "there is no file " + file.string() + "; `troupe up` wants the file of a cluster");
  if (!fs::is_regular_file(file, ignored))
    throw Error(ErrorKind::invalid, file.string() + " is no file; `troupe up` wants the file of a cluster");
  try {
    return toml::parse_file(file.string());
  } catch (const toml::parse_error& e) {
    fail(file, e.source(), std::string(e.description()));
  }
}

// What a tree may have and a cluster may not, said with its line. The tables are known to be well formed.
void check_children(const fs::path& file, const toml::table& supervisor, std::map<std::string, std::uint32_t>& lines) {
  const auto* children = supervisor["children"].as_array();
  if (!children) return;
  for (const auto& one : *children) {
    const toml::table& child = *one.as_table();
    const std::string id = child["id"].value_or(std::string());
    for (const char* key : {"actor", "service"}) {
      if (const auto* node = child.get(key))
        fail(file, node->source(),
             "child '" + id + "': '" + key + "' is for the tree of a node; a cluster has 'process'");
    }
    if (const auto* below = child["supervisor"].as_table()) {
      check_children(file, *below, lines);
      continue;
    }
    const auto line = child.get("id")->source().begin.line;
    if (const auto [first, is_new] = lines.emplace(id, line); !is_new)
      fail(file, child.get("id")->source(),
           "child '" + id + "': the process of line " + std::to_string(first->second) +
               " has this 'id', which names its log file");
  }
}

// Takes the keys out that say which node a process is, and leaves the rest to supervision_from_toml(); what is no table
// or list there is left to it too.
void take_nodes(toml::table& supervisor, const fs::path& file, const fs::path& base,
                std::map<std::string, NodeOfProcess>& nodes) {
  auto* children = supervisor["children"].as_array();
  for (std::size_t i = 0; children && i < children->size(); ++i) {
    auto* child = (*children)[i].as_table();
    if (!child) continue;
    if (auto* below = (*child)["supervisor"].as_table()) take_nodes(*below, file, base, nodes);
    if (!child->contains("process") || (!child->contains("node") && !child->contains("data_dir"))) continue;
    const std::string id = (*child)["id"].value_or(std::string());
    const auto taken = [&](const char* key) {
      const auto* value = child->get(key);
      std::string text = value ? value->value_or(std::string()) : std::string();
      if (text.empty())
        fail(file, (value ? value : child->get("process"))->source(),
             "child '" + id + "': 'node' and 'data_dir' are a node's name and its data directory, both or none, and '" +
                 key + "' is no such text");
      child->erase(key);
      return text;
    };
    NodeOfProcess node{taken("node"), {}};
    node.data_dir = (base / taken("data_dir")).lexically_normal();
    nodes[id] = std::move(node);
  }
}

void settle_paths(Supervision& tree, const fs::path& base, const std::map<std::string, std::string>& environment) {
  for (ChildSpec& child : tree.children) {
    if (auto* below = std::get_if<Supervision>(&child.start)) settle_paths(*below, base, environment);
    auto* process = std::get_if<ProcessStart>(&child.start);
    if (!process) continue;
    process->environment.insert(environment.begin(), environment.end());  // its own stay
    process->directory = (base / process->directory).lexically_normal();
    auto& program = process->command.front();
    if (program.find('/') != std::string::npos) program = (base / program).lexically_normal().string();
  }
}

}  // namespace

ClusterFile read_cluster(const fs::path& file) {
  toml::table table = parse(file);
  const fs::path base = fs::absolute(file).lexically_normal().parent_path();
  ClusterFile out;
  ProcessTreeOptions& options = out.processes;
  options.name = file.stem().string();
  options.log_dir = base / (options.name + "-logs");
  TomlKeys keys(table, file, "");
  if (auto name = keys.word("name")) options.name = *name;
  if (auto log_dir = keys.word("log_dir")) options.log_dir = keys.path(*log_dir);
  out.link_secret = options.log_dir / "link.secret";
  if (auto link_secret = keys.word("link_secret")) out.link_secret = keys.path(*link_secret);
  if (auto tls = keys.word("tls")) out.tls = keys.path(*tls);
  const std::map<std::string, std::string> environment = keys.named_texts("environment");
  const auto* supervision = keys.table("supervision");
  keys.end();
  for (const auto& [name, value] : environment) {
    if (name.empty() || name.find('=') != std::string::npos)
      keys.fail("environment", "the variable '" + name + "' of 'environment' has no name, or one with '=' in it");
  }
  if (environment.count(kLinkSecretVariable) != 0)
    keys.fail("environment", std::string("where the secret is, 'link_secret' says, and not ") + kLinkSecretVariable);
  options.environment.emplace(kLinkSecretVariable, out.link_secret.string());
  if (!out.tls.empty()) options.environment.emplace(kTlsDirectoryVariable, out.tls.string());
  if (!out.tls.empty() && environment.count(kTlsDirectoryVariable) != 0)
    keys.fail("environment", std::string("where the certificates are, 'tls' says, and not ") + kTlsDirectoryVariable);
  if (!supervision) keys.fail({}, "there is no table [supervision], which has the processes to run");
  if (auto* tree = table["supervision"].as_table()) take_nodes(*tree, file, base, out.nodes);
  options.tree = supervision_from_toml(*supervision, file);
  std::map<std::string, std::uint32_t> lines;
  check_children(file, *supervision, lines);
  if (lines.empty())
    fail(file, supervision->source(), "[supervision] has no process; write [[supervision.children]] for each");
  settle_paths(options.tree, base, environment);
  return out;
}

}  // namespace troupe::tool
