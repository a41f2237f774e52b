#include "host/service_checks.h"

#include <algorithm>
#include <utility>

#include "base/time_words.h"
#include "troupe/limits.h"

namespace troupe::host {
namespace {

using Steady = std::chrono::steady_clock;

// As much as is kept, cut between characters of UTF-8.
std::string shortened(std::string text) {
  if (text.size() <= limits::kMaxHealthTextBytes) return text;
  std::size_t end = limits::kMaxHealthTextBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80) --end;
  text.resize(end);
  return text;
}

}  // namespace

ServiceChecks::ServiceChecks(std::vector<ServiceCheck> checks, Times times, std::function<void()> changed, LogSink log)
    : times_(times), changed_(std::move(changed)), log_(std::move(log)) {
  for (ServiceCheck& check : checks) {
    all_.push_back(std::make_unique<One>());
    all_.back()->check = std::move(check);
  }
  try {
    for (const auto& one : all_) one->thread = std::thread([this, one = one.get()] { run(*one); });
  } catch (...) {  // no threads
    stop();
    for (const auto& one : all_)
      if (one->thread.joinable()) one->thread.join();
    throw;
  }
}

ServiceChecks::~ServiceChecks() {
  stop();
  for (const auto& one : all_) one->thread.join();
}

void ServiceChecks::stop() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
  }
  stopped_.notify_all();
}

void ServiceChecks::run(One& one) {
  std::unique_lock lock(mutex_);
  while (!stops_) {
    one.runs = true;
    one.since = Steady::now();
    lock.unlock();
    std::string trouble;
    try {
      trouble = shortened(one.check.check());
    } catch (const std::exception&) {  // no memory
      trouble = "there is no memory to check it";
    }
    lock.lock();
    one.runs = false;
    const bool news = !one.ended_once || one.told_slow || trouble != one.trouble;
    const bool heals = trouble.empty() && (one.told_slow || !one.trouble.empty());
    const bool fails = !trouble.empty() && (one.trouble.empty() || !one.ended_once);
    one.told_slow = false;
    one.ended_once = true;
    one.passed_once = one.passed_once || trouble.empty();
    one.trouble = std::move(trouble);
    const std::string said = one.trouble;
    lock.unlock();
    if (fails) log(LogLevel::warn, one, "service " + one.check.name + " is unhealthy, by its own check: " + said);
    if (heals) log(LogLevel::info, one, "service " + one.check.name + " is healthy again");
    if (news) changed_();
    lock.lock();
    stopped_.wait_until(lock, later(Steady::now(), times_.every), [&] { return stops_; });
  }
}

std::string ServiceChecks::trouble_of(const One& one, TimePoint now) const {
  if (one.runs && now >= later(one.since, times_.slow))
    return "its check has not returned for " + time_words(times_.slow);
  if (!one.ended_once) return "its check has not been through yet";
  return one.trouble;
}

std::vector<ServiceChecks::Found> ServiceChecks::found() {
  std::vector<Found> out;
  std::vector<const One*> slow;
  {
    const std::lock_guard lock(mutex_);
    const TimePoint now = Steady::now();
    for (const auto& one : all_) {
      out.push_back({one->check.service, one->check.name, trouble_of(*one, now)});
      const bool hangs = one->runs && now >= later(one->since, times_.slow);
      if (hangs && !std::exchange(one->told_slow, true)) slow.push_back(one.get());
    }
  }
  for (const One* one : slow)
    log(LogLevel::warn, *one,
        "service " + one->check.name + " is unhealthy: its check has not returned for " + time_words(times_.slow));
  return out;
}

bool ServiceChecks::passed() const {
  const std::lock_guard lock(mutex_);
  return std::all_of(all_.begin(), all_.end(), [](const auto& one) { return one->passed_once; });
}

std::vector<std::string> ServiceChecks::running() const {
  std::vector<std::string> out;
  const std::lock_guard lock(mutex_);
  for (const auto& one : all_)
    if (one->runs) out.push_back(one->check.name);
  return out;
}

void ServiceChecks::log(LogLevel level, const One& one, const std::string& message) const {
  if (log_) log_({level, "host", message, LogFields{{"service", one.check.name}}});
}

}  // namespace troupe::host
