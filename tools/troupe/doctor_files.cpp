#include "doctor_files.h"

#include <troupe/certificates.h>
#include <troupe/link_secret.h>
#include <troupe/node.h>
#include <troupe/toml.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "cluster_file.h"
#include "doctor_facts.h"

namespace troupe::tool {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kSlowCoordinator{100};
// A private key in PEM.
constexpr std::uint64_t kLeastKey = 64, kMostKey = 65'536;

template <class Path>
void add_path(std::vector<Path>& to, const Path& path) {
  if (!path.empty() && std::find(to.begin(), to.end(), path) == to.end()) to.push_back(path);
}

void take_node(const NodeConfig& config, ConfiguredFiles& named) {
  { const Node checks(config); }  // it looks at all of it, and starts nothing
  add_path(named.data_dirs, config.data_dir);
  add_path(named.link_secrets, config.link_secret);
  add_path(named.certificates, config.tls.directory);
  add_path(named.certificates, config.tls.certificate);
  add_path(named.certificates, config.tls.authority);
  add_path(named.private_keys, config.tls.key);
  const CoordinatorConfig& coordinator = config.join.coordinator;
  add_path(named.coordinators, coordinator.directory);
  for (const std::string& endpoint : coordinator.endpoints) add_path(named.endpoints, endpoint);
  add_path(named.certificates, coordinator.ca_file);
  add_path(named.certificates, coordinator.certificate_file);
  add_path(named.private_keys, coordinator.key_file);
}

// How many nodes it speaks of.
std::size_t read_nodes(const fs::path& file, ConfiguredFiles& named) {
  const NodeConfig first = read_node_file(file).config;
  if (first.members.empty()) {
    take_node(first, named);
    return 1;
  }
  for (const Member& member : first.members) take_node(read_node_file(file, member.name).config, named);
  return first.members.size();
}

std::size_t read_processes(const fs::path& file, ConfiguredFiles& named) {
  const ClusterFile cluster = read_cluster(file);
  for (const auto& [process, node] : cluster.nodes) add_path(named.data_dirs, node.data_dir);
  std::error_code ignored;
  if (fs::exists(cluster.link_secret, ignored)) add_path(named.link_secrets, cluster.link_secret);
  add_path(named.certificates, cluster.tls);
  return cluster.nodes.size();
}

bool has_node_table(const fs::path& file) {
  try {
    return toml::parse_file(file.string()).contains("node");
  } catch (const toml::parse_error&) {
    return true;  // and its error has a line
  }
}

void look_at_certificate(const fs::path& file, std::vector<Finding>& out, const TlsConfig& trust = {}) {
  auto read = read_certificates(file, trust);
  if (!read.ok()) {
    out.push_back({"certificates", file.string(), Verdict::fail, read.error().message(),
                   "name a PEM file that the node's user can read"});
    return;
  }
  for (const CertificateView& one : *read)
    out.push_back(judge_certificate(file.string() + " (" + one.subject + ")", {one.until, one.authority, one.refused},
                                    std::chrono::system_clock::now()));
}

void look_at_certificates(const fs::path& place, std::vector<Finding>& out) {
  std::error_code ignored;
  if (!fs::is_directory(place, ignored)) return look_at_certificate(place, out);
  look_at_certificate(place / "authority.pem", out);
  std::set<fs::path> nodes;
  for (const auto& entry : fs::directory_iterator(place / "nodes", ignored)) nodes.insert(entry.path());
  const TlsConfig trust{.directory = place};
  for (const fs::path& file : nodes) {
    if (file.extension() == ".pem") look_at_certificate(file, out, trust);
    if (file.extension() == ".key")
      out.push_back(judge_secret("certificates", file.string(), secret_file(file), kLeastKey, kMostKey));
  }
}

Finding look_at_coordinator(const fs::path& directory) {
  Finding out{"coordinator", directory.string(), Verdict::ok, "",
              "give the nodes' user a directory of its own on a local disk"};
  std::error_code problem;
  if (!fs::is_directory(directory, problem)) {
    out.verdict = Verdict::warn;
    out.seen = "there is no such directory yet: the first node makes it";
  } else if (::access(directory.c_str(), R_OK | W_OK | X_OK) != 0) {
    out.verdict = Verdict::fail;
    out.seen = "this user may not write there";
  } else {
    out.seen = "a directory that this user may write to";
    out.remedy.clear();
  }
  return out;
}

Finding look_at_endpoint(const std::string& endpoint, std::chrono::milliseconds timeout) {
  const Reached reached = reach(endpoint, timeout);
  Finding out{"coordinator", endpoint, Verdict::ok, "",
              "look whether etcd runs there, and what lies between; members whose "
              "session ends are taken for dead"};
  if (!reached.error.empty()) {
    out.verdict = Verdict::fail;
    out.seen = "no connection: " + reached.error;
    return out;
  }
  out.seen = "a connection within " + std::to_string(reached.took.count()) + " us";
  if (reached.took >= kSlowCoordinator) {
    out.verdict = Verdict::warn;
  } else {
    out.remedy.clear();
  }
  return out;
}

}  // namespace

Finding read_configuration(const fs::path& file, ConfiguredFiles& named) {
  Finding out{"configuration", file.string(), Verdict::ok, "", ""};
  try {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) throw Error(ErrorKind::not_found, "there is no " + file.string());
    const bool node = has_node_table(file);
    const std::size_t count = node ? read_nodes(file, named) : read_processes(file, named);
    out.seen =
        std::to_string(count) + (node ? " nodes" : " processes that are nodes") + ", all keys known and in range";
  } catch (const Error& error) {
    out = {"configuration", file.string(), Verdict::fail, error.message(),
           "correct the key that is named; runtime/doc/configuration.md and runtime/doc/supervision.md have them all"};
  }
  return out;
}

std::vector<Finding> look_at_files(const ConfiguredFiles& files, std::chrono::milliseconds timeout) {
  std::vector<Finding> out;
  for (const fs::path& file : files.link_secrets)
    out.push_back(
        judge_secret("link-secret", file.string(), secret_file(file), kMinLinkSecretBytes, kMaxLinkSecretBytes));
  for (const fs::path& place : files.certificates) look_at_certificates(place, out);
  for (const fs::path& file : files.private_keys)
    out.push_back(judge_secret("certificates", file.string(), secret_file(file), kLeastKey, kMostKey));
  for (const fs::path& directory : files.coordinators) out.push_back(look_at_coordinator(directory));
  for (const std::string& endpoint : files.endpoints) out.push_back(look_at_endpoint(endpoint, timeout));
  return out;
}

}  // namespace troupe::tool
