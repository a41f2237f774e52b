// One client of a run: shoppers one after the other, each of whom checks what is answered and, before leaving, whether
// the shop's word about orders and money is still what it was. For one strand.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "load/counts.h"
#include "load/web_client.h"

namespace demo {

class Buyer {
 public:
  struct Place {
    std::string run;  // names of this run begin with it
    unsigned number = 0;
    std::uint64_t seed = 1;
  };
  Buyer(boost::asio::any_io_executor executor, const std::vector<WebServer>& servers, Place place, LoadCounts& counts,
        Pace& pace);

  // Until LoadCounts::over.
  boost::asio::awaitable<void> live();

 private:
  using Answer = std::optional<WebAnswer>;  // nothing: it is not what it had to be, which is counted
  struct Told {
    std::string status;
    std::uint64_t cents = 0;
  };

  boost::asio::awaitable<bool> come_in();
  boost::asio::awaitable<bool> log_in();
  boost::asio::awaitable<void> look_around();
  boost::asio::awaitable<void> order_once();
  // Quantities and what they cost together, as the cart has them; 0: something was wrong.
  boost::asio::awaitable<std::uint64_t> fill_cart();
  boost::asio::awaitable<void> order_again(const WebRequest& request, const std::string& order, const Told& told);
  boost::asio::awaitable<void> cancel(const std::string& order);
  boost::asio::awaitable<void> settle_account();
  boost::asio::awaitable<bool> compare_orders();

  // An answer of that status, whose JSON is an object (but of a 204).
  boost::asio::awaitable<Answer> want(WebRequest request, int status);
  boost::asio::awaitable<Answer> ask(const WebRequest& request);
  // Counts it when `holds` does not.
  bool check(bool holds, const WebRequest& request, const std::string& what);
  std::uint32_t below(std::uint32_t n) { return n == 0 ? 0 : static_cast<std::uint32_t>(dice_() % n); }

  LoadCounts& counts_;
  Place place_;
  WebClient client_;
  std::mt19937_64 dice_;
  unsigned shopper_ = 0;  // how many there were before
  unsigned keys_ = 0;     // one for each request that orders, whatever became of it
  std::string name_, password_;
  std::chrono::steady_clock::time_point token_until_{};
  std::uint64_t deposited_ = 0;
  std::map<std::string, Told> orders_;                        // of this shopper
  std::vector<std::pair<std::string, std::uint64_t>> goods_;  // SKU and price, as listed last
};

}  // namespace demo
