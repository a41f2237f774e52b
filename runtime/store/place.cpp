#include "store/place.h"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace troupe::store {

Place::Place(std::filesystem::path file) : file_(std::move(file)) {
  struct stat status {};
  if (::stat(file_.c_str(), &status) != 0) return;
  device_ = status.st_dev;
  inode_ = status.st_ino;  // nobody else's while the file is held open
}

bool Place::there() const noexcept {
  struct stat status {};
  if (::stat(file_.c_str(), &status) == 0) return status.st_ino == inode_ && status.st_dev == device_;
  return errno != ENOENT && errno != ENOTDIR;  // what it may not see, or cannot now, may well be there
}

}  // namespace troupe::store
