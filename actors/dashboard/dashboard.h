// The dashboard: pages for a browser that show nodes from inside, and a small API behind them that asks the nodes'
// admin APIs. `troupe dashboard` runs one over the admin sockets of a directory of nodes; a program runs one beside its
// node. Both are the same class. actors/dashboard/README.md says who may see it, and what it costs.
//
// It only looks, unless DashboardOptions::write is set. Without viewers no thread of it asks anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/server.h"
#include "troupe/admin_client.h"
#include "troupe/duration.h"
#include "troupe/error.h"
#include "troupe/log.h"
#include "troupe/node.h"

namespace troupe::dashboard {

// One node, and how its admin API is asked. `ask` is called on several threads at a time; what it throws is shown as
// the node's error.
struct ShownNode {
  using Ask =
      std::function<Result<AdminReply>(std::string_view method, const std::string& path, Milliseconds patience)>;

  std::string name{};
  Ask ask{};
  std::vector<std::string> only{};  // the paths that it answers; empty: all of the admin API
};

// By its admin socket, or the data directory that holds it. Named by that directory.
[[nodiscard]] ShownNode node_at(const std::filesystem::path& place);
// By Node::admin(), which has no time limit; the node outlives the dashboard.
[[nodiscard]] ShownNode node_here(Node& node);
// Every node that keeps its data below `directory`, running or not, and the tree of processes that keeps its socket
// there. Read anew at each call.
[[nodiscard]] std::vector<ShownNode> nodes_below(const std::filesystem::path& directory);

struct DashboardOptions {
  std::string address = "127.0.0.1";  // of this machine; any but a loopback address wants a token
  std::uint16_t port = 0;             // 0: any that is free
  // Whoever opens a page says it, once: 16 to 512 printing characters without spaces. Empty: nobody is asked, and
  // nothing can be changed.
  std::string token{};
  bool write = false;                              // dead letters, drains and the like may be ordered; wants a token
  std::vector<std::string> hosts{};                // names by which it is reached, beside addresses and localhost
  http::TlsFiles tls{};                            // HTTPS; empty: HTTP
  std::size_t viewers = 16;                        // 1 to 256 live pages at a time; one more is told so
  Milliseconds refresh{std::chrono::seconds(2)};   // 200 ms to 1 h: how often nodes are asked for those
  Milliseconds patience{std::chrono::seconds(3)};  // 1 ms to 60 s: how long one node is waited for
  LogSink log{};                                   // a line for each change that somebody orders, and for trouble
};

struct DashboardCounts {
  std::size_t viewers = 0;      // now
  bool asking = false;          // a thread asks nodes for them
  std::uint64_t rounds = 0;     // in which every node was asked for them
  std::uint64_t dropped = 0;    // viewers that were too slow
  std::uint64_t refused = 0;    // viewers past DashboardOptions::viewers
  std::uint64_t questions = 0;  // of pages, beside those rounds
  std::uint64_t changes = 0;    // ordered
};

class Board;

// Any thread.
class Dashboard {
 public:
  using Listing = std::function<std::vector<ShownNode>()>;

  // `nodes` is called on threads of the dashboard, whenever nodes are asked. `invalid`: an option, named, or an empty
  // function; `unavailable`: the address cannot be had.
  [[nodiscard]] static Result<std::unique_ptr<Dashboard>> start(DashboardOptions options, Listing nodes);
  // stop()s.
  ~Dashboard();
  Dashboard(const Dashboard&) = delete;
  Dashboard& operator=(const Dashboard&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;
  // Where a browser finds it: "http://127.0.0.1:4711/", with the token where there is one.
  [[nodiscard]] std::string url() const;
  [[nodiscard]] DashboardCounts counts() const;
  // Ends viewers, and waits for nodes that are being asked. Idempotent; not from the functions of a ShownNode.
  void stop() noexcept;

 private:
  explicit Dashboard(std::shared_ptr<Board> board) noexcept;
  std::shared_ptr<Board> board_;
};

// A token by chance: 32 hexadecimal digits.
[[nodiscard]] std::string fresh_token();

}  // namespace troupe::dashboard
