#include "gateway/http/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

namespace troupe::http {
namespace {

constexpr int kGzipWindow = 15 + 16;  // 32 KiB, with a gzip header
constexpr int kMemoryLevel = 8;

// The weight behind ";q=", in thousandths; 1000 without one.
int weight_of(std::string_view parameters) noexcept {
  const std::size_t at = parameters.find("q=");
  if (at == std::string_view::npos) return 1000;
  const std::string_view text = parameters.substr(at + 2);
  if (text.empty() || text.front() != '0') return 1000;
  int out = 0, unit = 100;
  for (std::size_t i = 2; i < text.size() && i < 5 && text[i] >= '0' && text[i] <= '9'; ++i, unit /= 10)
    out += (text[i] - '0') * unit;
  return out;
}

}  // namespace

std::optional<std::string> gzipped(std::string_view bytes, int level) {
  z_stream stream{};
  if (bytes.size() > std::numeric_limits<uInt>::max()) return std::nullopt;
  if (::deflateInit2(&stream, level, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK)
    return std::nullopt;
  std::string out(::deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib reads it alone
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool whole = ::deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  if (!whole) return std::nullopt;
  return out;
}

bool shrinks(std::string_view content_type) noexcept {
  constexpr std::array<std::string_view, 6> types = {"application/json",         "application/problem+json",
                                                     "application/javascript",   "application/xml",
                                                     "application/openapi+json", "image/svg+xml"};
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  if (type.size() > 5 && same_name(type.substr(0, 5), "text/")) return !same_name(type, "text/event-stream");
  return std::any_of(types.begin(), types.end(), [&](std::string_view one) { return same_name(one, type); });
}

bool takes_gzip(std::string_view list) noexcept {
  int gzip = -1, any = -1;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    const std::string_view one = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    const std::size_t mark = std::min(one.find(';'), one.size());
    std::string_view name = one.substr(0, mark);
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    if (same_name(name, "gzip") || same_name(name, "x-gzip")) gzip = weight_of(one.substr(mark));
    if (name == "*") any = weight_of(one.substr(mark));
  }
  return gzip >= 0 ? gzip > 0 : any > 0;
}

void compress(Response& response, bool peer_takes_gzip, const Compression& how) {
  const std::size_t size = response.body.size();
  if (!response.compress || how.level == 0 || size < how.from_bytes || size > how.to_bytes) return;
  if (response.status == 206 || response.headers.has("Content-Encoding") || response.headers.has("Content-Range"))
    return;
  const auto type = response.headers.find("Content-Type");
  if (!type || !shrinks(*type)) return;
  if (const auto vary = response.headers.find("Vary"); !vary) {
    response.headers.add("Vary", "Accept-Encoding");
  } else if (!list_has(*vary, "Accept-Encoding") && *vary != "*") {
    response.headers.set("Vary", response.headers.joined("Vary") + ", Accept-Encoding");
  }
  if (!peer_takes_gzip) return;
  auto smaller = gzipped(response.body, how.level);
  if (!smaller || smaller->size() >= size) return;
  response.body = std::move(*smaller);
  response.headers.add("Content-Encoding", "gzip");
  if (const auto tag = response.headers.find("ETag"); tag && !tag->starts_with("W/"))
    response.headers.set("ETag", "W/" + std::string(*tag));
}

}  // namespace troupe::http
