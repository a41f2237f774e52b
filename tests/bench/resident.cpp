#include "resident.h"

#include <malloc.h>
#include <unistd.h>

#include <fstream>

namespace troupe::bench {

std::int64_t resident_bytes() {
  ::malloc_trim(0);
  std::int64_t size = 0;
  std::int64_t resident = 0;
  std::int64_t of_files = 0;
  std::ifstream("/proc/self/statm") >> size >> resident >> of_files;
  return (resident - of_files) * ::sysconf(_SC_PAGESIZE);
}

}  // namespace troupe::bench
