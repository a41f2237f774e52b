#include "load/load.h"

#include <fmt/format.h>
#include <troupe/duration.h>
#include <troupe/error.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <exception>
#include <memory>
#include <random>
#include <utility>

#include "load/buyer.h"

namespace demo {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

namespace {

constexpr auto kTick = 100ms;
constexpr auto kFirstPatience = 5s;

double seconds_since(Clock::time_point begun) { return std::chrono::duration<double>(Clock::now() - begun).count(); }

// Ends what begins anew when the time is up, and tells how it goes meanwhile.
asio::awaitable<void> watch(const LoadPlan& plan, LoadCounts& counts, const OnSecond& on_second,
                            const std::function<bool()>& stop, const unsigned& working) {
  const auto begun = Clock::now();
  const auto end = troupe::later(begun, std::chrono::seconds(plan.seconds));
  auto line = troupe::later(begun, 1s);
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (working > 0) {
    timer.expires_after(kTick);
    (void)co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    counts.over = counts.over || Clock::now() >= end || (stop && stop());
    counts.totals.seconds = seconds_since(begun);
    if (Clock::now() < line) continue;
    line += 1s;
    if (on_second) on_second(counts.totals, counts.second);
    counts.second = {};
  }
  counts.totals.seconds = seconds_since(begun);
}

}  // namespace

WebServer read_url(const std::string& url) {
  const auto fail = [&](const std::string& why) {
    return troupe::Error(troupe::ErrorKind::invalid,
                         fmt::format("'{}' is no address of a shop: {}; as http://127.0.0.1:8080", url, why));
  };
  constexpr std::string_view kPlain = "http://";
  if (url.starts_with("https://")) throw fail("load is sent without TLS");
  if (!url.starts_with(kPlain)) throw fail("it does not begin with http://");
  std::string rest = url.substr(kPlain.size());
  if (rest.ends_with('/')) rest.pop_back();
  WebServer server;
  const auto colon = rest.rfind(':');
  const bool has_port = colon != rest.npos && rest.find(']', colon) == rest.npos;
  server.host = rest.substr(0, has_port ? colon : rest.npos);
  if (server.host.starts_with('[') && server.host.ends_with(']'))
    server.host = server.host.substr(1, server.host.size() - 2);
  if (has_port) {
    unsigned port = 0;
    const char* const last = rest.data() + rest.size();
    const auto read = std::from_chars(rest.data() + colon + 1, last, port);
    if (read.ec != std::errc() || read.ptr != last || port == 0 || port > 65'535) throw fail("its port is none");
    server.port = static_cast<std::uint16_t>(port);
  }
  if (server.host.empty() || server.host.find_first_of("/?#@ ") != server.host.npos) throw fail("its host is none");
  return server;
}

std::string unreachable(const LoadPlan& plan) {
  asio::io_context context(1);
  LoadCounts counts;
  counts.patience = kFirstPatience;
  Pace pace(0);
  WebClient client(context.get_executor(), plan.servers, 0, counts, pace);
  std::string why = "nobody was asked";
  const auto look = [&]() -> asio::awaitable<void> {
    const WebRequest request{"GET", "/healthz"};
    const WebAnswer answer = co_await client.ask(request);
    why = answer.status == 200
              ? ""
              : fmt::format("the shop does not answer: {}",
                            counts.totals.complaints.empty() ? answer.why : counts.totals.complaints.front());
  };
  asio::co_spawn(context, look(), asio::detached);
  context.run();
  return why;
}

LoadTotals drive(const LoadPlan& plan, const OnSecond& on_second, const std::function<bool()>& stop) {
  if (plan.servers.empty() || plan.clients == 0)
    throw troupe::Error(troupe::ErrorKind::invalid, "load wants a server and a client at least");
  asio::io_context context(1);
  LoadCounts counts;
  counts.patience = plan.patience;
  Pace pace(plan.rate);
  // Another one each time, so that a shop that knows the last run's shoppers takes this one's.
  std::random_device chance;
  const auto run = fmt::format("load{:08x}", chance());
  unsigned working = plan.clients;
  std::exception_ptr failure;
  std::vector<std::unique_ptr<Buyer>> buyers;
  const auto ended = [&](const std::exception_ptr& why) {
    --working;
    if (why && !failure) failure = why;
    counts.over = counts.over || why != nullptr;
  };
  for (unsigned i = 0; i < plan.clients; ++i) {
    buyers.push_back(std::make_unique<Buyer>(context.get_executor(), plan.servers, Buyer::Place{run, i + 1, plan.seed},
                                             counts, pace));
    asio::co_spawn(context, buyers.back()->live(), ended);
  }
  asio::co_spawn(context, watch(plan, counts, on_second, stop, working), [&](const std::exception_ptr& why) {
    if (why && !failure) failure = why;
  });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return std::move(counts.totals);
}

}  // namespace demo
