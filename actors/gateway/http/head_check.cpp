#include "gateway/http/head_check.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "gateway/http/headers.h"

namespace troupe::http {
namespace {

constexpr std::string_view kBareLineFeed = "a line ends with LF alone; lines end with CR LF";
constexpr std::string_view kBareReturn = "a CR stands without LF behind it";

std::string_view without_spaces(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Of one line without its CR LF: its colon, or why it is no field.
struct FieldLine {
  std::string_view name;
  std::string_view value;
  std::string_view why;  // empty: it is one
};
FieldLine split(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t')
    return {{}, {}, "a field goes on in the next line, which is obsolete"};
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return {{}, {}, "a line of the header has no colon"};
  const std::string_view name = line.substr(0, colon);
  if (!name.empty() && (name.back() == ' ' || name.back() == '\t')) return {{}, {}, "a space stands before a colon"};
  if (!is_token(name)) return {{}, {}, "the name of a field is no token"};
  const std::string_view value = without_spaces(line.substr(colon + 1));
  if (!is_field_value(value)) return {{}, {}, "the value of a field has a control character"};
  return {name, value, {}};
}

bool is_visible(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

HeadCheck::State HeadCheck::refuse(int status, std::string_view why) {
  refused_ = Refused{status, why};
  return State::refused;
}

HeadCheck::State HeadCheck::look(std::string_view bytes) {
  for (;;) {
    const std::size_t end = bytes.find('\n', searched_);
    const std::size_t so_far = (end == std::string_view::npos ? bytes.size() : end + 1);
    if (lines_ == 0 && so_far - at_ > 2 && so_far - at_ - 2 > limits_->request_line_bytes)
      return refuse(414, "the request line is longer than request_line_bytes");
    if (so_far > limits_->header_bytes) return refuse(431, "the header is longer than header_bytes");
    if (end == std::string_view::npos) break;
    if (end == at_ || bytes[end - 1] != '\r') return refuse(400, kBareLineFeed);
    const std::string_view line = bytes.substr(at_, end - 1 - at_);
    if (line.find('\r') != std::string_view::npos) return refuse(400, kBareReturn);
    const std::size_t begin = std::exchange(at_, end + 1);
    searched_ = at_;
    if (line.empty()) return finish() ? State::whole : State::refused;
    if (!(lines_++ == 0 ? take_request_line(line) : take_field(line, begin))) return State::refused;
  }
  searched_ = bytes.size();
  return State::more;
}

bool HeadCheck::take_request_line(std::string_view line) {
  const auto no = [this](int status, std::string_view why) { return refuse(status, why), false; };
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos) return no(400, "the request line has no target");
  if (first == last) return no(400, "the request line names no version: HTTP/0.9 is not spoken here");
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(line.substr(0, first))) return no(400, "the method is no token");
  if (target.empty() || !is_visible(target))
    return no(400, "the target has a space, a control character or is not ASCII");
  if (version.size() != 8 || !version.starts_with("HTTP/") || version[6] != '.')
    return no(400, "the request line names no version of HTTP");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return no(505, "HTTP/1.1 and HTTP/1.0 are spoken here");
  facts_.http11 = version == "HTTP/1.1";
  return true;
}

bool HeadCheck::take_field(std::string_view line, std::size_t at) {
  if (lines_ - 1 > limits_->header_count) return refuse(431, "there are more fields than header_count"), false;
  const FieldLine field = split(line);
  if (!field.why.empty()) return refuse(400, field.why), false;
  return take_special(field.name, field.value, at + static_cast<std::size_t>(field.value.data() - line.data()));
}

// Those that say where the request ends and for whom it is: once, and in one form.
bool HeadCheck::take_special(std::string_view name, std::string_view value, std::size_t at) {
  const auto no = [this](int status, std::string_view why) { return refuse(status, why), false; };
  if (same_name(name, "Host")) {
    if (facts_.has_host) return no(400, "there is more than one Host");
    facts_.has_host = true;
    facts_.host_at = at;
    facts_.host_size = value.size();
  } else if (same_name(name, "Content-Length")) {
    if (std::exchange(has_length_, true)) return no(400, "there is more than one Content-Length");
    std::uint64_t length = 0;
    const bool digits =
        !value.empty() && std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || std::from_chars(value.data(), value.data() + value.size(), length).ec != std::errc())
      return no(400, "Content-Length is no number");
    facts_.content_length = length;
  } else if (same_name(name, "Transfer-Encoding")) {
    if (std::exchange(has_encoding_, true)) return no(400, "there is more than one Transfer-Encoding");
    if (!same_name(value, "chunked")) return no(501, "of transfer encodings, chunked alone is known");
    facts_.chunked = true;
  }
  return true;
}

bool HeadCheck::finish() {
  const auto no = [this](int status, std::string_view why) { return refuse(status, why), false; };
  if (lines_ == 0) return no(400, "there is no request line");
  if (has_encoding_ && has_length_) return no(400, "there are both Transfer-Encoding and Content-Length");
  if (has_encoding_ && !facts_.http11) return no(400, "HTTP/1.0 has no Transfer-Encoding");
  if (!facts_.has_host && facts_.http11) return no(400, "there is no Host");
  return true;
}

std::optional<Refused> check_trailers(std::string_view lines, const Limits& limits) {
  if (lines.size() > limits.trailer_bytes) return Refused{431, "the trailer is longer than trailer_bytes"};
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    if (end == std::string_view::npos || end == 0 || lines[end - 1] != '\r') return Refused{400, kBareLineFeed};
    const std::string_view line = lines.substr(0, end - 1);
    lines.remove_prefix(end + 1);
    if (line.find('\r') != std::string_view::npos) return Refused{400, kBareReturn};
    if (line.empty()) continue;
    if (const FieldLine field = split(line); !field.why.empty()) return Refused{400, field.why};
  }
  return std::nullopt;
}

}  // namespace troupe::http
