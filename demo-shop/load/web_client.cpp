#include "load/web_client.h"

#include <fmt/format.h>
#include <troupe/duration.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <utility>

#include "load/counts.h"

namespace demo {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto kReply = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds kOneAnswer{20};  // longer than any route of the shop takes
constexpr std::chrono::seconds kConnecting{5};
constexpr std::uint64_t kLargestAnswer = 8u << 20;
constexpr milliseconds kPause{50};
constexpr milliseconds kLongestPause{1'000};

// 409 with a time to come again: the same request still runs.
bool comes_later(const WebAnswer& answer) {
  return answer.status == 0 || answer.status == 429 || answer.status >= 500 ||
         (answer.status == 409 && answer.retry_after.count() > 0);
}

milliseconds retry_after(std::string_view field) {
  unsigned seconds = 0;
  const auto read = std::from_chars(field.data(), field.data() + field.size(), seconds);
  return read.ec == std::errc() ? milliseconds(1'000) * std::min(seconds, 5u) : milliseconds(0);
}

http::request<http::string_body> message_of(const WebRequest& request, const WebServer& server,
                                            const std::string& token) {
  http::request<http::string_body> message(http::string_to_verb(request.verb), request.target, 11);
  message.set(http::field::host, fmt::format("{}:{}", server.host, server.port));
  message.set(http::field::user_agent, "shop-load");
  if (!token.empty()) message.set(http::field::authorization, "Bearer " + token);
  if (!request.key.empty()) message.set("Idempotency-Key", request.key);
  if (!request.body.is_null()) {
    message.set(http::field::content_type, "application/json");
    message.body() = request.body.dump();
  }
  message.prepare_payload();
  return message;
}

asio::awaitable<void> pause_for(asio::any_io_executor executor, Clock::duration time) {
  asio::steady_timer timer(executor);
  timer.expires_after(time);
  (void)co_await timer.async_wait(kReply);
}

}  // namespace

WebClient::WebClient(asio::any_io_executor executor, const std::vector<WebServer>& servers, std::size_t first,
                     LoadCounts& counts, Pace& pace)
    : executor_(std::move(executor)),
      servers_(servers),
      server_(first % servers.size()),
      counts_(counts),
      pace_(pace) {}
WebClient::~WebClient() = default;

asio::awaitable<WebAnswer> WebClient::ask(const WebRequest& request) {
  const auto end = troupe::later(Clock::now(), counts_.patience);
  milliseconds pause = kPause;
  for (;;) {
    const auto slot = pace_.take(Clock::now());
    if (slot.count() > 0) co_await pause_for(executor_, slot);
    const auto begun = Clock::now();
    WebAnswer answer = co_await ask_once(request);
    if (!comes_later(answer)) {
      const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun);
      counts_.totals.latencies.add(took);
      counts_.second.add(took);
      ++counts_.totals.requests;
      co_return answer;
    }
    const auto wait = std::max(pause, answer.retry_after);
    if (troupe::later(Clock::now(), wait) >= end) {
      ++counts_.totals.failed;
      counts_.complain(fmt::format("{} {}: no answer in {} s, at last {} {}", request.verb, request.target,
                                   counts_.patience.count() / 1'000, answer.status, answer.why));
      co_return answer;
    }
    ++counts_.totals.asked_again;
    if (answer.status == 0) server_ = (server_ + 1) % servers_.size();
    co_await pause_for(executor_, wait);
    pause = std::min(pause * 2, kLongestPause);
  }
}

asio::awaitable<WebAnswer> WebClient::ask_once(const WebRequest& request) {
  WebAnswer answer;
  const bool reused = stream_ != nullptr;
  if (!reused) answer.why = co_await connect();
  if (!answer.why.empty()) co_return answer;

  const auto message = message_of(request, servers_[server_], token_);
  stream_->expires_after(kOneAnswer);
  const auto [unwritten, written] = co_await http::async_write(*stream_, message, kReply);
  http::response_parser<http::string_body> parser;
  parser.body_limit(kLargestAnswer);
  beast::error_code unread;
  if (!unwritten) {
    const auto [code, bytes] = co_await http::async_read(*stream_, buffer_, parser, kReply);
    unread = code;
  }
  if (unwritten || unread) {
    hang_up();
    answer.why = unwritten ? unwritten.message() : unread.message();
    co_return answer;
  }
  const auto& response = parser.get();
  answer.status = static_cast<int>(response.result_int());
  answer.retry_after = retry_after(std::string(response["Retry-After"]));
  if (!response.body().empty()) answer.json = nlohmann::json::parse(response.body(), nullptr, false);
  if (answer.json.is_object()) answer.why = answer.json.value("detail", "");
  if (!response.keep_alive()) hang_up();
  co_return answer;
}

// Why not, or nothing.
asio::awaitable<std::string> WebClient::connect() {
  const auto& server = servers_[server_];
  tcp::resolver resolver(executor_);
  const auto [unknown, addresses] = co_await resolver.async_resolve(server.host, std::to_string(server.port), kReply);
  if (unknown) co_return fmt::format("{}: {}", server.host, unknown.message());
  stream_ = std::make_unique<beast::tcp_stream>(executor_);
  stream_->expires_after(kConnecting);
  const auto [refused, at] = co_await stream_->async_connect(addresses, kReply);
  if (!refused) {
    boost::system::error_code ignored;
    stream_->socket().set_option(tcp::no_delay(true), ignored);
    co_return std::string();
  }
  hang_up();
  co_return fmt::format("{}:{}: {}", server.host, server.port, refused.message());
}

void WebClient::hang_up() {
  stream_.reset();
  buffer_.clear();
}

}  // namespace demo
