// What `troupe doctor` makes of what was seen: ok, warn or fail, with a remedy. Each kind of finding has a section of
// its name in runtime/doc/doctor.md. Pure.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::tool {

enum class Verdict : unsigned char { ok, warn, fail };
[[nodiscard]] std::string_view to_string(Verdict verdict) noexcept;

struct Finding {
  std::string name;   // one of kFindings
  std::string about;  // a node, a file; empty: the machine, or the cluster
  Verdict verdict = Verdict::ok;
  std::string seen;
  std::string remedy{};  // empty: nothing is to be done
};

inline constexpr std::array<std::string_view, 17> kFindings = {
    "configuration", "health",       "store",       "disk-sync",   "disk-space", "clock",
    "open-files",    "memory-maps",  "core-dumps",  "huge-pages",  "cpu-limit",  "memory-limit",
    "programs",      "certificates", "link-secret", "coordinator", "schemas"};

// From which values on; runtime/doc/doctor.md says why.
namespace doctor {
inline constexpr std::chrono::microseconds kSlowSync{20'000}, kStuckSync{500'000};  // p99
inline constexpr std::uint64_t kLittleSpace = std::uint64_t{1} << 30, kNoSpace = std::uint64_t{64} << 20;
inline constexpr std::chrono::milliseconds kClockDiffers{500}, kClockWrong{60'000};
inline constexpr std::uint64_t kFewFiles = 4'096, kTooFewFiles = 256;
inline constexpr std::chrono::hours kCertificateEnds{24 * 14};
}  // namespace doctor

struct SyncTimes {
  std::size_t count = 0;
  std::chrono::microseconds median{0};
  std::chrono::microseconds p99{0};
  std::string error{};  // why they could not be measured
};
struct DiskSpace {
  std::uint64_t free = 0;  // for this user
  std::uint64_t total = 0;
  std::string error{};
};
// How much of something is used, of how much; `most` 0: no limit.
struct Usage {
  std::uint64_t used = 0;
  std::uint64_t most = 0;
};
// Of a node's own clock, and this machine's before and after it was asked.
struct ClockReading {
  std::int64_t node_ms = 0;
  std::int64_t asked_ms = 0;
  std::int64_t answered_ms = 0;
  std::int64_t up_ms = 0;       // by the node's wall clock
  std::int64_t process_ms = 0;  // how old its process is, by the clock that nobody sets
};
struct CertificateEnd {
  std::chrono::system_clock::time_point until{};
  bool authority = false;
  std::string refused{};
};
struct HostedSchema {
  std::string service;
  std::string member;
  std::string hash;
  std::string version;
};

[[nodiscard]] Finding judge_sync(const std::string& about, const SyncTimes& times);
// `used`, `most`: what the store has, and what it may have at most (max_store_bytes).
[[nodiscard]] Finding judge_space(const std::string& about, const DiskSpace& space, const Usage& store);
[[nodiscard]] Finding judge_clock(const std::string& about, const ClockReading& reading);
[[nodiscard]] Finding judge_files(const std::string& about, const Usage& files);
[[nodiscard]] Finding judge_maps(const std::string& about, const Usage& maps);
[[nodiscard]] Finding judge_core(const std::string& about, std::uint64_t most_bytes);
// `word`: what the kernel's file says: "always [madvise] never".
[[nodiscard]] Finding judge_huge_pages(const std::string& word);
// `processors`: what the control group may use; 0: all there are.
[[nodiscard]] Finding judge_cpus(const std::string& about, std::uint64_t workers, double processors);
[[nodiscard]] Finding judge_memory(const std::string& about, const Usage& memory);
// The programs that nodes run, and of each whether its file was replaced meanwhile.
[[nodiscard]] Finding judge_program(const std::string& about, const std::string& path, bool replaced);
[[nodiscard]] Finding judge_certificate(const std::string& about, const CertificateEnd& end,
                                        std::chrono::system_clock::time_point now);
// A file with a secret: its mode, and how many bytes it has.
struct SecretFile {
  unsigned mode = 0;
  std::uint64_t bytes = 0;
  std::string error{};  // it cannot be read, and why
};
// `least`, `most`: bytes that are allowed.
[[nodiscard]] Finding judge_secret(const char* name, const std::string& about, const SecretFile& file,
                                   std::uint64_t least, std::uint64_t most);
// One for each service whose members have it in different forms; one in all when there is none.
[[nodiscard]] std::vector<Finding> judge_schemas(const std::vector<HostedSchema>& hosted);

// "runtime/doc/doctor.md#disk-sync"
[[nodiscard]] std::string page_of(std::string_view finding);

}  // namespace troupe::tool
