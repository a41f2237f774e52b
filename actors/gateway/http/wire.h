// A connection's bytes: a socket that never blocks, TLS between if there is any, and what waits to be written. What the
// bytes mean is its owner's. On its worker's thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/http/output.h"
#include "gateway/http/tls_session.h"
#include "gateway/http/worker.h"

namespace troupe::http {

class WireOwner {
 public:
  virtual ~WireOwner() = default;
  // Keeps the owner, and the wire in it, while an operation is under way.
  [[nodiscard]] virtual std::shared_ptr<void> kept() = 0;
  virtual void on_bytes(std::string_view bytes) = 0;
  virtual void on_written() = 0;  // all that waited, or a part of it
  virtual void on_peer_ended() = 0;
  virtual void on_broken() = 0;    // nothing can be read or written any more
  virtual void after_event() = 0;  // the last call of each round
};

class Wire {
 public:
  Wire(Worker& worker, boost::asio::ip::tcp::socket socket, WireOwner& owner);

  void secure(std::shared_ptr<const TlsContext> context);
  [[nodiscard]] bool is_secure() const noexcept { return session_ != nullptr; }
  [[nodiscard]] bool shakes_hands() const noexcept { return session_ && !session_->established(); }

  // Whether more is read; true at first. Without it a peer's end is not noticed.
  void want_bytes(bool wanted);
  [[nodiscard]] Output& output() noexcept { return output_; }
  [[nodiscard]] const Output& output() const noexcept { return output_; }
  // Plain bytes and sealed ones.
  [[nodiscard]] std::size_t waiting() const noexcept { return output_.size() + sealed_.size(); }
  // Writes as much as the socket takes now, and the rest when it takes more.
  void flush();
  // on_written() comes when the socket takes more: after others had their turn.
  void await_writable();
  // When the socket last took bytes before it took no more; of use while some wait.
  [[nodiscard]] Moment progress() const noexcept { return progress_; }

  // No more is written.
  void end_writing();
  void close();
  [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }

 private:
  void await_readable();
  void on_readable();
  bool read_once();
  bool seal();
  bool write(Output& from);

  Worker& worker_;
  boost::asio::ip::tcp::socket socket_;
  WireOwner& owner_;
  std::unique_ptr<TlsSession> session_;
  Output output_;  // plain
  Output sealed_;  // of TLS
  Moment progress_{};
  bool wants_bytes_ = true;
  bool reading_ = false;  // a wait is under way
  bool writing_ = false;
  bool took_ = true;  // bytes, since progress_
  bool peer_ended_ = false;
};

}  // namespace troupe::http
