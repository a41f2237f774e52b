// When nothing moves any more, and how time moves on. Work is looked for at each place where it can be, twice, with
// nothing done in between: whatever left one place while another was looked at is met the second time, or was counted.
#include <thread>

#include "testing/testbed_core.h"

namespace troupe::testing {
namespace {

constexpr std::chrono::seconds kPatience{20};
constexpr std::chrono::milliseconds kWallGrain{1};
// Looks without a pause between them.
constexpr int kEagerLooks = 200;
constexpr std::chrono::microseconds kBetweenLooks{50};

void require(const std::function<bool()>& condition) {
  if (!condition) throw Failure("eventually() was given an empty function");
}

void pause(int looks) {
  if (looks < kEagerLooks) {
    std::this_thread::yield();
  } else {
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

}  // namespace

std::string TestbedCore::what_moves_on_links(const NodeSlot& one, const NodeSlot& other) const {
  const std::string between = "the link between " + one.member.name + " and " + other.member.name;
  const auto status = [](const NodeSlot& at, const NodeSlot& to) {
    net::LinkStatus found;
    if (!at.running || !at.running->links()) return found;
    for (auto& link : at.running->links()->status()) {
      if (link.peer == to.member.name) found = std::move(link);
    }
    return found;
  };
  const auto here = status(one, other), there = status(other, one);
  const bool wanted = one.running && other.running && !parted(one.member.name, other.member.name);
  if (here.up != wanted && one.running) return between + (wanted ? " is not up" : " is not down");
  if (there.up != wanted && other.running) return between + (wanted ? " is not up" : " is not down");
  const bool even = here.link_frames_out == there.link_frames_in && there.link_frames_out == here.link_frames_in;
  return !wanted || even ? "" : between + " has frames under way";
}

std::string TestbedCore::what_moves() const {
  if (!clock_.at_rest()) return "something is due";
  // First: what waits at a loop is with the sockets after it, or with a scheduled actor.
  for (const auto& slot : slots_) {
    if (slot->running && slot->running->links() && !slot->running->links()->tick_now())
      return "the links of node " + slot->member.name + " do not answer";
  }
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    for (std::size_t j = i + 1; j < slots_.size(); ++j) {
      if (auto moves = what_moves_on_links(*slots_[i], *slots_[j]); !moves.empty()) return moves;
    }
  }
  for (const auto& slot : slots_) {
    if (!slot->running) continue;
    auto& running = *slot->running;
    const std::string node = "node " + slot->member.name;
    if (!running.engine().at_rest()) return node + " runs turns, or blocking() work";
    if (running.store() && !running.store()->commits().at_rest()) return node + " commits";
    if (!running.housekeeping().at_rest()) return node + " looks what is late";
  }
  return {};
}

std::uint64_t TestbedCore::work_done() const {
  std::uint64_t sum = 0;
  for (const auto& slot : slots_) {
    if (!slot->running) continue;
    sum += slot->running->engine().mails();
    if (auto* store = slot->running->store()) sum += store->commits().stats().transactions;
    if (!slot->running->links()) continue;
    for (const auto& link : slot->running->links()->status()) sum += link.frames_in + link.frames_out;
  }
  return sum;
}

void TestbedCore::settle() {
  const auto until = later(std::chrono::steady_clock::now(), kPatience);
  for (int looks = 0;; ++looks) {
    (void)clock_.ring_due();
    std::string moves;
    {
      const std::lock_guard lock(mutex_);
      const std::uint64_t before = work_done();
      moves = what_moves();
      if (moves.empty()) moves = what_moves();
      if (moves.empty() && work_done() != before) moves = "work goes on";
    }
    if (moves.empty()) return;
    if (std::chrono::steady_clock::now() >= until)
      throw Failure("the testbed does not settle within " + std::to_string(kPatience.count()) + " s: " + moves);
    pause(looks);
  }
}

void TestbedCore::advance(std::chrono::nanoseconds by) {
  settle();
  // What is set by the wall clock, which counts milliseconds, may come due within the next one.
  const TimePoint target = later(later(clock_.now(), by), clock_.runs() ? kWallGrain : std::chrono::milliseconds(0));
  for (auto next = clock_.next(); next && *next <= target; next = clock_.next()) {
    clock_.move_to(*next);
    settle();
  }
  clock_.move_to(target);
  settle();
}

bool TestbedCore::eventually(const std::function<bool()>& condition, std::chrono::nanoseconds within) {
  require(condition);
  const TimePoint until = later(clock_.now(), within);
  for (int looks = 0;; ++looks) {
    settle();
    if (condition()) return true;
    const TimePoint now = clock_.now();
    if (now >= until) return false;
    if (clock_.runs()) {
      pause(looks);
      continue;
    }
    const auto next = clock_.next();
    clock_.move_to(next ? std::min(*next, until) : until);
  }
}

bool eventually(const std::function<bool()>& condition, Milliseconds patience) {
  require(condition);
  const auto until = later(std::chrono::steady_clock::now(), patience);
  for (int looks = 0; !condition(); ++looks) {
    if (std::chrono::steady_clock::now() >= until) return false;
    pause(looks);
  }
  return true;
}

}  // namespace troupe::testing
