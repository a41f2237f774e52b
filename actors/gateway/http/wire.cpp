#include "gateway/http/wire.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>

namespace troupe::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// After so many reads of one connection, others have a turn.
constexpr int kReadsInTurn = 4;
constexpr std::size_t kPiecesInWrite = 16;
// Of plain bytes that are sealed before the socket has taken the ones before.
constexpr std::size_t kSealedAhead = 64u << 10;

// A buffer sequence, as Asio wants one.
struct Pieces {
  using value_type = asio::const_buffer;
  std::array<asio::const_buffer, kPiecesInWrite> of;
  std::size_t count = 0;
  [[nodiscard]] const asio::const_buffer* begin() const noexcept { return of.data(); }
  [[nodiscard]] const asio::const_buffer* end() const noexcept { return of.data() + count; }
};

bool is_not_now(const error_code& code) noexcept {
  return code == asio::error::would_block || code == asio::error::try_again || code == asio::error::interrupted;
}

}  // namespace

Wire::Wire(Worker& worker, asio::ip::tcp::socket socket, WireOwner& owner)
    : worker_(worker), socket_(std::move(socket)), owner_(owner) {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
}

void Wire::secure(std::shared_ptr<const TlsContext> context) {
  session_ = std::make_unique<TlsSession>(std::move(context));
}

void Wire::want_bytes(bool wanted) {
  wants_bytes_ = wanted;
  await_readable();
}

void Wire::await_readable() {
  if (reading_ || !wants_bytes_ || peer_ended_ || !socket_.is_open()) return;
  reading_ = true;
  socket_.async_wait(asio::socket_base::wait_read, [this, keep = owner_.kept()](error_code code) {
    reading_ = false;
    if (code || !socket_.is_open()) return;
    on_readable();
    owner_.after_event();
  });
}

void Wire::on_readable() {
  for (int turn = 0; turn < kReadsInTurn && wants_bytes_ && socket_.is_open(); ++turn) {
    if (!read_once()) break;
  }
  await_readable();
}

// False: there is no more at present.
bool Wire::read_once() {
  error_code code;
  const std::size_t size = socket_.read_some(asio::buffer(worker_.scratch), code);
  if (is_not_now(code)) return false;
  if (code == asio::error::eof) {
    peer_ended_ = true;
    owner_.on_peer_ended();
    return false;
  }
  if (code) return owner_.on_broken(), false;
  const std::string_view bytes(worker_.scratch.data(), size);
  if (!session_) {
    owner_.on_bytes(bytes);
    return size == worker_.scratch.size();
  }
  worker_.plain_text.clear();
  worker_.cipher_text.clear();
  const TlsSession::State state = session_->open(bytes, worker_.plain_text, worker_.cipher_text);
  if (!worker_.cipher_text.empty()) sealed_.add(std::string_view(worker_.cipher_text));
  if (!worker_.plain_text.empty()) {
    // Its own while it is read: the owner may write, which uses the worker's.
    const std::string plain = std::exchange(worker_.plain_text, {});
    owner_.on_bytes(plain);
  }
  if (state == TlsSession::State::broken) {
    flush();  // the alert
    if (socket_.is_open()) owner_.on_broken();
    return false;
  }
  if (state == TlsSession::State::ended) {
    peer_ended_ = true;
    owner_.on_peer_ended();
    return false;
  }
  flush();
  return size == worker_.scratch.size();
}

void Wire::flush() {
  if (writing_ || !socket_.is_open() || waiting() == 0) return;
  for (;;) {
    if (session_ && !seal()) return owner_.on_broken();
    Output& from = session_ ? sealed_ : output_;
    if (from.empty()) return;  // all is written, or a handshake is awaited
    if (!write(from)) return;
  }
}

bool Wire::seal() {
  if (!session_->established()) return true;
  while (!output_.empty() && sealed_.size() < kSealedAhead) {
    std::string_view piece;
    output_.front(1, [&](const char* data, std::size_t size) { piece = {data, size}; });
    piece = piece.substr(0, kSealedAhead);
    worker_.cipher_text.clear();
    if (!session_->seal(piece, worker_.cipher_text)) return false;
    sealed_.add(std::string_view(worker_.cipher_text));
    output_.consume(piece.size());
  }
  return true;
}

// False: no more at present.
bool Wire::write(Output& from) {
  Pieces pieces;
  from.front(kPiecesInWrite, [&](const char* data, std::size_t size) { pieces.of[pieces.count++] = {data, size}; });
  error_code code;
  const std::size_t size = socket_.write_some(pieces, code);
  if (is_not_now(code)) return await_writable(), false;
  if (code) return owner_.on_broken(), false;
  from.consume(size);
  took_ = true;
  return true;
}

void Wire::await_writable() {
  if (std::exchange(writing_, true)) return;
  if (std::exchange(took_, false)) progress_ = std::chrono::steady_clock::now();
  socket_.async_wait(asio::socket_base::wait_write, [this, keep = owner_.kept()](error_code code) {
    writing_ = false;
    if (code || !socket_.is_open()) return;
    flush();
    if (socket_.is_open()) owner_.on_written();
    owner_.after_event();
  });
}

void Wire::end_writing() {
  if (session_ && session_->established()) {
    worker_.cipher_text.clear();
    session_->close(worker_.cipher_text);
    sealed_.add(std::string_view(worker_.cipher_text));
    flush();
  }
  error_code ignored;
  if (socket_.is_open()) socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void Wire::close() {
  error_code ignored;
  socket_.close(ignored);
  output_ = {};
  sealed_ = {};
}

}  // namespace troupe::http
