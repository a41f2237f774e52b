#include "doctor_commands.h"

#include <troupe/link_secret.h>
#include <troupe/offline.h>
#include <troupe/tls.h>

#include <algorithm>
#include <cstdlib>
#include <future>

#include "doctor_facts.h"
#include "doctor_files.h"
#include "doctor_findings.h"
#include "show.h"

namespace troupe::tool {
namespace {

namespace fs = std::filesystem;
constexpr const char* kHugePages = "/sys/kernel/mm/transparent_hugepage/enabled";
constexpr const char* kStoreFile = "data.mdb";

// Of one place: what it is, and what there is to say of it.
struct Looked {
  std::string name;
  std::vector<Finding> findings;
  std::vector<HostedSchema> schemas;
  std::optional<Failure> failed;  // it runs no node that answers
};

fs::path directory_at(const fs::path& place) {
  std::error_code ignored;
  return fs::is_directory(place, ignored) ? place : fs::absolute(place, ignored).parent_path();
}

std::int64_t signed_at(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_number() ? found->get<std::int64_t>() : 0;
}

void look_at_process(const Json& node, const Json& health, const ClockReading& clock, Looked& out) {
  const auto facts = process_facts(signed_at(node, "pid"));
  ClockReading reading = clock;
  reading.up_ms = signed_at(node, "uptimeMs");
  // Another user's process, or another process space: then its age is not known.
  reading.process_ms = facts ? facts->age_ms : std::max<std::int64_t>(reading.up_ms, 0);
  out.findings.push_back(judge_clock(out.name, reading));
  if (!facts) return;
  out.findings.push_back(judge_files(out.name, facts->files));
  out.findings.push_back(judge_maps(out.name, facts->maps));
  out.findings.push_back(judge_core(out.name, facts->core_bytes));
  out.findings.push_back(judge_cpus(out.name, number_at(health, "workers"), facts->processors));
  out.findings.push_back(judge_memory(out.name, facts->memory));
  out.findings.push_back(judge_program(out.name, facts->program, facts->replaced));
}

void look_at_health(const Json& health, Looked& out) {
  std::string seen;
  for (const char* of : {"faults", "services"})
    for (const Json& one : array_at(health, of))
      seen += (seen.empty() ? "" : "; ") + text_at(one, "name") + ": " + text_at(one, "message");
  out.findings.push_back({"health", out.name, seen.empty() ? Verdict::ok : Verdict::fail,
                          seen.empty() ? "well, by its own account" : seen,
                          seen.empty() ? "" : "troupe health and runtime/doc/operating.md say what each fault needs"});
}

void look_at_disk(const fs::path& directory, const Usage& store, std::size_t syncs, Looked& out) {
  out.findings.push_back(judge_space(out.name, disk_space(directory), store));
  out.findings.push_back(judge_sync(out.name, measure_syncs(directory, syncs)));
}

void look_at_live_store(const Json& node, const fs::path& directory, std::size_t syncs, Looked& out) {
  const Json store = node.value("store", Json());
  if (!store.is_object()) return;
  const std::string failure = text_at(store, "failure");
  out.findings.push_back(
      {"store", out.name, failure.empty() ? Verdict::ok : Verdict::fail,
       failure.empty() ? text_at(store, "records") + " records, commits go on" : failure,
       failure.empty() ? "" : "the store commits nothing any more: mend the disk, then start the node again"});
  look_at_disk(directory, {number_at(store, "usedBytes"), number_at(store, "mapBytes")}, syncs, out);
}

Looked look_at_running(const Nodes& nodes, const fs::path& place, std::size_t syncs) {
  Looked out{place.filename().string(), {}, {}, {}};
  try {
    const Json node = nodes.get(place, "/node");
    out.name = text_at(node, "name");
    ClockReading clock;
    clock.asked_ms = static_cast<std::int64_t>(now_ms());
    clock.node_ms = signed_at(nodes.get(place, "/logs?limit=1&newest=1"), "nowMs");
    clock.answered_ms = static_cast<std::int64_t>(now_ms());
    const Json health = nodes.get(place, "/health");
    look_at_health(health, out);
    look_at_live_store(node, directory_at(place), syncs, out);
    look_at_process(node, health, clock, out);
    const Json directory = nodes.get(place, "/directory");
    for (const Json& service : array_at(directory, "services"))
      for (const Json& host : array_at(service, "hosts"))
        out.schemas.push_back({text_at(service, "name"), text_at(host, "member"), text_at(host, "schema"),
                               text_at(host, "stateVersion")});
  } catch (const Failure& failed) {
    out.failed = failed;
  }
  return out;
}

Finding store_finding(const std::string& name, const fs::path& directory, bool deep, Usage& used) {
  Finding out{"store", name, Verdict::ok, "", ""};
  auto opened = OfflineStore::open(directory);
  if (!opened.ok()) {
    const bool sealed = opened.error().kind() == ErrorKind::invalid;
    return {"store", name, sealed ? Verdict::warn : Verdict::fail, opened.error().message(),
            "troupe db verify says more, with the keys of an encrypted store; a backup can be restored"};
  }
  if (auto stats = opened->stats(); stats.ok()) {
    used = {stats->used_bytes, stats->map_bytes};
    out.seen = std::to_string(stats->records) + " records of node " + stats->node + ", it can be opened";
  }
  if (!deep) return out;
  auto checked = opened->verify();
  if (checked.ok() && checked->problems.empty()) {
    out.seen = std::to_string(checked->records) + " records read, all sound";
    return out;
  }
  out.verdict = Verdict::fail;
  out.seen = checked.ok() ? std::to_string(checked->problems.size() + checked->more_problems) +
                                " problems, the first: " + checked->problems.front()
                          : checked.error().message();
  out.remedy = "troupe db verify lists them; restore a backup (troupe db restore)";
  return out;
}

// The files of a node that does not run.
void look_at_stopped(const fs::path& place, const DoctorOptions& options, Looked& out) {
  const fs::path directory = directory_at(place);
  std::error_code ignored;
  if (!fs::exists(directory / kStoreFile, ignored)) return;
  Usage used;
  out.findings.push_back(store_finding(out.name, directory, options.deep, used));
  look_at_disk(directory, used, static_cast<std::size_t>(options.syncs), out);
}

std::vector<Looked> look_at_nodes(const Nodes& nodes, const DoctorOptions& options, SilentNodes& silent) {
  std::vector<std::future<Looked>> looking;
  for (const auto& place : nodes.places())
    looking.push_back(std::async(std::launch::async, [&nodes, &place, &options] {
      return look_at_running(nodes, place, static_cast<std::size_t>(options.syncs));
    }));
  std::vector<Looked> out;
  for (std::size_t i = 0; i < looking.size(); ++i) {
    Looked one = looking[i].get();
    if (one.failed) {
      silent.add(one.name, *one.failed);
      look_at_stopped(nodes.places()[i], options, one);
    }
    out.push_back(std::move(one));
  }
  return out;
}

void name_environment(ConfiguredFiles& files) {
  if (const char* secret = std::getenv(kLinkSecretVariable); secret && files.link_secrets.empty())
    files.link_secrets.emplace_back(secret);
  if (const char* tls = std::getenv(kTlsDirectoryVariable); tls && files.certificates.empty())
    files.certificates.emplace_back(tls);
}

std::string findings_text(const std::vector<Finding>& findings) {
  Table table({"", "FINDING", "OF", "SEEN"});
  std::string remedies;
  std::array<std::size_t, 3> counts{};
  for (const Finding& one : findings) {
    ++counts[static_cast<std::size_t>(one.verdict)];
    const std::string verdict(to_string(one.verdict));
    table.row({verdict, one.name, printable(one.about), printable(one.seen)});
    if (one.verdict != Verdict::ok)
      remedies += verdict + " " + one.name + (one.about.empty() ? "" : " of " + printable(one.about)) + ": " +
                  printable(one.remedy) + "\n  see " + page_of(one.name) + "\n";
  }
  return table.text() + (remedies.empty() ? "" : "\n" + remedies) + "\n" + std::to_string(counts[0]) + " ok, " +
         std::to_string(counts[1]) + " warn, " + std::to_string(counts[2]) + " fail\n";
}

std::string findings_json(const std::vector<Finding>& findings) {
  Json all = Json::array();
  for (const Finding& one : findings) {
    Json object = {{"name", one.name}, {"about", one.about}, {"verdict", to_string(one.verdict)}, {"seen", one.seen}};
    if (one.verdict != Verdict::ok) object["remedy"] = one.remedy;
    object["page"] = page_of(one.name);
    all.push_back(std::move(object));
  }
  return dumped({{"version", 1}, {"findings", std::move(all)}});
}

}  // namespace

Shown show_doctor(const Selection& selection, const DoctorOptions& options, std::chrono::milliseconds timeout,
                  SilentNodes& silent, bool json) {
  std::vector<Finding> all;
  ConfiguredFiles files;
  if (!options.file.empty()) all.push_back(read_configuration(options.file, files));
  if (!options.certificates.empty()) files.certificates.emplace_back(options.certificates);
  name_environment(files);
  std::vector<HostedSchema> schemas;
  bool any = false;
  const auto look = [&](const Selection& which) {
    const Nodes nodes(which, timeout, silent);
    for (Looked& one : look_at_nodes(nodes, options, silent)) {
      any = any || !one.failed;
      for (Finding& finding : one.findings) all.push_back(std::move(finding));
      schemas.insert(schemas.end(), one.schemas.begin(), one.schemas.end());
    }
  };
  if (!selection.node.empty() || !selection.data.empty() || options.file.empty()) {
    look(selection);
  } else {
    for (const fs::path& directory : files.data_dirs) {
      std::error_code ignored;
      if (fs::exists(directory, ignored)) look({directory.string(), {}});
    }
  }
  all.push_back(judge_huge_pages(kernel_word(kHugePages)));
  if (any)
    for (Finding& finding : judge_schemas(schemas)) all.push_back(std::move(finding));
  for (Finding& finding : look_at_files(files, timeout)) all.push_back(std::move(finding));
  const bool fails =
      std::any_of(all.begin(), all.end(), [](const Finding& one) { return one.verdict == Verdict::fail; });
  return {json ? findings_json(all) : findings_text(all), fails ? kFailed : kDone};
}

}  // namespace troupe::tool
