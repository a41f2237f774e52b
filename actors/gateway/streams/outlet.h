// Where a stream's events go: server-sent events, or messages of a WebSocket. On the loop, and never on a connection's
// thread: what they call back would run within.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/http/stream.h"
#include "gateway/http/websocket.h"

namespace troupe::gateway {

// Events of a partition that its log has not any more (or, of a log that is shorter than it was, never had).
struct Gap {
  std::uint32_t partition;
  std::uint64_t from;
  std::uint64_t to;  // the events there are the next
};

class Outlet {
 public:
  virtual ~Outlet() = default;
  // `id`: how far the stream is with it. `members`: of its JSON.
  virtual http::Sent event(const std::string& id, const std::string& type, const std::string& members) = 0;
  virtual http::Sent gap(const std::string& id, const Gap& gap) = 0;
  // How far it is, with nothing new.
  virtual http::Sent still(const std::string& id) = 0;
  // The client is to come again, after that time.
  virtual void end(std::chrono::milliseconds retry) = 0;

  [[nodiscard]] static std::string text_of(const Gap& gap) {
    return "{\"partition\":" + std::to_string(gap.partition) + ",\"from\":" + std::to_string(gap.from) +
           ",\"to\":" + std::to_string(gap.to) + "}";
  }
};

class EventStreamOutlet final : public Outlet {
 public:
  explicit EventStreamOutlet(http::Stream stream) : stream_(std::move(stream)) {}

  http::Sent event(const std::string& id, const std::string& type, const std::string& members) override {
    return stream_.send(http::to_text({.name = type, .data = "{" + members + "}", .id = id}));
  }
  http::Sent gap(const std::string& id, const Gap& gap) override {
    return stream_.send(http::to_text({.name = "gap", .data = text_of(gap), .id = id}));
  }
  // An event without data changes the last event's id, and is shown to nobody.
  http::Sent still(const std::string& id) override { return stream_.send(":\nid: " + id + "\n\n"); }
  void end(std::chrono::milliseconds retry) override {
    stream_.send("retry: " + std::to_string(retry.count()) + "\n\n");
    stream_.end();
  }

 private:
  http::Stream stream_;
};

class WebSocketOutlet final : public Outlet {
 public:
  explicit WebSocketOutlet(http::WebSocket socket) : socket_(std::move(socket)) {}

  http::Sent event(const std::string& id, const std::string&, const std::string& members) override {
    return send("{\"id\":\"" + id + "\"," + members + "}");
  }
  http::Sent gap(const std::string& id, const Gap& gap) override {
    return send("{\"id\":\"" + id + "\",\"gap\":" + text_of(gap) + "}");
  }
  http::Sent still(const std::string& id) override { return send("{\"id\":\"" + id + "\"}"); }
  void end(std::chrono::milliseconds retry) override {
    socket_.close(http::kCloseGoingAway, "come again after " + std::to_string(retry.count()) + " ms");
  }

 private:
  http::Sent send(std::string text) { return socket_.send(http::MessageKind::text, std::move(text)); }
  http::WebSocket socket_;
};

}  // namespace troupe::gateway
