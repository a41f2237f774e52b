#include "doctor_findings.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>

#include "show.h"

namespace troupe::tool {
namespace {

constexpr std::uint64_t kPercent = 100;

std::string in_ms(std::chrono::microseconds time) {
  char text[32];
  (void)std::snprintf(text, sizeof text, "%.2f ms", static_cast<double>(time.count()) / 1000.0);
  return text;
}

std::string in_words(std::int64_t ms) { return duration(static_cast<std::uint64_t>(ms < 0 ? -ms : ms)); }

std::uint64_t share_of(const Usage& usage) {
  return usage.most == 0
             ? 0
             : static_cast<std::uint64_t>(static_cast<double>(usage.used) * 100.0 / static_cast<double>(usage.most));
}

std::string of_most(const Usage& usage, const char* what) {
  return std::to_string(usage.used) + " " + what + " of " +
         (usage.most == 0 ? "any number" : std::to_string(usage.most) + " (" + std::to_string(share_of(usage)) + "%)");
}

// From which share of a limit on.
constexpr std::uint64_t kTight = 70, kFull = 90;

Verdict by_share(const Usage& usage) {
  return usage.most == 0 || share_of(usage) < kTight ? Verdict::ok
         : share_of(usage) < kFull                   ? Verdict::warn
                                                     : Verdict::fail;
}

Finding judged(Finding finding, Verdict verdict, std::string remedy) {
  finding.verdict = verdict;
  if (verdict != Verdict::ok) finding.remedy = std::move(remedy);
  return finding;
}

}  // namespace

std::string_view to_string(Verdict verdict) noexcept {
  return verdict == Verdict::ok ? "ok" : verdict == Verdict::warn ? "warn" : "fail";
}

std::string page_of(std::string_view finding) { return "runtime/doc/doctor.md#" + std::string(finding); }

Finding judge_sync(const std::string& about, const SyncTimes& times) {
  Finding out{"disk-sync", about, Verdict::ok, times.error};
  if (!times.error.empty())
    return judged(out, Verdict::fail, "make the directory one that the node's user may write to, on a disk with space");
  out.seen = std::to_string(times.count) + " syncs of 4 KiB: half within " + in_ms(times.median) + ", 99% within " +
             in_ms(times.p99);
  const Verdict verdict = times.p99 >= doctor::kStuckSync  ? Verdict::fail
                          : times.p99 >= doctor::kSlowSync ? Verdict::warn
                                                           : Verdict::ok;
  return judged(out, verdict,
                "a turn that changes something waits for a sync: put data_dir on a local disk with a write "
                "cache that survives power loss, and off disks that others keep busy");
}

Finding judge_space(const std::string& about, const DiskSpace& space, const Usage& store) {
  Finding out{"disk-space", about, Verdict::ok, space.error};
  if (!space.error.empty()) return judged(out, Verdict::fail, "look whether the file system is there");
  out.seen = size(space.free) + " free of " + size(space.total) + "; the store has " + size(store.used) +
             (store.most > 0 ? " and may grow to " + size(store.most) : "");
  const std::uint64_t left = store.most > store.used ? store.most - store.used : 0;
  if (store.most > 0 && kPercent * store.used / std::max<std::uint64_t>(store.most, 1) >= kFull)
    return judged(out, Verdict::fail,
                  "the store is nearly as large as max_store_bytes lets it be: raise that and start "
                  "the node again; full, it refuses every change");
  if (space.free < doctor::kNoSpace && space.free < left)
    return judged(out, Verdict::fail, "free space on this disk now: a full one stops all commits");
  const bool may_not_grow = space.free < left && left < space.total;
  const bool no_copy = space.free < store.used;
  const bool little = space.free < doctor::kLittleSpace && space.free < left;
  return judged(out, may_not_grow || no_copy || little ? Verdict::warn : Verdict::ok,
                may_not_grow ? "the disk is full before the store is as large as max_store_bytes: lower that, or free "
                               "space"
                : no_copy    ? "a compaction and a backup write the store a second time: free as much as it has"
                             : "free space on this disk");
}

Finding judge_clock(const std::string& about, const ClockReading& reading) {
  const std::int64_t ahead = reading.node_ms > reading.answered_ms ? reading.node_ms - reading.answered_ms
                             : reading.node_ms < reading.asked_ms  ? reading.node_ms - reading.asked_ms
                                                                   : 0;
  // A node is no older than its process, however long that took to start it.
  const std::int64_t stepped = std::max<std::int64_t>(reading.up_ms - reading.process_ms, 0);
  Finding out{
      "clock", about, Verdict::ok,
      ahead == 0 ? "as this machine's" : in_words(ahead) + (ahead > 0 ? " ahead of" : " behind") + " this machine's"};
  if (stepped >= doctor::kClockDiffers.count())
    out.seen += "; set forward by " + in_words(stepped) + " since the node started";
  if (reading.up_ms < 0) out.seen += "; set back to before the node started";
  const std::int64_t worst = std::max(std::abs(ahead), reading.up_ms < 0 ? -reading.up_ms : stepped);
  const Verdict verdict = worst >= doctor::kClockWrong.count()     ? Verdict::fail
                          : worst >= doctor::kClockDiffers.count() ? Verdict::warn
                                                                   : Verdict::ok;
  return judged(out, verdict,
                "keep clocks by NTP (chrony) that slews: reminders, tokens and certificates go by the wall "
                "clock");
}

Finding judge_files(const std::string& about, const Usage& files) {
  const Finding out{"open-files", about, Verdict::ok, of_most(files, "descriptors")};
  Verdict verdict = by_share(files);
  if (files.most > 0 && files.most < doctor::kFewFiles) verdict = std::max(verdict, Verdict::warn);
  if (files.most > 0 && files.most < doctor::kTooFewFiles) verdict = Verdict::fail;
  return judged(out, verdict,
                "raise RLIMIT_NOFILE to 65536: LimitNOFILE= of systemd, ulimit -n, --ulimit nofile= of a "
                "container; each link, each client of a gateway takes one");
}

Finding judge_maps(const std::string& about, const Usage& maps) {
  return judged({"memory-maps", about, Verdict::ok, of_most(maps, "maps")}, by_share(maps),
                "raise vm.max_map_count: a process that has used it up gets no thread and no memory");
}

Finding judge_core(const std::string& about, std::uint64_t most_bytes) {
  const bool unlimited = most_bytes == std::numeric_limits<std::uint64_t>::max();
  return judged(
      {"core-dumps", about, Verdict::ok,
       most_bytes == 0 ? "off"
       : unlimited     ? "on"
                       : "on, up to " + size(most_bytes)},
      most_bytes == 0 ? Verdict::warn : Verdict::ok,
      "a crash of the process leaves nothing to look at: LimitCORE=infinity, ulimit -c unlimited; leave them off "
      "where memory must not reach the disk");
}

Finding judge_huge_pages(const std::string& word) {
  const bool always = word.find("[always]") != std::string::npos;
  return judged(
      {"huge-pages", "", Verdict::ok, word.empty() ? "this kernel has none" : word},
      always ? Verdict::warn : Verdict::ok,
      "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled: with `always` memory grows, and turns pause "
      "while pages are joined");
}

Finding judge_cpus(const std::string& about, std::uint64_t workers, double processors) {
  char text[96];
  (void)std::snprintf(text, sizeof text, "%llu worker threads, ", static_cast<unsigned long long>(workers));
  Finding out{"cpu-limit", about, Verdict::ok, text};
  if (processors <= 0) {
    out.seen += "no limit of processor time";
    return out;
  }
  (void)std::snprintf(text, sizeof text, "processor time of %.2f", processors);
  out.seen += text;
  const bool more = static_cast<double>(workers) > std::max(std::ceil(processors), 2.0);
  return judged(
      out, more ? Verdict::warn : Verdict::ok,
      "set NodeConfig::threads to the processors that the control group may use: with more the kernel stops all of "
      "them for the rest of each period");
}

Finding judge_memory(const std::string& about, const Usage& memory) {
  Finding out{"memory-limit", about, Verdict::ok,
              memory.most == 0 ? size(memory.used) + " used, no limit"
                               : size(memory.used) + " used of " + size(memory.most) + " (" +
                                     std::to_string(share_of(memory)) + "%)"};
  return judged(out, by_share(memory),
                "raise the control group's memory.max, or lower idle_after and "
                "overload.max_queued_bytes: at the limit the kernel kills the process");
}

Finding judge_program(const std::string& about, const std::string& path, bool replaced) {
  return judged(
      {"programs", about, Verdict::ok, path + (replaced ? ", whose file was replaced since it started" : "")},
      replaced ? Verdict::warn : Verdict::ok,
      "the node runs the program of before: start it anew (troupe up --reload) for the one that lies there now");
}

Finding judge_certificate(const std::string& about, const CertificateEnd& end,
                          std::chrono::system_clock::time_point now) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end.until - now).count();
  Finding out{"certificates", about, Verdict::ok, ""};
  if (left < 0) {
    out.seen = "expired " + in_words(left) + " ago";
  } else {
    out.seen = "good for " + in_words(left);
  }
  if (!end.refused.empty()) out.seen += "; refused: " + end.refused;
  const Verdict verdict = left < 0 || !end.refused.empty() ? Verdict::fail
                          : end.until - now < std::chrono::duration_cast<std::chrono::hours>(doctor::kCertificateEnds)
                              ? Verdict::warn
                              : Verdict::ok;
  return judged(out, verdict,
                end.authority ? "change the authority: troupe cert rotate DIR (security.md)"
                              : "renew it: troupe cert node --renew DIR NAME; a node takes the new one while "
                                "it runs");
}

Finding judge_secret(const char* name, const std::string& about, const SecretFile& file, std::uint64_t least,
                     std::uint64_t most) {
  char mode[16];
  (void)std::snprintf(mode, sizeof mode, "%04o", file.mode & 07777U);
  Finding out{name, about, Verdict::ok, file.error.empty() ? std::string("mode ") + mode : file.error};
  if (!file.error.empty()) return judged(out, Verdict::fail, "let the node's user, and nobody else, read it");
  if ((file.mode & 077U) != 0)
    return judged(out, Verdict::fail, "chmod 600 " + about + "; others could read it, so make another one");
  if (file.bytes < least || file.bytes > most) {
    out.seen += ", " + std::to_string(file.bytes) + " bytes";
    return judged(out, Verdict::fail,
                  "it has " + std::to_string(least) + " to " + std::to_string(most) +
                      " bytes: openssl "
                      "rand -hex 32 makes one");
  }
  return out;
}

std::vector<Finding> judge_schemas(const std::vector<HostedSchema>& hosted) {
  std::map<std::string, std::map<std::pair<std::string, std::string>, std::string>> forms;  // service, form, members
  for (const HostedSchema& one : hosted) {
    std::string& members = forms[one.service][{one.hash, one.version}];
    if ((", " + members + ",").find(", " + one.member + ",") == std::string::npos)
      members += (members.empty() ? "" : ", ") + one.member;
  }
  std::vector<Finding> out;
  for (const auto& [service, of] : forms) {
    if (of.size() < 2) continue;
    std::string seen;
    for (const auto& [form, members] : of)
      seen += (seen.empty() ? "" : "; ") + members + " has version " + form.second + ", schema " + form.first;
    out.push_back({"schemas", service, Verdict::warn, seen,
                   "two builds run side by side: end the update (troupe up --reload), and see with troupe schema check "
                   "whether one may follow the other"});
  }
  if (out.empty())
    out.push_back({"schemas", "", Verdict::ok, std::to_string(forms.size()) + " services, the same everywhere"});
  return out;
}

}  // namespace troupe::tool
