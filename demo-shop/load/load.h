// Many shoppers at once, over HTTP: they sign up, log in, look around, fill carts, order, cancel; every answer is
// checked, and at the end what they were told is held against what the shop says.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "audit/books.h"
#include "load/latencies.h"

namespace demo {

// The bounds of a run, and why.
inline constexpr unsigned kMostClients = 900;        // connections of one address that a shop takes: 1,000
inline constexpr unsigned kLongestLoad = 86'400;     // seconds
inline constexpr unsigned kHighestRate = 1'000'000;  // requests a second
inline constexpr unsigned kOrdersOfOne = 100;        // then a client is another shopper: books of one are written whole
inline constexpr std::size_t kMostComplaints = 20;   // that are kept in full; others are counted
inline constexpr std::size_t kMostServers = 64;

struct WebServer {
  std::string host;
  std::uint16_t port = 80;
};
// Of "http://127.0.0.1:8080". Throws troupe::Error `invalid`, which says what is wrong with it.
[[nodiscard]] WebServer read_url(const std::string& url);

struct LoadPlan {
  std::vector<WebServer> servers;
  unsigned clients = 20;
  unsigned seconds = 10;
  unsigned rate = 0;  // requests a second of all together; 0: as fast as they are answered
  std::uint64_t seed = 1;
  std::chrono::milliseconds patience{60'000};  // for one answer, however often it is asked for
};

struct LoadTotals {
  double seconds = 0;
  std::uint64_t requests = 0;     // that were answered well
  std::uint64_t asked_again = 0;  // that got no answer, or one to come again later
  std::uint64_t failed = 0;       // that never got one
  std::uint64_t wrong = 0;        // answers that were not what they had to be
  std::uint64_t orders = 0, confirmed = 0, refused = 0, cancelled = 0;
  std::uint64_t shoppers = 0;
  Latencies latencies;
  std::vector<std::string> complaints;  // what failed or was wrong, the first of it
  Acknowledged acknowledged;            // what the shop said of each order, the last word
  [[nodiscard]] bool good() const { return failed == 0 && wrong == 0 && requests > 0; }
};

// Why none of the servers answers GET /healthz with 200 within some seconds; nothing: one does. Blocks.
[[nodiscard]] std::string unreachable(const LoadPlan& plan);

// The line of each second, on the calling thread.
using OnSecond = std::function<void(const LoadTotals& so_far, const Latencies& of_this_second)>;
// Blocks until all have finished what they were at. `stop`: asked each tenth of a second whether to end early.
[[nodiscard]] LoadTotals drive(const LoadPlan& plan, const OnSecond& on_second, const std::function<bool()>& stop);

}  // namespace demo
