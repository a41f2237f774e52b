// What a test lets the disk refuse, in front of the calls that would write. What comes of it is the store's own doing.
#pragma once

#include <cstdint>

namespace troupe::store {

enum class DiskWrite : std::uint8_t {
  log,       // pwrite(2) of a batch into the commit log
  log_sync,  // fdatasync(2) after it: the batch is written
  data,      // a transaction of LMDB's
};

class DiskFaults {
 public:
  // The errno that this write ends with instead of being made; 0: it is made. The writer thread's and the checkpoint's.
  [[nodiscard]] virtual int before(DiskWrite write) noexcept = 0;
  // Whether the write set that is taken into a batch is refused, alone.
  [[nodiscard]] virtual bool refuses_write_set() noexcept { return false; }

 protected:
  ~DiskFaults() = default;
};

}  // namespace troupe::store
