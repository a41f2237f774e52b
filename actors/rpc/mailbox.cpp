#include "rpc/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace troupe::rpc {
namespace {

int open_event() {
  const int opened = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (opened < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return opened;
}

}  // namespace

Mailbox::Mailbox() : descriptor_(open_event()) {}
Mailbox::~Mailbox() { ::close(descriptor_); }

bool Mailbox::post(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  tasks_.push_back(std::move(task));
  const std::uint64_t one = 1;
  // It cannot fail but for a counter that is full, and then the loop is awake anyhow.
  if (tasks_.size() == 1) [[maybe_unused]]
    const auto written = ::write(descriptor_, &one, sizeof one);
  return true;
}

std::vector<std::function<void()>> Mailbox::take() {
  const std::lock_guard lock(mutex_);
  std::uint64_t count = 0;
  [[maybe_unused]] const auto taken = ::read(descriptor_, &count, sizeof count);
  return std::exchange(tasks_, {});
}

std::vector<std::function<void()>> Mailbox::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  return std::exchange(tasks_, {});
}

}  // namespace troupe::rpc
