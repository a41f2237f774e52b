// What who starts and stops the nodes of a cluster asks of its members: to give what they own before they are stopped,
// and when they have their share again. It goes through the admin sockets of nodes of this machine (runtime/doc/
// admin.md), whichever answers. Any thread; one question at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "troupe/duration.h"
#include "troupe/error.h"

namespace troupe {

// A member as a node of its cluster sees it.
struct MemberReport {
  std::string name{};
  std::string state{};  // serving | draining | left
  bool alive = false;
  bool client = false;                            // owns nothing
  std::uint32_t weight = 0;                       // how much it is to own, beside the others
  std::uint64_t with_rows = 0, without_rows = 0;  // partitions that it owns
  // Of what it owns, which members' programs may not have it, by their schemas.
  struct Refusal {
    std::string member;
    std::uint64_t partitions = 0;
    std::string why;  // of one of them
  };
  std::vector<Refusal> refused{};

  [[nodiscard]] std::uint64_t owned() const noexcept { return with_rows + without_rows; }
  // Whether it may own anything, now.
  [[nodiscard]] bool serves() const noexcept { return alive && !client && state == "serving"; }
};

struct ClusterStanding {
  bool joined = false;  // its members come and go; else a list of the configuration has them, and nothing moves
  std::vector<MemberReport> members{};

  // Null: there is none of that name.
  [[nodiscard]] const MemberReport* find(std::string_view name) const noexcept;
  // What is missing for a member to own what it is to own, by the weights of those that serve: "it is draining", "it
  // owns 3 partitions of 85". Empty: nothing.
  [[nodiscard]] std::string missing_of(std::string_view name) const;
};

class MemberClient {
 public:
  // `places`: data directories or admin sockets of nodes of one cluster, asked in this order until one answers.
  explicit MemberClient(std::vector<std::filesystem::path> places) : places_(std::move(places)) {}

  // Of whoever answers first. `unavailable`: nobody does within `timeout`, each, or there are no places.
  [[nodiscard]] Result<ClusterStanding> look(Milliseconds timeout = std::chrono::seconds(5)) const;

  // POST /members/NAME/drain, /serve and /leave, with their errors.
  [[nodiscard]] Result<void> drain(std::string_view name) const;
  [[nodiscard]] Result<void> serve(std::string_view name) const;
  [[nodiscard]] Result<void> leave(std::string_view name) const;

  // What its functions throw goes to who waits.
  struct Wait {
    Milliseconds timeout = std::chrono::minutes(5);
    // Asked at every look; true ends the wait: `unavailable`, "stopped".
    std::function<bool()> stop{};
    // What it owns, at every look.
    std::function<void(std::uint64_t owned)> look{};
  };
  // Until a member that drains owns nothing. `unavailable`: it still does; `failed`: it serves again; `not_found`.
  [[nodiscard]] Result<void> await_empty(std::string_view name, const Wait& wait) const;
  // Until a member lives, serves and owns its share. `unavailable`: it does not, with what is missing.
  [[nodiscard]] Result<void> await_share(std::string_view name, const Wait& wait) const;

 private:
  [[nodiscard]] Result<std::string> ask(std::string_view method, const std::string& path, Milliseconds timeout) const;
  [[nodiscard]] Result<void> order(std::string_view name, const char* what) const;
  // Until `missing` says nothing more, or gives an error for good.
  [[nodiscard]] Result<void> await(std::string_view name, const Wait& wait,
                                   const std::function<Result<std::string>(const ClusterStanding&)>& missing) const;

  std::vector<std::filesystem::path> places_;
};

}  // namespace troupe
