#include "auth/http/fetch_jwks.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "auth/http/limits.h"
#include "auth/http/web_address.h"
#include "auth/limits.h"

namespace troupe::auth::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast::http;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
using TimePoint = std::chrono::steady_clock::time_point;

// One fetch, on this thread: each of its steps ends with the fetch's time.
class Fetch {
 public:
  Fetch(const std::string& url, const WebAddress& address, TimePoint until)
      : url_(url), address_(address), until_(until), socket_(io_), resolver_(io_) {}

  std::string run(asio::ssl::context* tls) {
    connect();
    if (!tls) return ask(socket_);
    asio::ssl::stream<Tcp::socket&> secured(socket_, *tls);
    // A number has no name to be shown.
    error_code is_name;
    (void)asio::ip::make_address(address_.host, is_name);
    if (is_name && SSL_set_tlsext_host_name(secured.native_handle(), address_.host.c_str()) != 1)
      fail("its name cannot be shown");
    secured.set_verify_callback(asio::ssl::host_name_verification(address_.host));
    step("the handshake of TLS", [&](auto done) { secured.async_handshake(asio::ssl::stream_base::client, done); });
    return ask(secured);
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(ErrorKind::unavailable, "the keys at " + url_ + " were not fetched: " + why);
  }

  template <class Start>
  void step(const char* what, Start start) {
    const auto ended = std::make_shared<std::optional<error_code>>();
    start([ended](error_code code, auto&&...) { *ended = code; });
    io_.restart();
    while (!*ended && io_.run_one_until(until_) > 0) {
    }
    if (!*ended) fail(std::string(what) + " took too long");
    if (**ended) fail(std::string(what) + ": " + (*ended)->message());
  }

  void connect() {
    auto found = std::make_shared<Tcp::resolver::results_type>();
    step("looking its name up", [&](auto done) {
      resolver_.async_resolve(address_.host, std::to_string(address_.port),
                              [found, done](error_code code, Tcp::resolver::results_type results) {
                                *found = std::move(results);
                                done(code);
                              });
    });
    step("connecting", [&](auto done) { asio::async_connect(socket_, *found, done); });
  }

  template <class Stream>
  std::string ask(Stream& stream) {
    beast::request<beast::empty_body> request(beast::verb::get, address_.target, 11);
    request.set(beast::field::host, address_.shown);
    request.set(beast::field::accept, "application/jwk-set+json, application/json");
    request.set(beast::field::connection, "close");
    step("asking", [&](auto done) { beast::async_write(stream, request, done); });
    boost::beast::flat_buffer buffer;
    beast::response_parser<beast::string_body> parser;
    parser.header_limit(kMaxFetchHeaderBytes);
    parser.body_limit(limits::kMaxJwksBytes);
    step("its answer", [&](auto done) { beast::async_read(stream, buffer, parser, done); });
    if (parser.get().result_int() != 200)
      fail("the answer is " + std::to_string(parser.get().result_int()) + ", and 200 is wanted");
    return std::move(parser.get().body());
  }

  asio::io_context io_{1};
  const std::string& url_;
  const WebAddress& address_;
  const TimePoint until_;
  Tcp::socket socket_;
  Tcp::resolver resolver_;
};

std::shared_ptr<asio::ssl::context> context_for(const JwksSource& source) {
  auto tls = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  error_code failure;
  tls->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  tls->set_verify_mode(asio::ssl::verify_peer);
  if (source.authority.empty()) {
    tls->set_default_verify_paths(failure);
  } else {
    tls->load_verify_file(source.authority.string(), failure);
  }
  if (failure)
    throw Error(ErrorKind::invalid, "who vouches for " + source.url + " cannot be read from " +
                                        (source.authority.empty() ? "the system" : source.authority.string()) + ": " +
                                        failure.message() + "; a PEM file is wanted");
  return tls;
}

}  // namespace

std::function<std::string()> fetch_jwks(JwksSource source) {
  auto address = read_address(source.url).value();
  if (!address.secure && !address.is_here() && !source.plain)
    throw Error(
        ErrorKind::invalid,
        "keys from " + source.url + " would come over a plain connection, where others can change them; use https://");
  const std::chrono::milliseconds timeout(source.timeout);
  if (timeout.count() <= 0 || timeout > kMaxFetchTime)
    throw Error(ErrorKind::invalid, "a fetch of keys takes 1 ms to " + std::to_string(kMaxFetchTime.count()) +
                                        " s, not " + std::to_string(timeout.count()) + " ms");
  const auto tls = address.secure ? context_for(source) : nullptr;
  return [url = source.url, address = std::move(address), timeout, tls] {
    return Fetch(url, address, later(std::chrono::steady_clock::now(), timeout)).run(tls.get());
  };
}

}  // namespace troupe::auth::web
