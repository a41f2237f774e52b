// One request on its way to an answer. Responders and streams hold it and call from any thread; what they bring is
// handed to the connection's thread, which writes answers in the order of requests.
//
//   waiting -> answered -> written
//           '> streaming -> ended -> written
//           '> upgraded (the connection is a WebSocket's from then on)
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "gateway/http/connection.h"
#include "gateway/http/responder.h"

namespace troupe::http {

// What a request says about its answer.
struct AnswerFacts {
  bool http11 = true;
  bool is_head = false;
  bool takes_gzip = false;
  bool is_safe = true;
  bool wants_websocket = false;
};

// What it says about becoming a WebSocket; `refused` else.
struct UpgradeFacts {
  std::string key;
  std::string host;
  std::string target;
  std::string offered;  // subprotocols
  int refused = 0;      // a status
  std::string_view why;
};
[[nodiscard]] UpgradeFacts upgrade_of(const Request& request);

// What is told of a request when it is over.
struct AccessFacts {
  std::string address;
  std::string method;
  std::string path;
  std::chrono::steady_clock::time_point since;
};

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(std::shared_ptr<Connection> connection, AnswerFacts facts);

  // Any thread.
  // Before any of the others, by whoever has the exchange to itself.
  void always(Headers fields) { always_ = std::make_unique<const Headers>(std::move(fields)); }
  bool answer(Response response, std::shared_ptr<void> leftovers = {});
  bool open_stream(Response head, StreamEvents events);
  Sent send(std::string piece);
  void end(bool whole);
  WebSocket accept(WebSocketOptions options, WebSocketEvents events);
  void abandon();  // the responder has gone
  [[nodiscard]] bool is_heard() const noexcept { return heard_; }

  // The connection's thread from here on.
  const AnswerFacts facts;
  std::unique_ptr<UpgradeFacts> upgrade;
  std::unique_ptr<AccessFacts> access;  // null: nobody wants to know
  // This is the last of its connection.
  bool closes = false;
  // Decided before any handler saw it.
  void refuse(Response response);
  // Writes what there is. True: all of the answer is written.
  bool write(Wire& wire);
  [[nodiscard]] bool is_streaming() const noexcept { return phase_ == Phase::streaming; }
  [[nodiscard]] bool is_upgraded() const noexcept { return link_ != nullptr; }
  [[nodiscard]] std::shared_ptr<WebSocketLink> take_link() noexcept { return std::move(link_); }
  // Nobody hears any more.
  void lose();
  void drain();
  // Tells who wants to know, once.
  void tell_access(int status);

 private:
  enum class Phase : unsigned char { waiting, answered, file, streaming, ended, cut };
  void run(std::function<void(Exchange&)> step);
  void add_always(Headers& to) const;
  void put(Response response, bool streams);
  void write_head(Wire& wire);
  bool write_file(Wire& wire);
  void write_pieces(Wire& wire);
  [[nodiscard]] bool has_body() const noexcept;

  const std::shared_ptr<Connection> connection_;
  std::unique_ptr<const Headers> always_;
  std::atomic<bool> answered_{false};
  Response coming_;  // of whoever set answered_, until it is put
  std::atomic<bool> heard_{true};
  std::atomic<bool> ended_{false};             // the stream
  std::atomic<std::size_t> waiting_bytes_{0};  // of the stream, not written to the wire yet
  std::atomic<bool> wants_room_{false};

  Phase phase_ = Phase::waiting;
  Phase end_ = Phase::streaming;  // what a stream has come to, told before it began or after
  bool streams_ = false;
  bool head_written_ = false;
  bool chunked_ = false;
  int status_ = 0;           // that was written
  std::uint64_t bytes_ = 0;  // of the body
  Response response_;
  StreamEvents events_;
  std::list<std::string> pieces_;  // a deque would allocate for every request
  std::shared_ptr<WebSocketLink> link_;
};

}  // namespace troupe::http
