// One peer's connection: reads its requests, hands them on, writes the answers in their order, and keeps to its
// deadlines. On its worker's thread but for shared() and worker().
//
//   wire --bytes--> RequestReader --Request--> handler --Responder--> Exchange --bytes--> wire
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/http/request_reader.h"
#include "gateway/http/wire.h"
#include "gateway/http/worker.h"

namespace troupe::http {

class Exchange;
class WebSocketLink;

class Connection final : public std::enable_shared_from_this<Connection>, public WireOwner {
 public:
  Connection(std::shared_ptr<Worker> worker, boost::asio::ip::tcp::socket socket, Peer peer);
  void start();
  void close();
  void drain();
  [[nodiscard]] Moment deadline() const noexcept { return deadline_; }
  void look_at_deadline(Moment now);

  // Any thread.
  [[nodiscard]] const std::shared_ptr<Worker>& worker() const noexcept { return worker_; }
  [[nodiscard]] const std::shared_ptr<Shared>& shared() const noexcept { return worker_->shared; }

  // For what belongs to it.
  [[nodiscard]] bool is_closed() const noexcept { return closed_; }
  [[nodiscard]] Wire& wire() noexcept { return wire_; }
  // Something of an answer has come.
  void answer_came();
  // For a WebSocket: its bytes, and its end.
  [[nodiscard]] std::string& arrived() noexcept { return in_; }
  void set_deadline_of_link(Moment moment);
  // What waits is written, then the connection ends.
  void finish();

 private:
  std::shared_ptr<void> kept() override { return shared_from_this(); }
  void on_bytes(std::string_view bytes) override;
  void on_written() override;
  void on_peer_ended() override;
  void on_broken() override { close(); }
  void after_event() override;

  [[nodiscard]] bool may_read() const;
  void read_requests(std::string_view& bytes);
  void take_request();
  void dispatch(Request request, std::shared_ptr<Exchange> exchange);
  void refuse(int status, std::string_view why);
  void write_answers();
  bool next_may_run() const;
  void say_continue();
  void upgrade(std::shared_ptr<WebSocketLink> link);
  void go_on();
  void set_deadline();
  [[nodiscard]] Moment reading_deadline() const;
  [[nodiscard]] const Limits& limits() const noexcept { return shared()->options.limits; }

  const std::shared_ptr<Worker> worker_;
  Wire wire_;
  const Peer peer_;
  RequestReader reader_;
  Worker::Place place_{};
  std::string in_;  // read and not taken
  std::deque<std::shared_ptr<Exchange>> exchanges_;
  // Read, and waits until those before it are answered.
  std::unique_ptr<std::pair<Request, std::shared_ptr<Exchange>>> held_;
  std::shared_ptr<WebSocketLink> link_;
  std::size_t requests_ = 0;
  bool busy_ = false;       // in read_requests() or write_answers(): answers are looked at afterwards
  bool last_read_ = false;  // no request is read any more
  bool continue_due_ = false;
  bool finishing_ = false;  // closes when all is written
  bool lingering_ = false;  // waits for the peer to close
  bool peer_ended_ = false;
  bool closed_ = false;
  std::size_t discarded_ = 0;  // while lingering
  Moment began_{};             // of what is waited for: a first byte, a header, a body, the next request
  Moment deadline_ = Moment::max();
  Moment link_deadline_ = Moment::max();
};

}  // namespace troupe::http
