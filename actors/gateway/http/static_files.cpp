#include "gateway/http/static_files.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>

#include "gateway/http/answer_head.h"
#include "gateway/http/conditional.h"
#include "gateway/http/gzip.h"

namespace troupe::http {
namespace {

// Smaller ones are read at once, and may be compressed; larger ones are sent from the file.
constexpr std::uint64_t kReadWhole = 256u << 10;
constexpr int kHowOpened = O_RDONLY | O_CLOEXEC | O_NONBLOCK;  // a fifo must not hold up a thread

struct ContentType {
  std::string_view ending;
  std::string_view type;
};
constexpr std::array kContentTypes = {
    ContentType{"html", "text/html; charset=utf-8"},
    ContentType{"htm", "text/html; charset=utf-8"},
    ContentType{"css", "text/css; charset=utf-8"},
    ContentType{"js", "text/javascript; charset=utf-8"},
    ContentType{"mjs", "text/javascript; charset=utf-8"},
    ContentType{"json", "application/json"},
    ContentType{"map", "application/json"},
    ContentType{"txt", "text/plain; charset=utf-8"},
    ContentType{"md", "text/markdown; charset=utf-8"},
    ContentType{"csv", "text/csv; charset=utf-8"},
    ContentType{"xml", "application/xml"},
    ContentType{"svg", "image/svg+xml"},
    ContentType{"png", "image/png"},
    ContentType{"jpg", "image/jpeg"},
    ContentType{"jpeg", "image/jpeg"},
    ContentType{"gif", "image/gif"},
    ContentType{"webp", "image/webp"},
    ContentType{"avif", "image/avif"},
    ContentType{"ico", "image/vnd.microsoft.icon"},
    ContentType{"woff", "font/woff"},
    ContentType{"woff2", "font/woff2"},
    ContentType{"ttf", "font/ttf"},
    ContentType{"pdf", "application/pdf"},
    ContentType{"wasm", "application/wasm"},
    ContentType{"mp4", "video/mp4"},
    ContentType{"webm", "video/webm"},
    ContentType{"mp3", "audio/mpeg"},
    ContentType{"zip", "application/zip"},
    ContentType{"gz", "application/gzip"},
    ContentType{"webmanifest", "application/manifest+json"},
};

bool may_be_asked_for(std::string_view segment) noexcept {
  if (segment.empty() || segment.find_first_of(std::string_view("/\\\0", 3)) != std::string_view::npos) return false;
  return segment.front() != '.' || segment == ".well-known";
}

// By a kernel without openat2(): no link is followed at all.
int open_step_by_step(int directory, const std::vector<std::string>& segments) {
  int at = ::openat(directory, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (std::size_t i = 0; i < segments.size() && at >= 0; ++i) {
    const bool last = i + 1 == segments.size();
    const int next =
        ::openat(at, segments[i].c_str(), (last ? kHowOpened : O_PATH | O_DIRECTORY | O_CLOEXEC) | O_NOFOLLOW);
    const int error = errno;
    ::close(at);
    errno = error;
    at = next;
  }
  return at;
}

std::shared_ptr<const OpenFile> open_beneath(int directory, const std::vector<std::string>& segments) {
  std::string path;
  for (const std::string& segment : segments) path += (path.empty() ? "" : "/") + segment;
  if (path.empty()) path = ".";
  open_how how{};
  how.flags = kHowOpened;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  long opened = ::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how);
  if (opened < 0 && (errno == ENOSYS || errno == EPERM))
    opened = segments.empty() ? ::openat(directory, ".", kHowOpened) : open_step_by_step(directory, segments);
  return opened < 0 ? nullptr : std::make_shared<const OpenFile>(static_cast<int>(opened));
}

std::string hexadecimal(std::uint64_t number) {
  std::array<char, 16> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), number, 16).ptr};
}

bool read_whole(int descriptor, std::uint64_t from, std::string& into) {
  for (std::size_t have = 0; have < into.size();) {
    const ssize_t size = ::pread(descriptor, into.data() + have, into.size() - have, static_cast<off_t>(from + have));
    if (size <= 0) return false;
    have += static_cast<std::size_t>(size);
  }
  return true;
}

Response not_found() { return text(404, "404 Not Found\n"); }

// Whether the range of a request still holds: it names what is there now, or nothing.
bool range_holds(const Request& request, std::string_view etag, std::int64_t modified) {
  const auto condition = request.headers.find("If-Range");
  if (!condition) return true;
  if (condition->starts_with('"') || condition->starts_with("W/")) return has_etag(*condition, etag, true);
  return from_http_date(*condition) == modified;
}

Response file_answer(const Request& request, std::shared_ptr<const OpenFile> file, const struct stat& about,
                     std::string_view name, const StaticOptions& options) {
  const auto size = static_cast<std::uint64_t>(about.st_size);
  const std::int64_t modified = about.st_mtim.tv_sec;
  const auto nanoseconds = static_cast<std::uint64_t>(about.st_mtim.tv_sec) * 1'000'000'000u +
                           static_cast<std::uint64_t>(about.st_mtim.tv_nsec);
  const std::string etag = "\"" + hexadecimal(nanoseconds) + "-" + hexadecimal(size) + "-" +
                           hexadecimal(static_cast<std::uint64_t>(about.st_ino)) + "\"";
  Response out;
  out.headers.add("Content-Type", content_type_of(name));
  out.headers.add("ETag", etag);
  out.headers.add("Last-Modified", http_date(modified));
  out.headers.add("Accept-Ranges", "bytes");
  if (!options.cache_control.empty()) out.headers.add("Cache-Control", options.cache_control);
  switch (judge(request, {.etag = etag, .last_modified = modified})) {
    case Verdict::proceed: break;
    case Verdict::not_modified: return not_modified(out);
    case Verdict::failed: return text(412, "412 Precondition Failed\n");
  }
  ByteRange range{0, size};
  const auto wanted = request.method == "GET" ? request.headers.find("Range") : std::nullopt;
  if (wanted && range_holds(request, etag, modified)) {
    const RangeKind kind = range_of(*wanted, size, range);
    if (kind == RangeKind::none) {
      Response none = text(416, "416 Range Not Satisfiable\n");
      none.headers.add("Content-Range", "bytes */" + std::to_string(size));
      return none;
    }
    if (kind == RangeKind::part) {
      out.status = 206;
      out.compress = false;
      out.headers.add("Content-Range", "bytes " + std::to_string(range.from) + "-" +
                                           std::to_string(range.from + range.size - 1) + "/" + std::to_string(size));
    }
  }
  if (range.size > kReadWhole) {
    out.file = FilePart{std::move(file), range.from, range.size};
    return out;
  }
  out.body.resize(static_cast<std::size_t>(range.size));
  if (!read_whole(file->descriptor(), range.from, out.body)) return text(500, "500 Internal Server Error\n");
  return out;
}

}  // namespace

OpenFile::~OpenFile() { ::close(descriptor_); }

std::string_view content_type_of(std::string_view name) noexcept {
  const std::size_t dot = name.rfind('.');
  if (dot != std::string_view::npos) {
    for (const ContentType& known : kContentTypes) {
      if (same_name(known.ending, name.substr(dot + 1))) return known.type;
    }
  }
  return "application/octet-stream";
}

RangeKind range_of(std::string_view field, std::uint64_t size, ByteRange& range) noexcept {
  constexpr std::string_view kUnit = "bytes=";
  if (!same_name(field.substr(0, kUnit.size()), kUnit)) return RangeKind::whole;
  field.remove_prefix(kUnit.size());
  const std::size_t dash = field.find('-');
  if (dash == std::string_view::npos) return RangeKind::whole;
  const auto number = [](std::string_view text, std::uint64_t& into) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    return error == std::errc() && end == text.data() + text.size();
  };
  const std::string_view first = field.substr(0, dash), last = field.substr(dash + 1);
  std::uint64_t from = 0, to = 0;
  if (first.empty()) {
    if (last.empty() || !number(last, to)) return RangeKind::whole;
    if (to == 0 || size == 0) return RangeKind::none;
    range.size = std::min(to, size);
    range.from = size - range.size;
    return RangeKind::part;
  }
  if (!number(first, from) || (!last.empty() && !number(last, to))) return RangeKind::whole;
  if (!last.empty() && to < from) return RangeKind::whole;
  if (from >= size) return RangeKind::none;
  range.from = from;
  range.size = last.empty() ? size - from : std::min(to, size - 1) - from + 1;
  return RangeKind::part;
}

Result<StaticFiles> StaticFiles::open(const std::filesystem::path& directory, StaticOptions options) {
  const int opened = ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0)
    return Error(ErrorKind::invalid, "cannot serve files of " + directory.string() + ": " +
                                         std::error_code(errno, std::generic_category()).message());
  return StaticFiles(std::make_shared<const OpenFile>(opened), std::move(options));
}

Response StaticFiles::serve(const Request& request) const { return serve(request, request.target.segments()); }

Response StaticFiles::serve(const Request& request, std::vector<std::string> segments) const {
  if (request.method != "GET" && request.method != "HEAD") {
    Response no = text(405, "405 Method Not Allowed\n");
    no.headers.add("Allow", "GET, HEAD");
    return no;
  }
  const bool names_directory = segments.empty() || segments.back().empty();
  if (!segments.empty() && segments.back().empty()) segments.pop_back();
  if (!std::all_of(segments.begin(), segments.end(), [](const std::string& one) { return may_be_asked_for(one); }))
    return not_found();
  if (names_directory) {
    if (options_.index.empty()) return not_found();
    segments.push_back(options_.index);
  }
  auto file = open_beneath(directory_->descriptor(), segments);
  struct stat about {};
  if (!file || ::fstat(file->descriptor(), &about) != 0) return not_found();
  if (S_ISDIR(about.st_mode) && !names_directory && !options_.index.empty()) {
    Response moved{.status = 301};
    const std::string& raw = request.target.raw;
    const std::size_t mark = std::min(raw.find('?'), raw.size());
    // Not as "//host/": that would lead elsewhere.
    const std::size_t begin = std::min(raw.find_first_not_of('/'), mark);
    moved.headers.add("Location", "/" + raw.substr(begin, mark - begin) + "/" + raw.substr(mark));
    return moved;
  }
  if (!S_ISREG(about.st_mode)) return not_found();
  return file_answer(request, std::move(file), about, segments.back(), options_);
}

}  // namespace troupe::http
