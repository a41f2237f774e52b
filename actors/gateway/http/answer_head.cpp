#include "gateway/http/answer_head.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace troupe::http {
namespace {

constexpr std::array<std::string_view, 5> kOfTheServer = {"Content-Length", "Transfer-Encoding", "Upgrade", "Trailer",
                                                          "Date"};

void append_number(std::string& to, std::uint64_t number) {
  std::array<char, 20> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  to.append(text.data(), end);
}

}  // namespace

std::string_view reason(int status) noexcept {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return {};
  }
}

Response text(int status, std::string body) {
  return {.status = status, .headers = {{"Content-Type", "text/plain; charset=utf-8"}}, .body = std::move(body)};
}

std::string why_not_sent(const Response& response) {
  if (response.status < 200 || response.status > 599)
    return "its status is " + std::to_string(response.status) + ", which is not from 200 to 599";
  for (std::size_t i = 0; i < response.headers.size(); ++i) {
    const Field field = response.headers[i];
    if (!is_token(field.name)) return "field " + std::to_string(i + 1) + " has a name that is no token";
    if (!is_field_value(field.value))
      return "the value of " + std::string(field.name) + " has a control character, or a space at an end";
    for (const std::string_view name : kOfTheServer) {
      if (same_name(field.name, name)) return std::string(name) + " is set by the server alone";
    }
  }
  if (response.file && !response.body.empty()) return "it has both a body and a file";
  if (response.file && !response.file->file) return "its file is not open";
  return {};
}

bool has_no_body(int status) noexcept { return status == 204 || status == 304; }

CommonFields::CommonFields(const SecurityHeaders& headers, bool secure) {
  const auto add = [this](std::string name, const std::string& value) {
    if (value.empty()) return;
    fields_.push_back({name, name + ": " + value + "\r\n"});
    bytes_ += fields_.back().line.size();
  };
  add("X-Content-Type-Options", headers.content_type_options);
  add("X-Frame-Options", headers.frame_options);
  add("Referrer-Policy", headers.referrer_policy);
  add("Content-Security-Policy", headers.content_security_policy);
  add("Cross-Origin-Resource-Policy", headers.cross_origin_resource_policy);
  if (secure) add("Strict-Transport-Security", headers.strict_transport_security);
}

void CommonFields::append(std::string& to, const Headers& but_those) const {
  for (const Named& field : fields_) {
    if (!but_those.has(field.name)) to += field.line;
  }
}

void append_head(std::string& to, const Response& response, const HeadFrame& frame, std::string_view date,
                 const CommonFields& common) {
  // The lines of this function, and a small body, which goes into the same text.
  constexpr std::size_t kLines = 256, kSmallBody = 1024;
  const std::size_t wanted = to.size() + kLines + response.headers.bytes() + 4 * response.headers.size() +
                             common.bytes() + std::min(response.body.size(), kSmallBody);
  if (wanted > to.capacity()) to.reserve(wanted);
  to += "HTTP/1.1 ";
  append_number(to, static_cast<std::uint64_t>(response.status));
  to += ' ';
  to += reason(response.status);
  to += "\r\nDate: ";
  to += date;
  to += "\r\n";
  for (std::size_t i = 0; i < response.headers.size(); ++i) {
    const Field field = response.headers[i];
    if (same_name(field.name, "Connection")) continue;  // heeded where `frame.close` comes from
    to.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  common.append(to, response.headers);
  if (frame.length) {
    to += "Content-Length: ";
    append_number(to, *frame.length);
    to += "\r\n";
  }
  if (frame.chunked) to += "Transfer-Encoding: chunked\r\n";
  if (frame.close) {
    to += "Connection: close\r\n";
  } else if (frame.says_keep_alive) {
    to += "Connection: keep-alive\r\n";
  }
  to += "\r\n";
}

std::string http_date(std::int64_t unix_seconds) {
  const time_t time = static_cast<time_t>(unix_seconds);
  struct tm parts {};
  ::gmtime_r(&time, &parts);
  constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto two = [](int number) {
    return std::string{static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)};
  };
  std::string out(days[static_cast<std::size_t>(parts.tm_wday)]);
  out += ", " + two(parts.tm_mday) + " ";
  out += months[static_cast<std::size_t>(parts.tm_mon)];
  const std::string year = std::to_string(parts.tm_year + 1900);
  out += " " + std::string(year.size() < 4 ? 4 - year.size() : 0, '0') + year;
  return out + " " + two(parts.tm_hour) + ":" + two(parts.tm_min) + ":" + two(parts.tm_sec) + " GMT";
}

std::optional<std::int64_t> from_http_date(std::string_view text) {
  struct tm parts {};
  const std::string copy(text);
  const char* const end = ::strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return static_cast<std::int64_t>(::timegm(&parts));
}

}  // namespace troupe::http
