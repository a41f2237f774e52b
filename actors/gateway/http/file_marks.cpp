#include "gateway/http/file_marks.h"

#include <sys/stat.h>

namespace troupe::http {

FileMarks marks_of(const TlsFiles& files) noexcept {
  FileMarks out{};
  std::size_t at = 0;
  for (const auto* file : {&files.certificate, &files.key}) {
    struct stat about {};
    auto& mark = out[at++];
    if (::stat(file->c_str(), &about) != 0) continue;
    mark = {static_cast<std::int64_t>(about.st_ino), static_cast<std::int64_t>(about.st_size),
            static_cast<std::int64_t>(about.st_mtim.tv_sec), static_cast<std::int64_t>(about.st_mtim.tv_nsec)};
  }
  return out;
}

}  // namespace troupe::http
