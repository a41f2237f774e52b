#include "http_orders.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <deque>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "http_load.h"
#include "http_peer.h"
#include "own_process.h"

namespace troupe::bench {
namespace {

using Clock = std::chrono::steady_clock;

std::string order_request(const std::string& token) {
  const std::string body = R"({"sku":"sku-1","quantity":2,"note":"To be left with the neighbours at number 12."})";
  return "POST /orders HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer " + token +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class Crowd {
 public:
  Crowd(std::uint16_t port, const std::string& request) : poll_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (std::uint32_t i = 0; i < kHttpConnections; ++i) {
      peers_.emplace_back(port, request);
      peers_.back().ask();
      (void)peers_.back().await_answer();
      epoll_event event{.events = EPOLLIN, .data = {.u32 = i}};
      if (::epoll_ctl(poll_, EPOLL_CTL_ADD, peers_.back().fd(), &event) != 0)
        throw std::system_error(errno, std::generic_category(), "epoll");
    }
  }

  // As many as it can.
  [[nodiscard]] double per_second(std::chrono::nanoseconds time) {
    std::uint64_t answered = 0;
    for (const HttpPeer& peer : peers_) peer.ask();
    std::size_t under_way = peers_.size();
    const auto begin = Clock::now();
    const auto end = begin + time;
    while (under_way > 0) {
      for (const std::uint32_t which : answers(std::chrono::seconds(5))) {
        ++answered;
        if (Clock::now() < end) {
          peers_[which].ask();
        } else {
          --under_way;
        }
      }
    }
    return static_cast<double>(answered) / std::chrono::duration<double>(Clock::now() - begin).count();
  }

  // So many a second, whatever becomes of them. An order that finds no connection free waits for one.
  [[nodiscard]] double p99_us(double rate, std::chrono::nanoseconds time) {
    const std::chrono::duration<double> between(1 / rate);
    const auto total = static_cast<std::uint64_t>(rate * std::chrono::duration<double>(time).count());
    std::vector<Clock::time_point> due_at(peers_.size());
    std::deque<std::uint32_t> idle;
    for (std::uint32_t i = 0; i < peers_.size(); ++i) idle.push_back(i);
    std::vector<double> took_us;
    took_us.reserve(total);
    const auto begin = Clock::now();
    const auto due = [&](std::uint64_t order) {
      return begin + std::chrono::duration_cast<Clock::duration>(between * static_cast<double>(order));
    };
    std::uint64_t sent = 0;
    while (took_us.size() < total) {
      for (; sent < total && !idle.empty() && due(sent) <= Clock::now(); ++sent) {
        due_at[idle.front()] = due(sent);
        peers_[idle.front()].ask();
        idle.pop_front();
      }
      const bool waits_for_time = sent < total && !idle.empty();
      const auto wait =
          waits_for_time ? std::max(due(sent) - Clock::now(), Clock::duration::zero()) : std::chrono::seconds(5);
      for (const std::uint32_t which : answers(wait, waits_for_time)) {
        took_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - due_at[which]).count());
        idle.push_back(which);
      }
    }
    const auto p99 = took_us.begin() + static_cast<std::ptrdiff_t>(took_us.size() * 99 / 100);
    std::nth_element(took_us.begin(), p99, took_us.end());
    return *p99;
  }

 private:
  // Who has been answered. Throws when nobody is within `wait`, unless that may be.
  [[nodiscard]] const std::vector<std::uint32_t>& answers(std::chrono::nanoseconds wait, bool may_be_none = false) {
    std::array<epoll_event, kHttpConnections> events;
    const timespec until{.tv_sec = wait.count() / 1'000'000'000, .tv_nsec = wait.count() % 1'000'000'000};
    const int count = ::epoll_pwait2(poll_, events.data(), kHttpConnections, &until, nullptr);
    if (count < 0) throw std::system_error(errno, std::generic_category(), "epoll");
    if (count == 0 && !may_be_none) throw std::runtime_error("HTTP: no answer came for five seconds");
    answered_.clear();
    for (int i = 0; i < count; ++i) {
      const std::uint32_t which = events[static_cast<std::size_t>(i)].data.u32;
      if (peers_[which].answered()) answered_.push_back(which);
    }
    return answered_;
  }

  std::vector<HttpPeer> peers_;
  std::vector<std::uint32_t> answered_;
  const int poll_;
};

}  // namespace

OrderFigures http_orders(std::uint16_t port, const std::string& token, std::chrono::nanoseconds time,
                         bool at_half_load) {
  const std::chrono::duration<double> seconds = time;
  OwnProcess peers({"--serve", "orders", std::to_string(port), std::to_string(seconds.count()), token,
                    at_half_load ? "half" : "full"});
  std::istringstream said(
      peers.read_line(std::chrono::seconds(60) + std::chrono::duration_cast<std::chrono::seconds>(time) * 4));
  OrderFigures figures{0, 0};
  said >> figures.per_second >> figures.p99_us;
  return figures;
}

void serve_http_orders(const std::vector<std::string>& words) {
  const std::string request = order_request(words.at(2));
  const std::chrono::nanoseconds time(static_cast<std::int64_t>(std::stod(words.at(1)) * 1e9));
  Crowd crowd(static_cast<std::uint16_t>(std::stoul(words.at(0))), request);
  (void)crowd.per_second(time / 10);
  const double rate = crowd.per_second(time);
  const double p99 = words.at(3) == "half" ? crowd.p99_us(rate / 2, time) : 0;
  std::printf("%.3f %.3f\n", rate, p99);
  std::fflush(stdout);
}

}  // namespace troupe::bench
