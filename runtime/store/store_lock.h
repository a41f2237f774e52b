// One process at a time owns a store's directory: an flock on DIR/owner.lock, which also says who holds it.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "troupe/error.h"

namespace troupe::store {

class StoreLock {
 public:
  // unavailable, naming the holder, when another process (or another Store in this one) has it.
  [[nodiscard]] static Result<StoreLock> own(const std::filesystem::path& directory, const std::string& node);
  // Shared among readers; keeps a node from starting meanwhile. A directory that was never locked gives an
  // empty lock.
  [[nodiscard]] static Result<StoreLock> read(const std::filesystem::path& directory);

  StoreLock() = default;
  ~StoreLock();
  StoreLock(StoreLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  StoreLock& operator=(StoreLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

 private:
  explicit StoreLock(int fd) noexcept : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace troupe::store
