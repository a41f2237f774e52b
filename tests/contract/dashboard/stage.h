// A dashboard over nodes that a test makes up, and requests to it.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dashboard/dashboard.h"
#include "unit/http/raw_client.h"
#include "unit/http/stage.h"

namespace troupe::dashboard {

inline constexpr const char* kToken = "0123456789abcdef";

inline ShownNode node_that(std::string name, std::function<Result<AdminReply>(const std::string& path)> answer) {
  return {std::move(name), [answer = std::move(answer)](std::string_view, const std::string& path, Milliseconds) {
            return answer(path);
          }};
}
inline ShownNode telling(std::string name, std::string json) {
  return node_that(std::move(name), [json = std::move(json)](const std::string&) { return AdminReply{200, json}; });
}

class BoardStage {
 public:
  explicit BoardStage(std::vector<ShownNode> nodes, DashboardOptions options = {}) {
    auto started = Dashboard::start(std::move(options), [nodes = std::move(nodes)] { return nodes; });
    REQUIRE_MESSAGE(started.ok(), (started.ok() ? std::string() : started.error().message()));
    board_ = std::move(started).value();
  }

  [[nodiscard]] Dashboard& board() { return *board_; }
  // `fields`: lines, each with its end. `host`: as a browser says it.
  [[nodiscard]] http::Answer ask(const std::string& line, const std::string& fields = {}, std::string host = {}) {
    http::RawClient client(board_->port());
    if (host.empty()) host = "127.0.0.1:" + std::to_string(board_->port());
    REQUIRE(client.send(line + " HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 0\r\n" + fields + "\r\n"));
    return client.answer();
  }
  [[nodiscard]] int status(const std::string& line, const std::string& fields = {}, std::string host = {}) {
    return ask(line, fields, std::move(host)).status;
  }

 private:
  std::unique_ptr<Dashboard> board_;
};

// One who follows paths, and reads what comes.
class LiveClient {
 public:
  LiveClient(std::uint16_t port, const std::string& query, int receive_buffer = 0) : client_(port, receive_buffer) {
    REQUIRE(client_.send("GET /api/live?" + query + " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  }
  // Reads until `word` has come; what came until then.
  std::string until(std::string_view word) {
    if (!headed_) REQUIRE(client_.read_head().has_value());
    headed_ = true;
    std::string all;
    while (all.find(word) == std::string::npos) {
      auto piece = client_.read_chunk();
      REQUIRE(piece.has_value());
      all += *piece;
    }
    return all;
  }
  // Whether the stream ends, whatever comes before.
  [[nodiscard]] bool ends() {
    (void)client_.read_all();
    return true;
  }
  void leave() { client_.close(); }

 private:
  http::RawClient client_;
  bool headed_ = false;
};

}  // namespace troupe::dashboard
