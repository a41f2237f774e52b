// From which level on lines of each room are written: as configured, and as changed since. Any thread.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "troupe/error.h"
#include "troupe/log.h"

namespace troupe::observe {

class LogLevels {
 public:
  using Rooms = std::map<std::string, LogLevel, std::less<>>;
  struct Setting {
    LogLevel level = LogLevel::info;  // of rooms that are not named
    Rooms rooms{};
    bool operator==(const Setting&) const = default;
  };

  explicit LogLevels(Setting configured)
      : configured_(std::move(configured)), now_(configured_), least_(least_of(now_)) {}

  [[nodiscard]] bool passes(std::string_view room, LogLevel level) const;
  [[nodiscard]] Setting now() const;
  [[nodiscard]] const Setting& configured() const noexcept { return configured_; }
  // Of one room, or with an empty name of all that have none of their own. Nothing: as configured. What it was.
  // `invalid`: the name is too long. `overloaded`: limits::kMaxLogRooms have one.
  [[nodiscard]] Result<LogLevel> set(std::string_view room, std::optional<LogLevel> level);

 private:
  [[nodiscard]] static LogLevel least_of(const Setting& setting) noexcept;
  [[nodiscard]] static LogLevel level_in(const Setting& setting, std::string_view room);

  const Setting configured_;
  mutable std::mutex mutex_;
  Setting now_;
  std::atomic<LogLevel> least_;  // what no room writes needs no lock
};

}  // namespace troupe::observe
