// Where a store lies. Its lock is on a file, and others find the directory by its path: one that is deleted, moved or
// replaced under its owner lets another owner in. So whether the path still leads to the file that is held is asked
// before every write that could be acknowledged, and while nothing is written, now and then.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "store/disk_faults.h"

namespace troupe::store {

class Place final : public DiskFaults {
 public:
  // `file` is there and locked. `inner` is asked first; null outside tests.
  Place(std::filesystem::path file, DiskFaults* inner);

  // Any thread; one system call.
  [[nodiscard]] bool there() const noexcept;
  // ESTALE when it is not.
  [[nodiscard]] int before(DiskWrite write) noexcept override;

 private:
  const std::filesystem::path file_;
  DiskFaults* const inner_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace troupe::store
