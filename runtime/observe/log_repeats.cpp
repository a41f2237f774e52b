#include "observe/log_repeats.h"

#include <algorithm>
#include <array>
#include <functional>

#include "base/time_words.h"

namespace troupe::observe {
namespace {

// Fields that say who a line is about, and what is another in every line.
constexpr std::array<std::string_view, 5> kThings = {"service", "key", "peer", "child", "partition"};
constexpr std::array<std::string_view, 3> kNeverTheSame = {"request", "trace", "span"};
constexpr std::size_t kSampleBytes = 400;

bool among(std::string_view name, const auto& names) noexcept {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_hex(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'f'); }

void replace_all(std::string& text, std::string_view what) {
  if (what.size() < 2) return;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    text.replace(at, what.size(), "*");
}

// Runs of digits, and of eight and more hexadecimal ones, as one sign each.
std::string without_numbers(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto hex = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_hex) - text.begin());
    const auto digits = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
    const std::size_t run = hex >= 8 ? hex : digits;
    out += run > 0 ? '#' : text.front();
    text.remove_prefix(std::max<std::size_t>(run, 1));
  }
  return out;
}

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) noexcept {
  return (a ^ (b + 0x9e3779b97f4a7c15ULL + (a << 6) + (a >> 2))) * 0xbf58476d1ce4e5b9ULL;
}

}  // namespace

std::string shape_of(const KeptLine& line) {
  std::string text = line.message;
  for (const auto& [name, value] : line.fields)
    if (among(name, kThings) || among(name, kNeverTheSame)) replace_all(text, value);
  return without_numbers(text);
}

bool LogRepeats::take(const KeptLine& line, TimePoint now) {
  if (repeats_ == 0 || line.level == LogLevel::debug) return true;
  const std::hash<std::string_view> hash;
  const std::uint64_t shape =
      mixed(mixed(hash(line.room), static_cast<std::uint64_t>(line.level)), hash(shape_of(line)));
  std::uint64_t thing = 0;
  for (const auto& [name, value] : line.fields)
    if (among(name, kThings)) thing = mixed(mixed(thing, hash(name)), hash(value));
  std::uint64_t which = mixed(shape, thing);
  auto found = counts_.find(which);
  if (found == counts_.end()) {
    if (now >= next_look_ || counts_.size() >= limits::kMaxRepeatedLines) forget_old(now);
    const auto things = things_of_.find(shape);
    const bool shared = things != things_of_.end() && things->second >= limits::kMaxRepeatedThings;
    if (shared) which = mixed(shape, ~std::uint64_t{0});
    found = counts_.find(which);
    if (found == counts_.end()) {
      if (counts_.size() >= limits::kMaxRepeatedLines) return true;
      found = counts_.emplace(which, Count{.shape = shape, .until = later(now, window_), .shared = shared}).first;
      ++things_of_[shape];
    }
  }
  Count& count = found->second;
  if (now >= count.until && count.left_out == 0) {
    count.until = later(now, window_);
    count.seen = 0;
  }
  if (++count.seen <= repeats_) return true;
  if (count.left_out++ == 0) {
    count.sample = line;
    next_due_ = std::min(next_due_, count.until);
  }
  return false;
}

// Those whose window is over and whose summary, if any, is out.
void LogRepeats::forget_old(TimePoint now) {
  next_look_ = later(now, window_);
  for (auto one = counts_.begin(); one != counts_.end();) {
    if (now < one->second.until || one->second.left_out > 0) {
      ++one;
      continue;
    }
    const auto things = things_of_.find(one->second.shape);
    if (--things->second == 0) things_of_.erase(things);
    one = counts_.erase(one);
  }
}

std::vector<KeptLine> LogRepeats::due(TimePoint now, bool all) {
  std::vector<KeptLine> out;
  if (!all && now < next_due_) return out;
  next_due_ = TimePoint::max();
  for (auto& [which, count] : counts_) {
    if (count.left_out == 0) continue;
    if (!all && now < count.until) {
      next_due_ = std::min(next_due_, count.until);
      continue;
    }
    out.push_back(summary(count));
    count.left_out = 0;
    count.seen = 0;
    count.until = later(now, window_);
  }
  return out;
}

KeptLine LogRepeats::summary(const Count& count) const {
  KeptLine line = count.sample;
  std::string said = line.message;
  if (said.size() > kSampleBytes) said = said.substr(0, kSampleBytes) + "...";
  line.message = "... " + std::to_string(count.left_out) + " more like this " +
                 (count.shared ? "about several actors, peers or children " : "") + "in " + time_words(window_) +
                 ", the first: " + said;
  std::erase_if(line.fields, [](const auto& field) { return among(field.first, kNeverTheSame); });
  line.fields.emplace_back("repeated", std::to_string(count.left_out));
  return line;
}

}  // namespace troupe::observe
