// Files of a directory as answers: content types, Last-Modified and ETag, conditional requests, one range, index.html.
// Nothing outside of the directory is served, by no path and no symbolic link; nor a name that begins with a dot, but
// `.well-known`. Any thread; serve() reads the disk.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/request.h"
#include "gateway/http/response.h"
#include "troupe/error.h"

namespace troupe::http {

struct StaticOptions {
  std::string index = "index.html";        // of a directory; empty: 404
  std::string cache_control = "no-cache";  // asks again each time, which a 304 answers
};

class StaticFiles {
 public:
  // `invalid`: there is no such directory.
  [[nodiscard]] static Result<StaticFiles> open(const std::filesystem::path& directory, StaticOptions options = {});

  // The whole path of the request is one below the directory. 404, 405, 412 and 416 are answers, too.
  [[nodiscard]] Response serve(const Request& request) const;
  // The same for these segments: the path behind a prefix, say.
  [[nodiscard]] Response serve(const Request& request, std::vector<std::string> segments) const;

 private:
  StaticFiles(std::shared_ptr<const OpenFile> directory, StaticOptions options)
      : directory_(std::move(directory)), options_(std::move(options)) {}
  std::shared_ptr<const OpenFile> directory_;
  StaticOptions options_;
};

// By the ending of a name: "text/html; charset=utf-8"; "application/octet-stream" for what is not known.
[[nodiscard]] std::string_view content_type_of(std::string_view name) noexcept;

struct ByteRange {
  std::uint64_t from = 0;
  std::uint64_t size = 0;
};
enum class RangeKind : unsigned char {
  whole,  // no range, or none that is understood: all of it is sent
  part,
  none,  // 416
};
// Of a field such as "bytes=0-99", "bytes=100-" or "bytes=-50", of what has `size` bytes. Several ranges are `whole`.
[[nodiscard]] RangeKind range_of(std::string_view field, std::uint64_t size, ByteRange& range) noexcept;

}  // namespace troupe::http
