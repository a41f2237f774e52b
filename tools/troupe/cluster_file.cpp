#include "cluster_file.h"

#include <toml++/toml.h>
#include <troupe/link_secret.h>
#include <troupe/tls.h>
#include <troupe/toml.h>
#include <troupe/toml_keys.h>

#include <algorithm>
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

namespace {

std::string numbered(std::string text, unsigned number) {
  for (auto at = text.find("{n}"); at != std::string::npos; at = text.find("{n}"))
    text.replace(at, 3, std::to_string(number));
  return text;
}

// A child with every "{n}" in its texts replaced.
void number_texts(toml::node& node, unsigned number) {
  if (auto* text = node.as_string()) text->get() = numbered(text->get(), number);
  if (auto* list = node.as_array())
    for (auto& one : *list) number_texts(one, number);
  if (auto* table = node.as_table())
    for (auto&& [key, value] : *table) number_texts(value, number);
}

Scale read_scale(const toml::table& table, const fs::path& file, const fs::path& base,
                 const std::map<std::string, std::string>& environment) {
  TomlKeys keys(table, file, "[scale]");
  Scale scale;
  keys.read("min", scale.rules.min, 0, Scale::kMost);
  keys.read("max", scale.rules.max, 1, Scale::kMost);
  keys.read_ms("grow_above_ms", scale.rules.grow_above, 1);
  keys.read_ms("grow_after_ms", scale.rules.grow_after);
  keys.read_ms("shrink_below_ms", scale.rules.shrink_below, 1);
  keys.read_ms("shrink_after_ms", scale.rules.shrink_after);
  keys.read_ms("cool_down_ms", scale.rules.cool_down);
  keys.read_ms("look_every_ms", scale.look_every, 10);
  const auto* child = keys.table("child");
  keys.end();
  if (scale.rules.min > scale.rules.max) keys.fail("min", "'min' is not more than 'max'");
  if (scale.rules.shrink_below > scale.rules.grow_above)
    keys.fail("shrink_below_ms",
              "'shrink_below_ms' is not more than 'grow_above_ms': it would grow and shrink in turn");
  if (!child) keys.missing("child");
  if ((*child)["id"].value_or(std::string()).find("{n}") == std::string::npos)
    keys.fail("child", "the 'id' of [scale.child] has \"{n}\" in it, which stands for 1, 2, ...");
  toml::array children;
  for (unsigned number = 1; number <= scale.rules.max; ++number) {
    toml::table one = *child;
    number_texts(one, number);
    children.push_back(std::move(one));
  }
  toml::table tree;
  tree.insert("children", std::move(children));
  std::map<std::string, NodeOfProcess> nodes;
  take_nodes(tree, file, base, nodes);
  Supervision supervision;
  try {
    supervision = supervision_from_toml(tree, file);
  } catch (const Error& error) {
    keys.fail("child", "[scale.child] cannot be a child of [supervision]: " + error.message());
  }
  settle_paths(supervision, base, environment);
  for (ChildSpec& one : supervision.children) {
    if (!std::holds_alternative<ProcessStart>(one.start)) keys.fail("child", "[scale.child] is a process");
    const auto node = nodes.find(one.id);
    if (node == nodes.end())
      keys.fail("child", "[scale.child] says which node it is: 'node' and 'data_dir', each with \"{n}\" in it");
    scale.processes.push_back({one, node->second});
  }
  return scale;
}

}  // namespace

unsigned scaled_in(const ClusterFile& file) {
  unsigned count = 0;
  for (const auto& one : file.scale ? file.scale->processes : std::vector<Scale::Process>())
    for (const ChildSpec& child : file.processes.tree.children) count += child.id == one.child.id ? 1 : 0;
  return count;
}

void set_scaled(ClusterFile& file, unsigned count) {
  if (!file.scale) return;
  auto& children = file.processes.tree.children;
  const auto& all = file.scale->processes;
  for (const auto& one : all) {
    std::erase_if(children, [&](const ChildSpec& child) { return child.id == one.child.id; });
    file.nodes.erase(one.child.id);
  }
  count = std::clamp(count, file.scale->rules.min, file.scale->rules.max);
  for (unsigned i = 0; i < count; ++i) {
    children.push_back(all[i].child);
    if (all[i].node) file.nodes[all[i].child.id] = *all[i].node;
  }
}

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
  const auto* scale = keys.table("scale");
  keys.end();
  for (const auto& [name, value] : environment) {
    if (name.empty() || name.find('=') != std::string::npos)
      keys.fail("environment", "the variable '" + name + "' of 'environment' has no name, or one with '=' in it");
  }
  if (environment.count(kLinkSecretVariable) != 0)
    keys.fail("environment", std::string("where the secret is, 'link_secret' says, and not ") + kLinkSecretVariable);
  options.environment.emplace(kLinkSecretVariable, out.link_secret.string());
  // One that the file names stands, for a process's own come first.
  options.environment.emplace(kCoordinatorVariable, (options.log_dir / "coordinator").string());
  if (!out.tls.empty()) options.environment.emplace(kTlsDirectoryVariable, out.tls.string());
  if (!out.tls.empty() && environment.count(kTlsDirectoryVariable) != 0)
    keys.fail("environment", std::string("where the certificates are, 'tls' says, and not ") + kTlsDirectoryVariable);
  if (!supervision) keys.fail({}, "there is no table [supervision], which has the processes to run");
  if (scale) out.scale = read_scale(*scale, file, base, environment);
  if (auto* tree = table["supervision"].as_table()) take_nodes(*tree, file, base, out.nodes);
  options.tree = supervision_from_toml(*supervision, file);
  std::map<std::string, std::uint32_t> lines;
  check_children(file, *supervision, lines);
  for (const auto& one : out.scale ? out.scale->processes : std::vector<Scale::Process>())
    if (lines.count(one.child.id) != 0)
      fail(file, scale->source(), "[scale.child] and a child of [supervision] are both '" + one.child.id + "'");
  if (lines.empty() && !out.scale)
    fail(file, supervision->source(), "[supervision] has no process; write [[supervision.children]] for each");
  settle_paths(options.tree, base, environment);
  set_scaled(out, 0);
  return out;
}

}  // namespace troupe::tool
