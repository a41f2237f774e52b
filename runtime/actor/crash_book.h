// The crashes of a node: when each actor crashed, what it was doing, where it threw, and who is quarantined.
//
// In memory, and bounded (limits::kRestartHistory and its neighbours). It outlives the activations, so that an actor
// that crashes, is passivated and crashes again is known for it; a restart of the node forgets everything. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "troupe/ids.h"
#include "wire/address.h"

namespace troupe::actor {

enum class CrashCause : std::uint8_t {
  handler,     // a turn threw
  activation,  // it threw while it was activated
  link,        // an actor that it is linked to went down
};
[[nodiscard]] std::string_view to_string(CrashCause cause) noexcept;

// A crash as it is remembered.
struct CrashReport {
  std::string actor;   // "Stock/sku-1"
  std::string method;  // what it was doing
  std::string what;    // what it threw
  CrashCause cause = CrashCause::handler;
  RequestId request{};  // of the turn; not set: it was in none
  std::uint64_t at_ms = 0;
  bool restart = true;
  std::chrono::milliseconds after{0};  // as in Verdict
  std::vector<const void*> trace;      // return addresses, innermost first; empty: not known
};
using CrashReportPtr = std::shared_ptr<const CrashReport>;

struct Quarantine {
  wire::AddressPtr address;
  std::string actor;
  std::uint64_t since_ms = 0;
  std::uint64_t until_ms = 0;
  std::string why;
  std::string last_crash;
};

class CrashBook {
 public:
  // When the actor crashed before, as far as its policy still counts it. To be brought back with note().
  [[nodiscard]] std::vector<TimePoint> take_times(const std::string& actor);
  void note(CrashReport report, std::vector<TimePoint> times);
  // Nothing that the actor did before counts any more; what it did is still told.
  void forgive(const std::string& actor);

  void quarantine(Quarantine entry);
  void release(const std::string& actor);

  // The newest first, up to `limit`.
  [[nodiscard]] std::vector<CrashReportPtr> newest(std::size_t limit) const;
  [[nodiscard]] std::vector<CrashReportPtr> of(const std::string& actor) const;
  [[nodiscard]] std::optional<Quarantine> quarantine_of(const std::string& actor) const;
  // In the order of their names, those after `after`.
  [[nodiscard]] std::vector<Quarantine> quarantined(const std::string& after, std::size_t limit) const;

 private:
  struct Record {
    std::string actor;
    std::vector<TimePoint> times;
    std::deque<CrashReportPtr> reports;  // the oldest first
  };
  using Records = std::list<Record>;  // who crashed last comes first

  mutable std::mutex mutex_;
  Records records_;
  std::unordered_map<std::string_view, Records::iterator> by_actor_;  // of the records' own names
  std::deque<CrashReportPtr> newest_;                                 // the oldest first
  std::map<std::string, Quarantine> quarantined_;
};

}  // namespace troupe::actor
