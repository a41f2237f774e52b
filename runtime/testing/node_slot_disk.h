// The faults of one node's disk. They last through restarts of the node. Any thread.
#pragma once

#include <atomic>
#include <cerrno>

#include "store/disk_faults.h"

namespace troupe::testing {

class NodeSlotDisk final : public store::DiskFaults {
 public:
  [[nodiscard]] int before(store::DiskWrite write) noexcept override {
    if (frozen_.load()) return EIO;
    if (full_.load() && write != store::DiskWrite::log_sync) return ENOSPC;
    if (write != store::DiskWrite::data && write == fails_at_.load() && left_.load() > 0) {
      left_.fetch_sub(1);
      return EIO;
    }
    return 0;
  }
  void fail(int commits, store::DiskWrite at) noexcept {
    fails_at_.store(at);
    left_.store(commits);
  }
  [[nodiscard]] bool refuses_write_set() noexcept override {
    if (refused_.load() == 0) return false;
    refused_.fetch_sub(1);
    return true;
  }
  // So many write sets, one by one.
  void refuse(int write_sets) noexcept { refused_.store(write_sets); }
  void full(bool on) noexcept { full_.store(on); }
  // Nothing reaches the disk any more: what a process that dies leaves behind.
  void freeze(bool on) noexcept { frozen_.store(on); }

 private:
  std::atomic<store::DiskWrite> fails_at_{store::DiskWrite::log};
  std::atomic<int> left_{0};
  std::atomic<int> refused_{0};
  std::atomic<bool> full_{false};
  std::atomic<bool> frozen_{false};
};

}  // namespace troupe::testing
