// One keep-alive connection to a shop over HTTP, which asks until there is an answer: elsewhere, later, under the same
// Idempotency-Key. For one strand.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "load/load.h"

namespace demo {

struct WebRequest {
  std::string verb;
  std::string target;
  nlohmann::json body{};  // null: none
  std::string key{};      // Idempotency-Key; empty: none
};

struct WebAnswer {
  int status = 0;  // 0: none came
  nlohmann::json json{};
  std::string why{};  // where none came
  std::chrono::milliseconds retry_after{0};
};

// What all clients of a run share; one thread.
struct LoadCounts;
class Pace;

class WebClient {
 public:
  // `servers` are asked in turn, from the one of this number on, when one does not answer.
  WebClient(boost::asio::any_io_executor executor, const std::vector<WebServer>& servers, std::size_t first,
            LoadCounts& counts, Pace& pace);
  ~WebClient();

  // The answer, or the last failure when patience has ended. Server errors and refused connections are asked again;
  // what else is answered is an answer.
  boost::asio::awaitable<WebAnswer> ask(const WebRequest& request);
  void authorize(std::string token) { token_ = std::move(token); }

 private:
  boost::asio::awaitable<WebAnswer> ask_once(const WebRequest& request);
  boost::asio::awaitable<std::string> connect();
  void hang_up();

  boost::asio::any_io_executor executor_;
  const std::vector<WebServer>& servers_;
  std::size_t server_;
  LoadCounts& counts_;
  Pace& pace_;
  std::string token_;
  std::unique_ptr<boost::beast::tcp_stream> stream_;
  boost::beast::flat_buffer buffer_;
};

}  // namespace demo
