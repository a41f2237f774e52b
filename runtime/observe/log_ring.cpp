#include "observe/log_ring.h"

#include <algorithm>

#include "base/clock.h"

namespace troupe::observe {
namespace {

bool is_about(const KeptLine& line, std::string_view actor) {
  const auto slash = actor.find('/');
  if (line.field("service") != actor.substr(0, slash)) return false;
  return slash == std::string_view::npos || line.field("key") == actor.substr(slash + 1);
}

bool has_part(const KeptLine& line, std::string_view part) {
  return line.message.find(part) != std::string::npos ||
         std::any_of(line.fields.begin(), line.fields.end(),
                     [&](const auto& field) { return field.second.find(part) != std::string::npos; });
}

}  // namespace

bool fits(const KeptLine& line, const LogRequest& request) {
  if (request.level && line.level < *request.level) return false;
  if (!request.room.empty() && line.room != request.room) return false;
  if (line.at_ms < request.since_ms) return false;
  if (!request.actor.empty() && !is_about(line, request.actor)) return false;
  if (!request.trace.empty() && line.field("trace") != request.trace && line.field("request") != request.trace)
    return false;
  return request.part.empty() || has_part(line, request.part);
}

void LogRing::add(KeptLine& line) {
  const std::lock_guard lock(mutex_);
  line.number = ++last_;
  if (most_lines_ == 0) {
    ++overwritten_;
  } else {
    bytes_ += line.bytes();
    lines_.push_back(line);
  }
  while (lines_.size() > most_lines_ || (bytes_ > most_bytes_ && lines_.size() > 1)) {
    bytes_ -= lines_.front().bytes();
    lines_.pop_front();
    ++overwritten_;
  }
  if (waiting_ > 0) added_.notify_all();
}

LogPage LogRing::look(const LogRequest& request) const {
  LogPage page;
  page.next = std::min(request.after, last_);
  const std::uint64_t before_first = last_ - lines_.size();
  if (request.after > 0 && request.after < before_first) page.lost = before_first - request.after;
  const std::uint64_t after = std::max(std::min(request.after, last_), before_first);
  for (auto at = lines_.begin() + static_cast<std::ptrdiff_t>(after - before_first); at != lines_.end(); ++at) {
    if (!request.newest && page.lines.size() >= request.limit) break;
    page.next = at->number;
    if (fits(*at, request)) page.lines.push_back(*at);
  }
  if (page.lines.size() > request.limit)
    page.lines.erase(page.lines.begin(), page.lines.end() - static_cast<std::ptrdiff_t>(request.limit));
  page.next = std::max(page.next, before_first);
  return page;
}

LogPage LogRing::read(const LogRequest& request) {
  const auto until = later(std::chrono::steady_clock::now(), request.wait);
  std::unique_lock lock(mutex_);
  LogRequest rest = request;
  std::uint64_t lost = 0;
  for (;;) {
    LogPage page = look(rest);
    lost += page.lost;
    page.lost = lost;
    if (!page.lines.empty() || lost > 0 || request.wait.count() <= 0 || ended_) return page;
    rest.after = page.next;
    const std::uint64_t seen = last_;
    ++waiting_;
    const bool more = added_.wait_until(lock, until, [&] { return ended_ || last_ > seen; });
    --waiting_;
    if (!more) return page;
  }
}

void LogRing::end_waits() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  added_.notify_all();
}

std::uint64_t LogRing::written() const {
  const std::lock_guard lock(mutex_);
  return last_;
}
std::uint64_t LogRing::overwritten() const {
  const std::lock_guard lock(mutex_);
  return overwritten_;
}
std::size_t LogRing::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace troupe::observe
