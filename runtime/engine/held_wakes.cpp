#include "engine/held_wakes.h"

#include <caf/actor_system.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <utility>

namespace troupe::engine {
namespace {

JobsTogether*& jobs_of_this_thread() noexcept {
  static thread_local JobsTogether* jobs = nullptr;
  return jobs;
}

}  // namespace

JobsTogether::JobsTogether() noexcept : outermost_(jobs_of_this_thread() == nullptr) {
  if (outermost_) jobs_of_this_thread() = this;
}

JobsTogether::~JobsTogether() {
  if (!outermost_) return;
  jobs_of_this_thread() = nullptr;
  give();
}

void JobsTogether::give() noexcept {
  for (std::size_t i = 0; i < count_; ++i) jobs_[i].system->scheduler().enqueue(jobs_[i].job);
  count_ = 0;
}

void JobsTogether::let_go() noexcept {
  if (JobsTogether* jobs = jobs_of_this_thread()) jobs->give();
}

bool JobsTogether::keep(caf::actor_system& system, caf::resumable* job) noexcept {
  JobsTogether* jobs = jobs_of_this_thread();
  if (!jobs || jobs->count_ == kMost) return false;
  jobs->jobs_[jobs->count_++] = {&system, job};
  return true;
}

HeldBell*& HeldBell::here() noexcept {
  static thread_local HeldBell* of_this_thread = nullptr;
  return of_this_thread;
}

HeldBell::HeldBell(bool holds) noexcept : before_(std::exchange(here(), holds ? this : nullptr)) {}

HeldBell::~HeldBell() {
  here() = before_;
  ring();
}

void HeldBell::look() noexcept {
  if (++mails_ >= kMails || system_clock().exact_now() - since_ >= kTime) ring();
}

void HeldBell::ring() noexcept {
  if (!bell_) return;
  long_wait_ = long_wait_ || system_clock().exact_now() - since_ > kLong;
  std::exchange(bell_, nullptr)->ring();
}

bool HeldBell::hold(const std::shared_ptr<Bell>& bell) noexcept {
  HeldBell* held = here();
  if (!held) return false;
  return held->bell_ ? held->bell_ == bell : held->keep(bell);
}

bool HeldBell::keep(std::shared_ptr<Bell> bell) noexcept {
  if (!bell) return false;
  bell_ = std::move(bell);
  mails_ = 0;
  since_ = system_clock().exact_now();
  return true;
}

}  // namespace troupe::engine
