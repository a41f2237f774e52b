// Sorts LMDB's return codes by what the caller should do next.
#include "store/lmdb/lmdb_error.h"

#include <lmdb.h>

#include <cerrno>

#include "base/private_files.h"

namespace troupe::store {

std::string reason(int code) {
  if (code == kNotRegular) return "it is not a regular file";
  if (code == ESTALE) return "its data directory was deleted, moved or replaced while it was in use";
  return mdb_strerror(code);
}

ErrorKind kind_of(int code) noexcept {
  switch (code) {
    case MDB_INVALID:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INCOMPATIBLE:
    case MDB_NOTFOUND: return ErrorKind::corrupt;
    case MDB_VERSION_MISMATCH: return ErrorKind::unimplemented;
    case EACCES:
    case EPERM:
    case EROFS:
    case ENOENT:
    case ENOTDIR:
    case kNotRegular:
    case MDB_BAD_VALSIZE: return ErrorKind::invalid;
    default: return ErrorKind::unavailable;
  }
}

Error lmdb_error(std::string_view tried, int code) {
  std::string message = std::string(tried) + ": " + reason(code);
  switch (code) {
    case ENOSPC:
    case EDQUOT: message += "; free space and try again"; break;
    case EFBIG: message += "; raise the limit of file sizes that the process has (ulimit -f)"; break;
    case EIO: message += "; check the disk: what lies there may be sound"; break;
    case EACCES:
    case EPERM:
    case EROFS: message += "; give the node's user the right to write there, or choose another data directory"; break;
    case MDB_INVALID:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND: message += "; restore the directory from a copy"; break;
    default: break;
  }
  return {kind_of(code), std::move(message)};
}

std::string_view advice_after_stop(int code) noexcept {
  switch (code) {
    case ENOSPC:
    case EDQUOT: return "free space and restart the node";
    case EFBIG: return "raise the limit of file sizes that the process has (ulimit -f) and restart the node";
    case EIO: return "check the disk, then restart the node";
    case ESTALE: return "end the node, put the directory back, and start the node";
    case MDB_MAP_FULL: return "raise max_map_bytes and restart the node";
    default: return "look into the cause, then restart the node";
  }
}

}  // namespace troupe::store
