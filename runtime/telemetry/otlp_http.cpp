#include "telemetry/otlp_http.h"

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <charconv>
#include <memory>
#include <optional>

#include "troupe/duration.h"

namespace troupe::telemetry {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Failed = boost::system::error_code;

constexpr std::size_t kMostAnswerBytes = 64 << 10;
constexpr std::chrono::minutes kLongestRetryAfter{5};
constexpr std::chrono::hours kLongestRequest{1};

// A request from its begin to its end, each step within the time that is left.
template <class Stream>
class Exchange {
 public:
  template <class... More>
  Exchange(const CollectorUrl& url, std::chrono::milliseconds timeout, More&... more)
      : url_(url), timeout_(std::min<std::chrono::milliseconds>(timeout, kLongestRequest)), stream_(io_, more...) {}

  Delivered run(const OtlpConfig& config, const std::string& body) {
    beast::get_lowest_layer(stream_).expires_after(timeout_);
    asio::ip::tcp::resolver resolver(io_);
    asio::ip::tcp::resolver::results_type found;
    Failed failed = step([&](auto done) {
      resolver.async_resolve(url_.host, url_.port, [&found, done](Failed code, auto results) mutable {
        found = std::move(results);
        done(code);
      });
    });
    if (failed) return broken("its name was not found: ", failed);
    failed = step([&](auto done) {
      beast::get_lowest_layer(stream_).async_connect(found, [done](Failed code, auto&&) mutable { done(code); });
    });
    if (failed) return broken("it cannot be reached: ", failed);
    if (failed = greet(); failed) return broken("TLS: ", failed);
    return ask(config, body);
  }

 private:
  Delivered ask(const OtlpConfig& config, const std::string& body) {
    http::request<http::string_body> request(http::verb::post, url_.path, 11);
    request.set(http::field::host, url_.host + ":" + url_.port);
    request.set(http::field::content_type, "application/json");
    request.set(http::field::user_agent, "troupe");
    for (const auto& [name, value] : config.headers) request.set(name, value);
    request.set(http::field::connection, "close");
    request.body() = body;
    request.prepare_payload();
    Failed failed = step([&](auto done) {
      http::async_write(stream_, request, [done](Failed code, std::size_t) mutable { done(code); });
    });
    if (failed) return broken("it did not take the request: ", failed);
    http::response_parser<http::string_body> answer;
    answer.body_limit(kMostAnswerBytes);
    beast::flat_buffer buffer;
    failed = step([&](auto done) {
      http::async_read(stream_, buffer, answer, [done](Failed code, std::size_t) mutable { done(code); });
    });
    if (failed && !answer.is_header_done()) return broken("it did not answer: ", failed);
    return judge_status(answer.get().result_int(), std::string(answer.get()[http::field::retry_after]));
  }

  Failed greet() {
    if constexpr (std::is_same_v<Stream, beast::ssl_stream<beast::tcp_stream>>) {
      stream_.set_verify_callback(asio::ssl::host_name_verification(url_.host));
      if (!SSL_set_tlsext_host_name(stream_.native_handle(), url_.host.c_str()))
        return asio::error::make_error_code(asio::error::invalid_argument);
      return step([&](auto done) {
        stream_.async_handshake(asio::ssl::stream_base::client, [done](Failed code) mutable { done(code); });
      });
    }
    return {};
  }

  template <class Start>
  Failed step(Start start) {
    std::optional<Failed> ended;
    start([&ended](Failed code) { ended = code; });
    const auto until = later(std::chrono::steady_clock::now(), timeout_);
    io_.restart();
    while (!ended && io_.run_one_until(until) != 0) {
    }
    if (ended) return *ended;
    beast::get_lowest_layer(stream_).cancel();
    io_.restart();
    while (!ended && io_.run_one_for(std::chrono::seconds(1)) != 0) {
    }
    return asio::error::timed_out;
  }

  static Delivered broken(const char* what, const Failed& code) {
    return {.done = false, .again = true, .why = what + code.message()};
  }

  asio::io_context io_{1};
  const CollectorUrl& url_;
  const std::chrono::milliseconds timeout_;
  Stream stream_;
};

Error bad_url(const std::string& url, const std::string& why) {
  return Error(ErrorKind::invalid, "tracing.otlp.url \"" + url.substr(0, 200) + "\" " + why +
                                       "; it is to be http://HOST:PORT/v1/traces, or https");
}

}  // namespace

Result<CollectorUrl> parse_collector_url(const std::string& url) {
  CollectorUrl out;
  std::size_t at = 0;
  if (url.starts_with("http://")) {
    at = 7;
  } else if (url.starts_with("https://")) {
    at = 8;
    out.tls = true;
  } else {
    return bad_url(url, "begins with neither http:// nor https://");
  }
  if (std::any_of(url.begin(), url.end(), [](unsigned char c) { return c <= ' ' || c >= 0x7f; }))
    return bad_url(url, "has a space or a control character in it");
  const std::size_t slash = std::min(url.find_first_of("/?", at), url.size());
  std::string authority = url.substr(at, slash - at);
  out.path = slash < url.size() ? url.substr(slash) : "/";
  if (out.path[0] != '/') out.path.insert(0, 1, '/');
  if (authority.find('@') != std::string::npos) return bad_url(url, "names a user; give tracing.otlp.headers instead");
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracket == std::string::npos ? 0 : bracket);
  out.port = out.tls ? "443" : "80";
  if (colon != std::string::npos) out.port = authority.substr(colon + 1);
  out.host = authority.substr(0, colon);
  if (bracket != std::string::npos) out.host = out.host.size() > 2 ? out.host.substr(1, out.host.size() - 2) : "";
  unsigned port = 0;
  const auto [end, code] = std::from_chars(out.port.data(), out.port.data() + out.port.size(), port);
  if (code != std::errc() || end != out.port.data() + out.port.size() || port == 0 || port > 65'535)
    return bad_url(url, "has no port from 1 to 65535");
  if (out.host.empty()) return bad_url(url, "names no host");
  return out;
}

Delivered judge_status(unsigned status, const std::string& retry_after) {
  if (status >= 200 && status < 300) return {.done = true};
  Delivered out{.again = status == 429 || status == 502 || status == 503 || status == 504,
                .why = "it answered " + std::to_string(status)};
  unsigned seconds = 0;
  const auto [end, code] = std::from_chars(retry_after.data(), retry_after.data() + retry_after.size(), seconds);
  if (code == std::errc() && end == retry_after.data() + retry_after.size())
    out.after = std::min<std::chrono::milliseconds>(std::chrono::seconds(seconds), kLongestRetryAfter);
  return out;
}

Result<PostSpans> collector(const OtlpConfig& config) {
  auto url = parse_collector_url(config.url);
  if (!url.ok()) return url.error();
  if (!url->tls)
    return PostSpans([config, url = *url](const std::string& body) {
      return Exchange<beast::tcp_stream>(url, config.timeout).run(config, body);
    });
  auto tls = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  Failed failed;
  tls->set_verify_mode(asio::ssl::verify_peer);
  if (config.ca_file.empty()) {
    tls->set_default_verify_paths(failed);
  } else {
    tls->load_verify_file(config.ca_file.string(), failed);
  }
  if (failed)
    return Error(ErrorKind::invalid, "tracing.otlp.ca_file \"" + config.ca_file.string() + "\": " + failed.message() +
                                         "; it wants a PEM file with the authorities to trust");
  return PostSpans([config, url = *url, tls](const std::string& body) {
    return Exchange<beast::ssl_stream<beast::tcp_stream>>(url, config.timeout, *tls).run(config, body);
  });
}

}  // namespace troupe::telemetry
