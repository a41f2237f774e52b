#include "observe/log_book.h"

#include <algorithm>

#include "observe/log_secrets.h"

namespace troupe::observe {
namespace {

// On this thread a sink has a line: what it writes itself is not for it.
thread_local bool in_sink = false;

constexpr std::string_view kCut = "...";

std::string cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  std::size_t end = most - kCut.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not within a character
  return std::string(text.substr(0, end)) + std::string(kCut);
}

}  // namespace

LogBook::LogBook(Parts parts)
    : parts_(std::move(parts)),
      levels_({parts_.options.level, {parts_.options.levels.begin(), parts_.options.levels.end()}}),
      ring_(parts_.options.kept_lines),
      repeats_(parts_.options.repeats, parts_.options.repeat_window) {}

void LogBook::write(const LogLine& line) noexcept {
  try {
    heard_of(line.room);
    if (!levels_.passes(line.room, line.level)) return;
    KeptLine kept = whole(line);
    const TimePoint now = parts_.clock.exact_now();
    put_summaries(now, false);
    bool written = false;
    {
      const std::lock_guard lock(mutex_);
      written = repeats_.take(kept, now);
    }
    if (written) {
      put(std::move(kept));
    } else {
      left_out_.fetch_add(1, std::memory_order_relaxed);
    }
  } catch (...) {  // no memory: the line is lost, and counted
    failed_.fetch_add(1, std::memory_order_relaxed);
  }
}

KeptLine LogBook::whole(const LogLine& line) const {
  KeptLine out;
  out.at_ms = line.at_ms != 0 ? line.at_ms : parts_.clock.wall_ms();
  out.level = line.level;
  out.room = cut(line.room, limits::kMaxLogRoomBytes);
  out.message =
      cut(without_tokens(line.message.substr(0, 2 * limits::kMaxLogMessageBytes)), limits::kMaxLogMessageBytes);
  const auto add = [&out](std::string_view name, std::string_view value) {
    if (name.empty() || value.empty() || out.fields.size() >= limits::kMaxLogFields) return;
    name = name.substr(0, limits::kMaxLogRoomBytes);
    if (!out.field(name).empty()) return;
    out.fields.emplace_back(
        name, names_secret(name)
                  ? std::string(kMasked)
                  : cut(without_tokens(value.substr(0, 2 * limits::kMaxLogFieldBytes)), limits::kMaxLogFieldBytes));
  };
  add("node", parts_.node);
  for (const LogField& field : line.fields) add(field.name, field.value);
  if (parts_.speaker) parts_.speaker(add);
  return out;
}

void LogBook::heard_of(std::string_view room) {
  const std::lock_guard lock(mutex_);
  if (rooms_.size() < limits::kMaxLogRooms && !rooms_.contains(room))
    rooms_.emplace(room.substr(0, limits::kMaxLogRoomBytes));
}

void LogBook::put(KeptLine line) {
  ring_.add(line);
  tell(line);
}

void LogBook::tell(const KeptLine& line) noexcept {
  if (!parts_.sink || in_sink) return;
  in_sink = true;
  try {
    line.as_line(parts_.sink);
  } catch (...) {  // a log that cannot be written is no reason to end anything
    sink_failed_.fetch_add(1, std::memory_order_relaxed);
  }
  in_sink = false;
}

void LogBook::put_summaries(TimePoint now, bool all) {
  std::vector<KeptLine> due;
  {
    const std::lock_guard lock(mutex_);
    due = repeats_.due(now, all);
  }
  for (KeptLine& summary : due) {
    summary.at_ms = parts_.clock.wall_ms();
    put(std::move(summary));
  }
}

TimePoint LogBook::look(TimePoint now) noexcept {
  try {
    put_summaries(now, false);
  } catch (...) {
    failed_.fetch_add(1, std::memory_order_relaxed);
  }
  const std::lock_guard lock(mutex_);
  return repeats_.next_due();
}

void LogBook::finish() noexcept {
  try {
    put_summaries(parts_.clock.exact_now(), true);
  } catch (...) {
    failed_.fetch_add(1, std::memory_order_relaxed);
  }
  ring_.end_waits();
}

LogPage LogBook::lines(const LogRequest& request) {
  put_summaries(parts_.clock.exact_now(), false);
  LogPage page = ring_.read(request);
  page.run = parts_.run;
  page.now_ms = parts_.clock.wall_ms();
  return page;
}

LogCounts LogBook::counts() {
  return {ring_.written(), left_out_.load(std::memory_order_relaxed), ring_.overwritten(),
          sink_failed_.load(std::memory_order_relaxed), failed_.load(std::memory_order_relaxed)};
}

std::vector<std::string> LogBook::rooms() {
  const std::lock_guard lock(mutex_);
  return {rooms_.begin(), rooms_.end()};
}

Result<void> LogBook::set_level(std::string_view room, std::optional<LogLevel> level) {
  auto before = levels_.set(room, level);
  if (!before.ok()) return before.error();
  const auto now = levels_.now();
  const auto own = now.rooms.find(room);
  const std::string_view set = to_string(own == now.rooms.end() ? now.level : own->second);
  const std::string whose = room.empty() ? "the log level of this node" : "the log level of " + std::string(room);
  // Whatever levels there are: who changes what is written is written.
  put(whole({LogLevel::warn, "log",
             whose + " is " + std::string(set) + " from here on, it was " + std::string(to_string(*before)) +
                 ": the admin API was told so; the node's configuration holds again when it starts again",
             LogFields{{"changed_room", room}, {"level", set}}}));
  return {};
}

}  // namespace troupe::observe
