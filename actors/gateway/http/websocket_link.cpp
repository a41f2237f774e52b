#include "gateway/http/websocket_link.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>
#include <optional>

#include "gateway/http/frame_pipe.h"
#include "gateway/http/frame_watch.h"

namespace troupe::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using beast::error_code;

// How long a peer may take to answer a close, and a connection to begin.
constexpr std::chrono::seconds kCloseWait{5};
constexpr std::size_t kMaxPing = 125;
constexpr std::size_t kMaxReason = 123;

std::uint16_t close_code_of(const error_code& code) {
  if (code == websocket::error::message_too_big || code == websocket::error::buffer_overflow) return kCloseTooBig;
  if (code == websocket::error::bad_frame_payload) return kCloseBadText;
  if (code == websocket::condition::protocol_violation) return kCloseProtocolError;
  return kCloseAbnormal;
}

bool may_be_sent(std::uint16_t code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

class BeastLink final : public WebSocketLink {
 public:
  BeastLink(std::shared_ptr<Connection> connection, UpgradeFacts facts, WebSocketOptions options,
            WebSocketEvents events)
      : connection_(std::move(connection)),
        facts_(std::move(facts)),
        options_(std::move(options)),
        events_(std::move(events)),
        pipe_(*connection_),
        stream_(pipe_),
        watch_(limits().websocket_frame_bytes) {
    stream_.read_message_max(limits().websocket_message_bytes);
    stream_.auto_fragment(false);
  }

  Sent send(MessageKind kind, std::string message) override {
    return put({kind == MessageKind::text ? Item::Kind::text : Item::Kind::binary, std::move(message), 0});
  }
  Sent ping(std::string payload) override {
    payload.resize(std::min(payload.size(), kMaxPing));
    return put({Item::Kind::ping, std::move(payload), 0});
  }
  void close(std::uint16_t code, std::string reason) override {
    if (closing_.exchange(true)) return;
    reason.resize(std::min(reason.size(), kMaxReason));
    run([item = Item{Item::Kind::close, std::move(reason), may_be_sent(code) ? code : std::uint16_t{1011}}](
            BeastLink& self) {
      self.queue_.push_back(item);
      self.write_next();
    });
  }

  void start() override;
  void on_bytes() override;
  void on_written() override { pipe_.wake(); }
  void on_peer_ended() override { pipe_.end(); }
  void lose() override;
  void drain() override { close(kCloseGoingAway, "the server is going away"); }
  void look_at_deadline(Moment now) override;

 private:
  struct Item {
    enum class Kind : unsigned char { text, binary, ping, close } kind;
    std::string bytes;
    std::uint16_t code;
  };
  [[nodiscard]] const Limits& limits() const noexcept { return connection_->shared()->options.limits; }
  [[nodiscard]] std::shared_ptr<BeastLink> self() { return std::static_pointer_cast<BeastLink>(shared_from_this()); }
  template <class Step>
  bool run(Step step) {
    if (connection_->worker()->is_this_thread()) return step(*this), true;
    return connection_->worker()->post([self = self(), step = std::move(step)] { step(*self); });
  }

  Sent put(Item item);
  void accepted(error_code code);
  void read_next();
  void take_message(error_code code);
  void write_next();
  void wrote(error_code code);
  void ended(std::uint16_t code, std::string_view reason);
  void wait_for(std::chrono::milliseconds time);
  template <class Event, class... Arguments>
  void tell(const Event& event, Arguments&&... arguments);

  const std::shared_ptr<Connection> connection_;
  const UpgradeFacts facts_;
  const WebSocketOptions options_;
  WebSocketEvents events_;
  std::atomic<std::size_t> waiting_bytes_{0};
  std::atomic<bool> wants_room_{false};
  std::atomic<bool> closing_{false};  // no more is sent

  FramePipe pipe_;
  websocket::stream<FramePipe&, false> stream_;
  FrameWatch watch_;
  beast::http::request<beast::http::empty_body> request_;
  beast::flat_buffer message_;
  std::deque<Item> queue_;  // the first is being written when writing_
  bool open_ = false;
  bool writing_ = false;
  bool ended_ = false;
  bool pinged_ = false;  // and nothing has come since
  bool close_sent_ = false;
};

// Any thread.
Sent BeastLink::put(Item item) {
  if (closing_) return Sent::gone;
  const std::size_t most = limits().stream_bytes;
  const std::size_t size = item.bytes.size();
  if (const std::size_t waiting = waiting_bytes_; waiting > 0 && (size > most || waiting > most - size)) {
    wants_room_ = true;
    run([](BeastLink& self) { self.write_next(); });
    return Sent::full;
  }
  waiting_bytes_ += size;
  const auto moved = std::make_shared<Item>(std::move(item));
  const bool taken = run([moved](BeastLink& self) {
    self.queue_.push_back(std::move(*moved));
    self.write_next();
  });
  return taken ? Sent::yes : Sent::gone;
}

// The connection's thread from here on.
void BeastLink::start() {
  request_.method(beast::http::verb::get);
  request_.target(facts_.target);
  request_.version(11);
  request_.set(beast::http::field::host, facts_.host);
  request_.set(beast::http::field::upgrade, "websocket");
  request_.set(beast::http::field::connection, "Upgrade");
  request_.set(beast::http::field::sec_websocket_key, facts_.key);
  request_.set(beast::http::field::sec_websocket_version, "13");
  stream_.set_option(websocket::stream_base::decorator([this](websocket::response_type& response) {
    response.erase(beast::http::field::server);
    if (!options_.subprotocol.empty()) response.set(beast::http::field::sec_websocket_protocol, options_.subprotocol);
  }));
  wait_for(kCloseWait);
  stream_.async_accept(request_, [self = self()](error_code code) { self->accepted(code); });
}

void BeastLink::accepted(error_code code) {
  if (ended_) return;
  if (code) return ended(kCloseAbnormal, "");
  open_ = true;
  request_ = {};
  wait_for(limits().websocket_idle);
  on_bytes();
  read_next();
  write_next();
}

void BeastLink::on_bytes() {
  if (!open_ || ended_) return;
  const std::string& arrived = connection_->arrived();
  if (!watch_.broken()) {
    if (arrived.size() > pipe_.readable) {
      pinged_ = false;
      if (!close_sent_) wait_for(limits().websocket_idle);
    }
    pipe_.readable += watch_.look(std::string_view(arrived).substr(pipe_.readable));
    if (watch_.broken()) close(kCloseTooBig, "a frame is larger than websocket_frame_bytes");
  }
  pipe_.wake();
}

void BeastLink::read_next() {
  stream_.async_read(message_, [self = self()](error_code code, std::size_t) { self->take_message(code); });
}

void BeastLink::take_message(error_code code) {
  if (ended_) return;
  if (code == websocket::error::closed) {
    const auto& reason = stream_.reason();
    return ended(reason.code == websocket::close_code::none ? 1005 : reason.code,
                 std::string(reason.reason.data(), reason.reason.size()));
  }
  if (code && close_sent_ && !watch_.broken()) return;  // the close tells how it ended
  if (code) return ended(watch_.broken() ? kCloseTooBig : close_code_of(code), "");
  std::string message(static_cast<const char*>(message_.data().data()), message_.size());
  const MessageKind kind = stream_.got_text() ? MessageKind::text : MessageKind::binary;
  message_ = {};
  if (events_.message) tell(events_.message, kind, std::move(message));
  if (!ended_) read_next();
}

void BeastLink::write_next() {
  if (!open_ || ended_ || writing_) return;
  if (wants_room_ && waiting_bytes_ <= limits().stream_bytes / 2) {
    wants_room_ = false;
    if (events_.writable) tell(events_.writable);
    if (ended_ || writing_) return;
  }
  if (queue_.empty()) return;
  writing_ = true;
  Item& item = queue_.front();
  const auto then = [self = self()](error_code code, std::size_t = 0) { self->wrote(code); };
  switch (item.kind) {
    case Item::Kind::text:
    case Item::Kind::binary:
      stream_.text(item.kind == Item::Kind::text);
      return stream_.async_write(asio::buffer(item.bytes), then);
    case Item::Kind::ping: return stream_.async_ping({item.bytes.data(), item.bytes.size()}, then);
    case Item::Kind::close:
      close_sent_ = true;
      wait_for(kCloseWait);
      // Its end is told by the read.
      stream_.async_close({static_cast<websocket::close_code>(item.code), {item.bytes.data(), item.bytes.size()}},
                          [self = self(), sent = item.code](error_code code) {
                            if (!self->watch_.broken()) self->ended(code ? kCloseAbnormal : sent, "");
                          });
      if (watch_.broken()) pipe_.end();  // what the peer answers lies behind the frame that is not read
      return;
  }
}

void BeastLink::wrote(error_code code) {
  if (ended_) return;
  writing_ = false;
  waiting_bytes_ -= queue_.front().bytes.size();
  queue_.pop_front();
  if (!code) write_next();
}

void BeastLink::look_at_deadline(Moment) {
  if (ended_) return connection_->close();
  if (!open_ || close_sent_ || pinged_) {
    ++connection_->shared()->counts.timeouts;
    return ended(kCloseAbnormal, "");
  }
  pinged_ = true;
  wait_for(limits().websocket_idle);
  if (!closing_) put({Item::Kind::ping, {}, 0});
}

void BeastLink::wait_for(std::chrono::milliseconds time) {
  connection_->set_deadline_of_link(later(std::chrono::steady_clock::now(), time));
}

void BeastLink::lose() { ended(kCloseAbnormal, ""); }

void BeastLink::ended(std::uint16_t code, std::string_view reason) {
  if (std::exchange(ended_, true)) return;
  const auto keep = self();
  closing_ = true;
  const WebSocketEvents events = std::exchange(events_, {});
  const std::string kept(reason);
  connection_->set_deadline_of_link(later(std::chrono::steady_clock::now(), kCloseWait));
  if (events.closed) guarded(*connection_->shared(), "the event closed", [&] { events.closed(code, kept); });
  pipe_.end();
  if (!connection_->is_closed()) connection_->finish();
}

template <class Event, class... Arguments>
void BeastLink::tell(const Event& event, Arguments&&... arguments) {
  const Event kept = event;  // its end may come within
  const bool good =
      guarded(*connection_->shared(), "an event of a WebSocket", [&] { kept(std::forward<Arguments>(arguments)...); });
  if (!good) close(1011, "the server failed");
}

}  // namespace

std::shared_ptr<WebSocketLink> WebSocketLink::make(std::shared_ptr<Connection> connection, UpgradeFacts facts,
                                                   WebSocketOptions options, WebSocketEvents events) {
  return std::make_shared<BeastLink>(std::move(connection), std::move(facts), std::move(options), std::move(events));
}

WebSocket::WebSocket(std::shared_ptr<WebSocketLink> link) noexcept : link_(std::move(link)) {}
WebSocket::WebSocket(WebSocket&&) noexcept = default;
WebSocket& WebSocket::operator=(WebSocket&& other) noexcept {
  if (this == &other) return *this;
  close();
  link_ = std::move(other.link_);
  return *this;
}
WebSocket::~WebSocket() { close(); }
Sent WebSocket::send(MessageKind kind, std::string message) {
  return link_ ? link_->send(kind, std::move(message)) : Sent::gone;
}
Sent WebSocket::ping(std::string payload) { return link_ ? link_->ping(std::move(payload)) : Sent::gone; }
void WebSocket::close(std::uint16_t code, std::string reason) {
  if (const auto link = std::exchange(link_, nullptr)) link->close(code, std::move(reason));
}

}  // namespace troupe::http
