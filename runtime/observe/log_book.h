// LogBook: what a log line of a node goes through. Below the level of its room it is left out; else it is made whole
// (node, actor, request, trace), cut to the limits, and secrets are masked; if it repeats others it is only counted;
// then it is kept for `troupe logs`, and the host's sink has it. A summary of repeats goes the same way.
//
// Any thread. Nothing that is thrown comes out of it; a sink that writes lines itself has these kept, and no more.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/log_fields.h"
#include "observe/log_levels.h"
#include "observe/log_repeats.h"
#include "observe/log_ring.h"
#include "observe/log_source.h"

namespace troupe::observe {

class LogBook final : public LogSource {
 public:
  // Adds what is known of who speaks on this thread, if the line does not say it: values that last as long as `keep`.
  using Speaker = std::function<void(const std::function<void(std::string_view name, std::string_view value)>& add)>;

  struct Parts {
    std::string node;
    LogOptions options{};
    LogSink sink{};     // may be empty
    Speaker speaker{};  // the same
    const Clock& clock = system_clock();
    std::shared_ptr<const void> clock_owner{};
    std::uint64_t run = 0;  // tells this run of the node from others
  };
  explicit LogBook(Parts parts);

  void write(const LogLine& line) noexcept;
  // Writes the summaries that are due; gives when to look again.
  TimePoint look(TimePoint now) noexcept;
  // Nobody waits for lines any more.
  void end_waits() { ring_.end_waits(); }
  // Every summary that waits, at the node's end.
  void finish() noexcept;

  [[nodiscard]] LogPage lines(const LogRequest& request) override;
  [[nodiscard]] LogCounts counts() override;
  [[nodiscard]] const LogLevels& levels() override { return levels_; }
  [[nodiscard]] std::vector<std::string> rooms() override;
  [[nodiscard]] Result<void> set_level(std::string_view room, std::optional<LogLevel> level) override;

 private:
  [[nodiscard]] KeptLine whole(const LogLine& line) const;
  void heard_of(std::string_view room);
  void put(KeptLine line);
  void tell(const KeptLine& line) noexcept;
  void put_summaries(TimePoint now, bool all);

  const Parts parts_;
  LogLevels levels_;
  LogRing ring_;
  std::mutex mutex_;  // guards what follows
  LogRepeats repeats_;
  std::set<std::string, std::less<>> rooms_;
  std::atomic<std::uint64_t> left_out_{0};
  std::atomic<std::uint64_t> sink_failed_{0};
  std::atomic<std::uint64_t> failed_{0};
};

}  // namespace troupe::observe
