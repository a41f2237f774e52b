// What a dashboard answers: pages, the API behind them, and who is let in. Handlers run on the server's threads and do
// not block; what waits for nodes runs on a thread of its own.
//
//   GET  /api/about                     the nodes, and what may be done here
//   GET  /api/each?path=                every node's answer to a GET of the admin API
//   GET  /api/one?node=&path=           one node's
//   GET  /api/live?path=&path=          server-sent events: those answers, again and again
//   POST /api/act?node=&path=           orders a change of that node (admission.h: is_act)
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "dashboard/dashboard.h"
#include "dashboard/jobs.h"
#include "dashboard/sessions.h"
#include "dashboard/watch.h"

namespace troupe::dashboard {

class Board : public std::enable_shared_from_this<Board> {
 public:
  Board(DashboardOptions options, Dashboard::Listing nodes);

  [[nodiscard]] Result<void> listen();
  void stop() noexcept;
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string url() const;
  [[nodiscard]] DashboardCounts counts() const;

 private:
  struct Wanted;

  void handle(const http::Request& request, http::Responder responder);
  [[nodiscard]] std::optional<http::Response> turned_away(const http::Request& request) const;
  [[nodiscard]] bool knows(const http::Request& request) const;
  [[nodiscard]] std::optional<http::Response> log_in(const http::Request& request);
  void api(const http::Request& request, http::Responder responder);
  [[nodiscard]] http::Response about() const;
  void live(const http::Request& request, http::Responder responder);
  void ask(const http::Request& request, http::Responder responder, bool of_all);
  void act(const http::Request& request, http::Responder responder);
  void later_on(http::Responder responder, std::function<http::Response()> job);
  [[nodiscard]] http::Response of_each(const std::string& path) const;
  [[nodiscard]] http::Response of_one(std::string_view method, const Wanted& wanted) const;
  [[nodiscard]] std::vector<ShownNode> nodes() const;
  [[nodiscard]] std::string cookie_name() const;

  const DashboardOptions options_;
  const Dashboard::Listing listing_;
  Sessions sessions_;
  Jobs jobs_;
  std::shared_ptr<Watch> watch_;
  std::atomic<std::uint64_t> questions_{0}, changes_{0};
  std::atomic<std::uint16_t> port_{0};
  std::unique_ptr<http::Server> server_;
};

}  // namespace troupe::dashboard
