// Where a store lies. Its lock is on a file, and others find the directory by its path: one that is deleted, moved or
// replaced under its owner lets another owner in. So whether the path still leads to the file that is held is asked
// before anything is acknowledged, and while nothing is written, now and then.
#pragma once

#include <sys/types.h>

#include <filesystem>

namespace troupe::store {

class Place final {
 public:
  // `file` is there and locked.
  explicit Place(std::filesystem::path file);

  // Any thread; one system call.
  [[nodiscard]] bool there() const noexcept;

 private:
  std::filesystem::path file_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace troupe::store
