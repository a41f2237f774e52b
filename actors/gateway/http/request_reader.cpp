#include "gateway/http/request_reader.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <utility>

#include "gateway/http/target.h"

namespace troupe::http {
namespace {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;
using BeastText = boost::beast::string_view;

// Before a request line, for old clients that end a body with one (RFC 9112, 2.2).
constexpr std::size_t kMostEmptyLines = 4;
// What is set aside at once for a body that Content-Length announces; the rest comes with its bytes.
constexpr std::size_t kReservedForBody = 64u << 10;

// "0", and two line ends. A chunk's line that is not whole is not shown to Beast again with less: its assertions do not
// hold then. All that may follow such a line is longer.
constexpr std::size_t kLastChunkBytes = 5;

std::string_view seen(BeastText text) noexcept { return {text.data(), text.size()}; }

}  // namespace

// Beast's parser, which puts what it finds into a Request.
class RequestReader::Parser final : public beast_http::basic_parser<true> {
 public:
  Parser(Request& request, const Limits& limits) : request_(request), limits_(limits) {
    eager(true);
    header_limit(static_cast<std::uint32_t>(std::min<std::size_t>(limits.header_bytes, 1u << 30)));
    body_limit(limits.body_bytes);
  }
  // Where the bytes end that put() looks at.
  void bytes_end(const char* end) noexcept { end_ = end; }
  [[nodiscard]] const std::optional<Refused>& refused() const noexcept { return refused_; }

 private:
  void on_request_impl(beast_http::verb, BeastText method, BeastText, int, error_code&) override {
    request_.method = seen(method);
  }
  void on_response_impl(int, BeastText, int, error_code&) override {}
  void on_field_impl(beast_http::field, BeastText name, BeastText value, error_code&) override {
    if (!in_body_) request_.headers.add(seen(name), seen(value));
  }
  void on_header_impl(error_code&) override { in_body_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    if (length) request_.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, kReservedForBody)));
  }
  std::size_t on_body_impl(BeastText body, error_code&) override {
    request_.body += seen(body);
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t size, BeastText extensions, error_code& code) override {
    if (extensions.size() > limits_.chunk_line_bytes)
      return refuse({400, "a chunk's line is longer than chunk_line_bytes"}, code);
    if (size > 0) return;
    // Beast would join lines that go on in the next one; a header may not have them either.
    const char* const begin = extensions.data() + extensions.size() + 2;
    const std::string_view rest(begin, begin < end_ ? static_cast<std::size_t>(end_ - begin) : 0);
    const std::size_t end = rest.starts_with("\r\n") ? 0 : rest.find("\r\n\r\n");
    const std::string_view lines = end == std::string_view::npos ? rest : rest.substr(0, end == 0 ? 0 : end + 2);
    if (auto why = check_trailers(lines, limits_)) refuse(*why, code);
  }
  std::size_t on_chunk_body_impl(std::uint64_t, BeastText body, error_code&) override {
    request_.body += seen(body);
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  void refuse(Refused why, error_code& code) {
    refused_ = why;
    code = beast_http::error::bad_chunk;
  }

  Request& request_;
  const Limits& limits_;
  bool in_body_ = false;
  const char* end_ = nullptr;
  std::optional<Refused> refused_;
};

RequestReader::RequestReader(const Limits& limits) : limits_(limits), check_(limits) {}
RequestReader::~RequestReader() = default;

RequestReader::State RequestReader::refuse(int status, std::string_view why) {
  refused_ = Refused{status, why};
  return State::refused;
}

RequestReader::State RequestReader::read(std::string_view bytes, std::size_t& taken) {
  taken = 0;
  if (refused_) return State::refused;
  return parser_ ? read_body(bytes, taken) : read_head(bytes, taken);
}

RequestReader::State RequestReader::read_head(std::string_view bytes, std::size_t& taken) {
  if (!begun_) {
    while (bytes.starts_with("\r\n")) {
      if (++empty_lines_ > kMostEmptyLines) return refuse(400, "empty lines come instead of a request");
      bytes.remove_prefix(2);
      taken += 2;
    }
    if (bytes.empty() || bytes == "\r") return State::more;
    begun_ = true;
  }
  switch (check_.look(bytes)) {
    case HeadCheck::State::more: return State::more;
    case HeadCheck::State::refused: refused_ = check_.refused(); return State::refused;
    case HeadCheck::State::whole: break;
  }
  const std::string_view head = bytes.substr(0, check_.size());
  parser_ = std::make_unique<Parser>(request_, limits_);
  if (!judge_head(head)) return State::refused;
  taken += head.size();
  return parser_->is_done() ? finish() : State::body;
}

// What stands in the header decides, before a byte of the body is read.
bool RequestReader::judge_head(std::string_view head) {
  const auto no = [this](int status, std::string_view why) { return refuse(status, why), false; };
  const HeadFacts& facts = check_.facts();
  if (facts.content_length && *facts.content_length > limits_.body_bytes)
    return no(413, "the body is larger than body_bytes");
  request_.headers.reserve(16, head.size());
  error_code code;
  const std::size_t parsed = parser_->put(boost::asio::buffer(head.data(), head.size()), code);
  if (code || parsed != head.size()) return no(400, "the header is not as HTTP has it");
  const std::string_view line = head.substr(0, head.find('\r'));
  const std::size_t begin = line.find(' ') + 1;
  const std::string_view target = line.substr(begin, line.rfind(' ') - begin);
  if (auto why = take_target(request_.method, target, head.substr(facts.host_at, facts.host_size), request_))
    return refused_ = why, false;
  request_.http11 = facts.http11;
  keeps_alive_ = parser_->keep_alive();
  if (const auto encoding = request_.headers.find("Content-Encoding");
      encoding && !same_name(*encoding, "identity") && !parser_->is_done())
    return no(415, "a body that is encoded is not taken");
  expects_continue_ = false;
  if (const auto expect = request_.headers.find("Expect"); expect && facts.http11) {
    if (!same_name(*expect, "100-continue")) return no(417, "of expectations, 100-continue alone is known");
    expects_continue_ = !parser_->is_done();
  }
  return true;
}

RequestReader::State RequestReader::read_body(std::string_view bytes, std::size_t& taken) {
  if (bytes.size() < wanted_) return State::more;
  parser_->bytes_end(bytes.data() + bytes.size());
  error_code code;
  taken = parser_->put(boost::asio::buffer(bytes.data(), bytes.size()), code);
  if (parser_->refused()) return refused_ = parser_->refused(), State::refused;
  if (code == beast_http::error::body_limit) return refuse(413, "the body is larger than body_bytes");
  if (code && code != beast_http::error::need_more) return refuse(400, "the body is not as HTTP has it");
  wanted_ = code ? kLastChunkBytes : 1;
  if (parser_->is_done()) return finish();
  // Beast leaves lines that are not whole; so they are bounded here.
  const std::string_view left = bytes.substr(taken);
  const std::size_t line = std::min(left.find('\n', 2), left.size());  // and two line ends
  if (line > 4 && line - 4 > limits_.chunk_line_bytes)
    return refuse(400, "a chunk's line is longer than chunk_line_bytes");
  if (left.size() > limits_.trailer_bytes && left.size() - limits_.trailer_bytes > limits_.chunk_line_bytes)
    return refuse(431, "the trailer is longer than trailer_bytes");
  return State::more;
}

RequestReader::State RequestReader::finish() {
  parser_.reset();
  wanted_ = 1;
  return State::request;
}

Request RequestReader::take() {
  check_ = HeadCheck(limits_);
  begun_ = false;
  empty_lines_ = 0;
  return std::exchange(request_, {});
}

}  // namespace troupe::http
