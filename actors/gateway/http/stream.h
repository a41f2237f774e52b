// An answer in pieces, such as server-sent events. From any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace troupe::http {

class Exchange;

// What became of a piece or a message.
enum class Sent : unsigned char {
  yes,   // it waits to be written, or is
  full,  // not taken: the peer is slow, Limits::stream_bytes wait for it; try again after `writable`
  gone,  // not taken: the peer, the server or the stream has ended
};

// Called on the connection's thread, one at a time; must not block. Each may be empty. What they throw is logged.
struct StreamEvents {
  std::function<void()> writable{};  // after Sent::full: there is room for as much again
  std::function<void()> gone{};      // once, unless the stream was ended before
  std::function<void()> draining{};  // the server takes nothing new: end soon, at Server::drain()'s deadline it is cut
};

// Moves, does not copy. The end of it is the end of the answer.
class Stream {
 public:
  Stream() noexcept = default;  // of a peer that has gone
  explicit Stream(std::shared_ptr<Exchange> exchange) noexcept;
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;
  ~Stream();

  // An empty piece does nothing.
  Sent send(std::string piece);
  void end();
  // Ends the connection instead: the peer sees that the answer is not whole.
  void cut();

 private:
  std::shared_ptr<Exchange> exchange_;
};

// One server-sent event as text/event-stream has it; what is empty is left out. Line ends within `data` make several
// lines of data; in the other fields they are dropped.
struct ServerEvent {
  std::string_view name{};
  std::string_view data{};
  std::string_view id{};
};
[[nodiscard]] std::string to_text(const ServerEvent& event);

}  // namespace troupe::http
