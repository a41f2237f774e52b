#include "coordinator/etcd/connection.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <cerrno>
#include <future>
#include <thread>
#include <utility>
#include <vector>

#include "base/private_files.h"
#include "coordinator/etcd/messages.h"

namespace troupe::coordinator::etcd {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
using Tls = asio::ssl::stream<Tcp::socket>;

// What a stream brings at a time.
constexpr std::size_t kStreamBytes = 64 << 10;
constexpr std::uint32_t kHeaderBytes = 16 << 10;

// Names are looked up on a thread of their own, for the system's way to do it has no time limit.
class OurNetwork final : public Network {
 public:
  ~OurNetwork() override {
    work_.reset();
    resolver_.cancel();
    if (thread_.joinable()) thread_.join();
  }

  std::vector<Tcp::endpoint> resolve(const Endpoint& endpoint, TimePoint until, std::string& why) {
    error_code failure;
    const auto port = static_cast<std::uint16_t>(std::stoi(endpoint.port));
    if (const auto number = asio::ip::make_address(endpoint.host, failure); !failure)
      return {Tcp::endpoint(number, port)};
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable()) thread_ = std::thread([this] { io_.run(); });
    auto found = resolver_.async_resolve(endpoint.host, endpoint.port, asio::use_future);
    if (found.wait_until(until) != std::future_status::ready) {
      why = "its name was not found in time";
      return {};
    }
    try {
      std::vector<Tcp::endpoint> all;
      for (const auto& one : found.get()) all.push_back(one.endpoint());
      return all;
    } catch (const boost::system::system_error& error) {
      why = "its name was not found: " + error.code().message();
      return {};
    }
  }

  std::optional<asio::ssl::context> tls;

 private:
  std::mutex mutex_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  Tcp::resolver resolver_{io_};
  std::thread thread_;
};

Result<void> load(const CoordinatorConfig& config, asio::ssl::context& tls) {
  error_code failure;
  const auto wrong = [&](const std::string& what, const std::filesystem::path& file) {
    return Error(ErrorKind::invalid, "the coordinator's " + what + " " + file.string() + ": " + failure.message() +
                                         "; it wants a PEM file");
  };
  tls.set_verify_mode(asio::ssl::verify_peer);
  if (config.ca_file.empty()) {
    tls.set_default_verify_paths(failure);
    if (failure) return wrong("system authorities", "");
  } else if (tls.load_verify_file(fixed(config.ca_file).string(), failure); failure) {
    return wrong("authority", config.ca_file);
  }
  if (config.certificate_file.empty()) return {};
  if (tls.use_certificate_chain_file(fixed(config.certificate_file).string(), failure); failure)
    return wrong("certificate", config.certificate_file);
  if (tls.use_private_key_file(fixed(config.key_file).string(), asio::ssl::context::pem, failure); failure)
    return wrong("key", config.key_file);
  return {};
}

// The loop that a connection's waits run on; a stop wakes it.
class Loop final : public Stop {
 public:
  void stop() override {
    stopped_.store(true, std::memory_order_release);
    asio::post(io, [] {});
  }
  bool stopped() const noexcept override { return stopped_.load(std::memory_order_acquire); }
  bool wait(TimePoint until) override {
    const auto work = asio::make_work_guard(io);
    io.restart();
    return io.run_one_until(until) != 0;
  }

  asio::io_context io{1};

 private:
  std::atomic<bool> stopped_{false};
};

template <class Stream>
class ConnectionOn final : public Connection {
 public:
  template <class... Arguments>
  ConnectionOn(std::unique_ptr<Loop> own, Loop& loop, const Endpoint& endpoint, Arguments&... arguments)
      : own_(std::move(own)), loop_(loop), stream_(loop.io, arguments...), host_(endpoint.shown) {}
  ~ConnectionOn() override { cut(); }

  Stream& stream() noexcept { return stream_; }
  Tcp::socket& socket() noexcept {
    if constexpr (std::is_same_v<Stream, Tls>) return stream_.next_layer();
    if constexpr (!std::is_same_v<Stream, Tls>) return stream_;
  }

  // Runs one asynchronous step to its end, or to the end of its time: then the connection is cut.
  template <class Start>
  error_code step(TimePoint until, Start start) {
    std::optional<error_code> ended;
    start([&ended](error_code code, auto&&...) { ended = code; });
    run(until, [&] { return ended.has_value(); });
    if (ended) return *ended;
    cut();
    while (!ended && (loop_.io.restart(), loop_.io.run_one() > 0)) {
    }
    return asio::error::timed_out;
  }

  std::optional<HttpAnswer> ask(const HttpRequest& request, TimePoint until, Broken& broken) override {
    if (!send(request, until, broken)) return std::nullopt;
    http::response_parser<http::string_body> parser;
    parser.header_limit(kHeaderBytes);
    parser.body_limit(kMaxAnswerBytes);
    const error_code code =
        step(until, [&](auto done) { http::async_read(stream_, buffer_, parser, std::move(done)); });
    if (code) return fail(broken, said(code), true);
    keeps_ = parser.get().keep_alive();
    return HttpAnswer{parser.get().result_int(), std::move(parser.get().body())};
  }

  bool open() override {
    if (!keeps_ || !socket().is_open() || buffer_.size() != 0) return false;
    char byte = 0;  // the other side closed it, or says what nobody asked
    return ::recv(socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           (errno == EAGAIN || errno == EWOULDBLOCK);
  }

  std::optional<HttpAnswer> begin_stream(const HttpRequest& request, TimePoint until, Broken& broken) override {
    if (!send(request, until, broken)) return std::nullopt;
    stream_parser_.emplace();
    stream_parser_->header_limit(kHeaderBytes);
    stream_parser_->body_limit(boost::none);
    const error_code code =
        step(until, [&](auto done) { http::async_read_header(stream_, buffer_, *stream_parser_, std::move(done)); });
    if (code) return fail(broken, said(code), true);
    HttpAnswer answer{stream_parser_->get().result_int(), {}};
    while (answer.status != 200 && answer.body.size() < kStreamBytes && read_some(answer.body, until) == Heard::bytes) {
    }
    return answer;
  }

  Heard read_some(std::string& bytes, TimePoint until) override {
    if (!reading_) {
      if (stream_parser_->is_done()) return Heard::end;
      room_.resize(kStreamBytes);
      stream_parser_->get().body().data = room_.data();
      stream_parser_->get().body().size = room_.size();
      stream_parser_->get().body().more = true;
      read_.reset();
      reading_ = true;
      http::async_read_some(stream_, buffer_, *stream_parser_, [this](error_code code, std::size_t) { read_ = code; });
    }
    run(until, [&] { return read_.has_value(); });
    if (!read_) return Heard::nothing;
    reading_ = false;
    const std::size_t count = kStreamBytes - stream_parser_->get().body().size;
    bytes.append(room_.data(), count);
    if (*read_ && *read_ != http::error::need_buffer) return count != 0 ? Heard::bytes : Heard::end;
    return Heard::bytes;
  }

 private:
  // Until it holds, time is up, or somebody stops it.
  template <class Holds>
  void run(TimePoint until, Holds holds) {
    while (!holds() && !loop_.stopped()) {
      loop_.io.restart();
      if (loop_.io.run_one_until(until) == 0) return;
    }
  }

  bool send(const HttpRequest& request, TimePoint until, Broken& broken) {
    http::request<http::string_body> message(http::verb::post, request.path, 11);
    message.set(http::field::host, host_);
    message.set(http::field::content_type, "application/json");
    // A member that has no leader refuses a watch then, where it would say nothing for ever.
    message.set("Grpc-Metadata-hasleader", "true");
    if (!request.token.empty()) message.set(http::field::authorization, request.token);
    message.body() = request.body;
    message.prepare_payload();
    keeps_ = false;
    const error_code code = step(until, [&](auto done) { http::async_write(stream_, message, std::move(done)); });
    if (!code) return true;
    (void)fail(broken, said(code), true);
    return false;
  }

  std::nullopt_t fail(Broken& broken, std::string why, bool sent) {
    keeps_ = false;
    broken = {std::move(why), sent};
    return std::nullopt;
  }

  static std::string said(error_code code) {
    if (code == asio::error::timed_out) return "it did not answer in time";
    if (code == http::error::end_of_stream || code == http::error::partial_message || code == asio::error::eof)
      return "it closed the connection before it had answered";
    if (code == http::error::body_limit) return "it answered more than " + std::to_string(kMaxAnswerBytes) + " bytes";
    return code.message();
  }

  void cut() noexcept {
    error_code ignored;
    socket().close(ignored);
    // A step that is under way ends with an error, and must not find its buffers gone.
    try {
      while (reading_ && !read_ && (loop_.io.restart(), loop_.io.run_one() > 0)) {
      }
    } catch (...) {  // nothing of ours throws there
    }
  }

  const std::unique_ptr<Loop> own_;
  Loop& loop_;
  Stream stream_;
  const std::string host_;
  boost::beast::flat_buffer buffer_;
  bool keeps_ = true;

  std::optional<http::response_parser<http::buffer_body>> stream_parser_;
  std::vector<char> room_;
  std::optional<error_code> read_;
  bool reading_ = false;
};

template <class Stream>
bool connect(ConnectionOn<Stream>& connection, const std::vector<Tcp::endpoint>& addresses, TimePoint until,
             std::string& why) {
  const error_code code =
      connection.step(until, [&](auto done) { asio::async_connect(connection.socket(), addresses, std::move(done)); });
  if (code) {
    why = code == asio::error::timed_out ? "it did not take the connection in time" : code.message();
    return false;
  }
  error_code ignored;
  connection.socket().set_option(Tcp::no_delay(true), ignored);
  (void)::fcntl(connection.socket().native_handle(), F_SETFD, FD_CLOEXEC);  // programs that are started do not get it
  return true;
}

bool shake_hands(ConnectionOn<Tls>& connection, const Endpoint& endpoint, TimePoint until, std::string& why) {
  Tls& stream = connection.stream();
  stream.set_verify_callback(asio::ssl::host_name_verification(endpoint.host));
  error_code number;
  (void)asio::ip::make_address(endpoint.host, number);
  if (number) (void)SSL_set_tlsext_host_name(stream.native_handle(), endpoint.host.c_str());
  const error_code code = connection.step(
      until, [&](auto done) { stream.async_handshake(asio::ssl::stream_base::client, std::move(done)); });
  if (!code) return true;
  why = "no TLS with it: " + code.message();
  if (const long verified = SSL_get_verify_result(stream.native_handle()); verified != X509_V_OK)
    why += std::string(" (") + X509_verify_cert_error_string(verified) +
           "); look at ca_file, and at the names in its certificate";
  return false;
}

}  // namespace

Result<std::unique_ptr<Network>> Network::make(const CoordinatorConfig& config, bool tls) {
  auto network = std::make_unique<OurNetwork>();
  if (tls) {
    network->tls.emplace(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(network->tls->native_handle(), TLS1_2_VERSION);
    if (auto loaded = load(config, *network->tls); !loaded) return loaded.error();
  }
  return std::unique_ptr<Network>(std::move(network));
}

std::unique_ptr<Stop> Stop::make() { return std::make_unique<Loop>(); }

std::unique_ptr<Connection> Connection::open(Network& network, const Endpoint& endpoint, Stop* stop, TimePoint until,
                                             std::string& why) {
  auto& ours = static_cast<OurNetwork&>(network);
  const std::vector<Tcp::endpoint> addresses = ours.resolve(endpoint, until, why);
  if (addresses.empty()) return nullptr;
  std::unique_ptr<Loop> own = stop ? nullptr : std::make_unique<Loop>();
  Loop& loop = stop ? static_cast<Loop&>(*stop) : *own;
  if (!endpoint.tls) {
    auto connection = std::make_unique<ConnectionOn<Tcp::socket>>(std::move(own), loop, endpoint);
    return connect(*connection, addresses, until, why) ? std::move(connection) : nullptr;
  }
  auto connection = std::make_unique<ConnectionOn<Tls>>(std::move(own), loop, endpoint, *ours.tls);
  const bool ready = connect(*connection, addresses, until, why) && shake_hands(*connection, endpoint, until, why);
  return ready ? std::move(connection) : nullptr;
}

}  // namespace troupe::coordinator::etcd
