// Where a request's answer goes. From any thread, at any time; once. All of it is harmless when the peer has gone or
// the server has ended.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/http/response.h"
#include "gateway/http/stream.h"
#include "gateway/http/websocket.h"

namespace troupe::http {

class Exchange;

// Moves, does not copy. Dropped without an answer: the peer gets 500.
class Responder {
 public:
  explicit Responder(std::shared_ptr<Exchange> exchange) noexcept;
  Responder(Responder&&) noexcept;
  Responder& operator=(Responder&&) noexcept;
  ~Responder();

  // False: it was answered already, or nobody is there any more. An answer that must not be sent (a status out of
  // range, a field with CR or LF) is logged, and the peer gets 500: false, too.
  // `leftovers` are let go on the connection's thread, where they may have been made: memory that goes back to the
  // thread it came from costs no lock.
  bool answer(Response response, std::shared_ptr<void> leftovers = {});
  // An answer that is sent piece by piece; `head.body` is its first. Without Content-Length: in chunks, or, to
  // HTTP/1.0, until the connection ends. Nothing was answered before, or the stream is one of a peer that has gone.
  Stream stream(Response head, StreamEvents events = {});
  // Takes the request's wish to become a WebSocket. A request that wished no such thing, or wrongly, is answered (400
  // or 426), and the WebSocket is one of a peer that has gone.
  WebSocket accept(WebSocketOptions options, WebSocketEvents events);

  // Fields that the answer gets, whatever it will be: a stream, an error of the server's own, that of a responder that
  // is dropped. A field that the answer has itself stays as it is, but for Vary, which gets one more. Before answering.
  void always(Headers fields);

  // Whether the peer may still hear.
  [[nodiscard]] bool is_heard() const noexcept;

 private:
  std::shared_ptr<Exchange> exchange_;
};

}  // namespace troupe::http
