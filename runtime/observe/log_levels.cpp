#include "observe/log_levels.h"

#include <algorithm>

namespace troupe::observe {

LogLevel LogLevels::least_of(const Setting& setting) noexcept {
  LogLevel least = setting.level;
  for (const auto& [room, level] : setting.rooms) least = std::min(least, level);
  return least;
}

LogLevel LogLevels::level_in(const Setting& setting, std::string_view room) {
  const auto found = setting.rooms.find(room);
  return found == setting.rooms.end() ? setting.level : found->second;
}

bool LogLevels::passes(std::string_view room, LogLevel level) const {
  if (level < least_.load(std::memory_order_relaxed)) return false;
  const std::lock_guard lock(mutex_);
  return level >= level_in(now_, room);
}

LogLevels::Setting LogLevels::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

Result<LogLevel> LogLevels::set(std::string_view room, std::optional<LogLevel> level) {
  if (room.size() > limits::kMaxLogRoomBytes)
    return Error(ErrorKind::invalid, "the name of a room of the log has " + std::to_string(room.size()) +
                                         " bytes and may have " + std::to_string(limits::kMaxLogRoomBytes));
  const std::lock_guard lock(mutex_);
  const LogLevel before = level_in(now_, room);
  if (room.empty()) {
    now_.level = level.value_or(configured_.level);
  } else if (const auto own = configured_.rooms.find(room); !level && own == configured_.rooms.end()) {
    now_.rooms.erase(std::string(room));
  } else {
    if (!now_.rooms.contains(room) && now_.rooms.size() >= limits::kMaxLogRooms)
      return Error(ErrorKind::overloaded, std::to_string(limits::kMaxLogRooms) +
                                              " rooms have a log level of their own, which is the most; take one back "
                                              "first, with the level \"configured\"");
    now_.rooms.insert_or_assign(std::string(room), level ? *level : own->second);
  }
  least_.store(least_of(now_), std::memory_order_relaxed);
  return before;
}

}  // namespace troupe::observe
