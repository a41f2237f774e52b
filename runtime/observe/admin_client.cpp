#include "troupe/admin_client.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/private_files.h"
#include "observe/socket_path.h"
#include "observe/target.h"

namespace troupe {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Local = asio::local::stream_protocol;
using boost::system::error_code;

// Error::code() of what keeps a node from answering.
constexpr const char* kKilled = "killed";
constexpr const char* kStopped = "stopped";
constexpr const char* kPermission = "permission";
constexpr const char* kNoAnswer = "no_answer";

constexpr std::uint64_t kMaxAnswerBytes = std::uint64_t{256} << 20;

// Whether it is one word of a request's first line, which ends with a line break and is parted by spaces.
bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > ' ' && c != 0x7f; });
}

Result<void> check(std::string_view method, std::string_view path) {
  const auto wrong = [](const std::string& what) { return Error(ErrorKind::invalid, "a request to a node: " + what); };
  if (!is_word(method)) return wrong("a method is one word, \"GET\" or \"POST\"");
  if (!is_word(path) || path.front() != '/')
    return wrong(
        "a path begins with '/' and has no spaces and no control characters; AdminClient::encode() makes a name a "
        "part of one");
  return {};
}

}  // namespace

struct AdminClient::Connection {
  std::filesystem::path socket;
  asio::io_context io{1};
  std::optional<boost::beast::basic_stream<Local>> stream;
  boost::beast::flat_buffer buffer;

  // Runs one asynchronous step to its end.
  template <class Start>
  error_code step(Start start) {
    error_code code;
    start([&code](error_code ended, auto&&...) { code = ended; });
    io.restart();
    io.run();
    return code;
  }

  error_code connect(std::chrono::milliseconds timeout) {
    stream.emplace(io);
    buffer.clear();
    stream->expires_at(later(std::chrono::steady_clock::now(), timeout));
    return step([&](auto done) { stream->async_connect(Local::endpoint(observe::short_form(socket).string()), done); });
  }

  // What keeps the node from answering, under a code that programs can tell apart.
  Error failed(const char* what, error_code code, std::chrono::milliseconds timeout) {
    stream.reset();
    const std::string where = "node at " + socket.string() + ": ";
    if (code == boost::beast::error::timeout)
      return Error(ErrorKind::deadline, kNoAnswer,
                   where + "no answer in " + std::to_string(std::max<std::int64_t>(timeout.count(), 0)) +
                       " ms; it hangs, is stopped, or has too much to do");
    if (code == asio::error::connection_refused)
      return Error(ErrorKind::unavailable, kKilled,
                   where + "nobody listens on its socket: it was killed, and is not running any more");
    if (code == boost::system::errc::no_such_file_or_directory)
      return Error(ErrorKind::unavailable, kStopped, where + "there is no such socket: it is not running");
    if (code == boost::system::errc::permission_denied)
      return Error(ErrorKind::denied, kPermission,
                   where + "permission denied: the socket is its owner's alone; ask as that user");
    if (code == boost::system::errc::resource_unavailable_try_again)
      return Error(ErrorKind::unavailable, kNoAnswer,
                   where + "it takes no more connections, and does not look at those it has: it hangs, or is stopped");
    if (code == http::error::end_of_stream || code == http::error::partial_message ||
        code.category() == boost::system::system_category() || code.category() == asio::error::get_misc_category())
      return Error(ErrorKind::unavailable, where + what + ": " + code.message() + "; is the node running?");
    return Error(ErrorKind::corrupt, where + what + ": this is no admin socket: " + code.message());
  }
};

AdminClient::AdminClient(const std::filesystem::path& place) : connection_(std::make_unique<Connection>()) {
  std::error_code ignored;
  const bool directory = std::filesystem::is_directory(place, ignored);
  connection_->socket = fixed(directory ? place / observe::kAdminSocketName : place);
}
AdminClient::~AdminClient() = default;
AdminClient::AdminClient(AdminClient&&) noexcept = default;
AdminClient& AdminClient::operator=(AdminClient&&) noexcept = default;

const std::filesystem::path& AdminClient::socket() const noexcept { return connection_->socket; }

Result<AdminReply> AdminClient::request(std::string_view method, std::string_view path, std::string_view body,
                                        Milliseconds timeout) {
  if (auto fits = check(method, path); !fits.ok()) return fits.error();
  Connection& c = *connection_;
  if (observe::short_form(c.socket).native().size() > observe::kMaxSocketPathBytes)
    return Error(ErrorKind::unavailable, "the path " + c.socket.string() + " has more than " +
                                             std::to_string(observe::kMaxSocketPathBytes) +
                                             " bytes, which no Unix socket has; give a shorter path to it");
  // What takes no time may be done before a timer is looked at.
  if (std::chrono::milliseconds(timeout) <= std::chrono::milliseconds::zero())
    return c.failed("no time to ask", make_error_code(boost::beast::error::timeout), timeout).may_have_run(false);
  if (!c.stream)
    if (const auto code = c.connect(timeout)) return c.failed("cannot connect", code, timeout).may_have_run(false);

  const bool changes = method != "GET";
  http::request<http::string_body> request;
  request.version(11);
  request.method_string({method.data(), method.size()});
  request.target({path.data(), path.size()});
  request.set(http::field::host, "node");
  request.body() = body;
  request.prepare_payload();
  c.stream->expires_at(later(std::chrono::steady_clock::now(), timeout));
  if (const auto code = c.step([&](auto done) { http::async_write(*c.stream, request, done); }))
    return c.failed("cannot ask", code, timeout).may_have_run(changes);

  http::response_parser<http::string_body> response;
  response.body_limit(kMaxAnswerBytes);
  if (const auto code = c.step([&](auto done) { http::async_read(*c.stream, c.buffer, response, done); }))
    return c.failed("waiting for the answer", code, timeout).may_have_run(changes);
  AdminReply reply{static_cast<int>(response.get().result_int()), std::move(response.get().body())};
  if (!response.get().keep_alive()) c.stream.reset();
  return reply;
}

std::string AdminClient::encode(std::string_view text) { return observe::percent_encode(text); }

}  // namespace troupe
