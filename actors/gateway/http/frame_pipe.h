// A connection's wire as a stream that Boost.Beast's WebSockets read and write. For websocket_link.cpp alone; on the
// connection's thread.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/role.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/http/connection.h"

namespace troupe::http {

// Bytes of frames that have arrived and that Beast has not asked for yet.
inline constexpr std::size_t kMostArrived = 64u << 10;

// A wait of Beast's: what to call when bytes have come, or are written.
struct PendingOperation {
  virtual ~PendingOperation() = default;
  virtual void complete(boost::system::error_code code, std::size_t size) = 0;
};
template <class Callback>
struct PendingCallback final : PendingOperation {
  explicit PendingCallback(Callback given) : callback(std::move(given)) {}
  void complete(boost::system::error_code code, std::size_t size) override { callback(code, size); }
  Callback callback;
};

// Boost.Beast's stream over a connection's wire: what has arrived is read, what is written goes into its output.
class FramePipe {
 public:
  using executor_type = boost::asio::io_context::executor_type;
  explicit FramePipe(Connection& connection) : connection_(connection) {}
  executor_type get_executor() noexcept { return connection_.worker()->io.get_executor(); }

  template <class Buffers, class Callback>
  auto async_read_some(const Buffers& buffers, Callback&& callback) {
    return boost::asio::async_initiate<Callback, void(boost::system::error_code, std::size_t)>(
        [this](auto handler, const Buffers& into) {
          into_ = first_of<boost::asio::mutable_buffer>(into);
          reading_ = std::make_unique<PendingCallback<decltype(handler)>>(std::move(handler));
          wake();
        },
        callback, buffers);
  }
  template <class Buffers, class Callback>
  auto async_write_some(const Buffers& buffers, Callback&& callback) {
    return boost::asio::async_initiate<Callback, void(boost::system::error_code, std::size_t)>(
        [this](auto handler, const Buffers& from) {
          for (auto at = boost::asio::buffer_sequence_begin(from); at != boost::asio::buffer_sequence_end(from); ++at) {
            const boost::asio::const_buffer one(*at);
            connection_.wire().output().add(std::string_view(static_cast<const char*>(one.data()), one.size()));
            written_ += one.size();
          }
          writing_ = std::make_unique<PendingCallback<decltype(handler)>>(std::move(handler));
          connection_.wire().flush();
          wake();
        },
        callback, buffers);
  }

  // Something of what is waited for may have come. What is called may wait anew, and is not called within its begin.
  void wake() {
    if (std::exchange(woken_, true)) return;
    boost::asio::post(get_executor(),
                      [this, keep = connection_.shared_from_this(), alive = std::weak_ptr<int>(alive_)] {
                        if (!alive.lock()) return;
                        woken_ = false;
                        look();
                      });
  }
  void end() {
    ended_ = true;
    wake();
  }
  // How much of what has arrived may be read; the rest breaks a limit.
  std::size_t readable = 0;

 private:
  template <class Buffer, class Buffers>
  static Buffer first_of(const Buffers& buffers) {
    for (auto at = boost::asio::buffer_sequence_begin(buffers); at != boost::asio::buffer_sequence_end(buffers); ++at) {
      if (const Buffer one(*at); one.size() > 0) return one;
    }
    return {};
  }
  void look() {
    const bool gone = connection_.is_closed();
    const std::weak_ptr<int> alive = alive_;  // an operation may own the last that keeps this
    if (writing_ && (gone || connection_.wire().waiting() == 0)) {
      const auto operation = std::move(writing_);
      operation->complete(gone ? boost::asio::error::broken_pipe : boost::system::error_code(),
                          std::exchange(written_, 0));
    }
    if (alive.expired() || !reading_) return;
    if (readable > 0 && !gone) {
      std::string& arrived = connection_.arrived();
      const std::size_t size = boost::asio::buffer_copy(into_, boost::asio::buffer(arrived.data(), readable));
      arrived.erase(0, size);
      readable -= size;
      if (arrived.empty()) arrived = {};
      connection_.wire().want_bytes(arrived.size() < kMostArrived);
      const auto operation = std::move(reading_);
      operation->complete({}, size);
    } else if (gone || ended_) {
      const auto operation = std::move(reading_);
      operation->complete(boost::asio::error::eof, 0);
    }
  }

  Connection& connection_;
  std::unique_ptr<PendingOperation> reading_, writing_;
  boost::asio::mutable_buffer into_;
  std::size_t written_ = 0;
  bool woken_ = false;
  bool ended_ = false;
  const std::shared_ptr<int> alive_ = std::make_shared<int>();
};

template <class Callback>
void async_teardown(boost::beast::role_type, FramePipe& pipe, Callback&& callback) {
  boost::asio::post(pipe.get_executor(),
                    [callback = std::forward<Callback>(callback)]() mutable { callback(boost::system::error_code()); });
}
inline void beast_close_socket(FramePipe&) {}

}  // namespace troupe::http
