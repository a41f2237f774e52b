// Who is in the cluster and which services there are, as one node knows it: Node::directory(), and
// Node::on_directory_change() to be told.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

enum class MemberStanding : std::uint8_t {
  joining,   // it is not ready yet, or says that it is not: nothing new goes to it
  serving,   // owns partitions, and may get more
  draining,  // gives what it owns to others, and gets none
  left       // has been taken off the list of members
};
[[nodiscard]] std::string_view to_string(MemberStanding standing) noexcept;

struct DirectoryMember {
  std::string name;
  std::string host;  // where the other members reach it
  std::uint16_t port = 0;
  MemberStanding standing = MemberStanding::serving;
  // Its session at the coordinator lasts. Of a listed member: it is this node, or the link to it is up.
  bool alive = false;
  // This node lost its link to it and cannot get it back. Others may see it otherwise.
  bool suspect = false;
  bool client = false;  // owns nothing
  std::string zone;
  std::map<std::string, std::string> labels;
  std::uint32_t weight = 0;
  std::uint64_t incarnation = 0;  // which of its runs; 0: not known
  friend bool operator==(const DirectoryMember&, const DirectoryMember&) = default;
};

// What one member says of a service that it hosts.
struct DirectoryHost {
  std::string member;
  bool healthy = true;              // by the service's own check (HostOptions::health)
  std::string trouble;              // what that finds wrong; empty: nothing
  std::uint64_t schema_hash = 0;    // of its interface and state; members that run another build may have another one
  std::uint32_t state_version = 0;  // of what its state means
  friend bool operator==(const DirectoryHost&, const DirectoryHost&) = default;
};

struct DirectoryService {
  std::string name;
  std::uint64_t id = 0;
  bool durable = false;
  std::vector<DirectoryHost> hosts;  // members that live, by name
  friend bool operator==(const DirectoryService&, const DirectoryService&) = default;
};

// A moment of it; it never changes. Listed members (NodeConfig::members) tell each other nothing of themselves: of
// these a node knows its own services alone.
struct ClusterDirectory {
  std::uint64_t version = 0;  // grows with every change that this node heard of
  std::string cluster;
  bool joined = false;                     // false: the configuration lists the members
  std::vector<DirectoryMember> members;    // by name
  std::vector<DirectoryService> services;  // by name

  // Null: there is none of that name.
  [[nodiscard]] const DirectoryMember* member(std::string_view name) const noexcept;
  [[nodiscard]] const DirectoryService* service(std::string_view name) const noexcept;
};

// Ends what Node::on_directory_change() began. May outlive the node.
class DirectorySubscription {
 public:
  DirectorySubscription() = default;
  // end()s.
  ~DirectorySubscription() { end(); }
  DirectorySubscription(DirectorySubscription&& from) noexcept : end_(std::move(from.end_)) { from.end_ = nullptr; }
  DirectorySubscription& operator=(DirectorySubscription&& from) noexcept {
    if (this != &from) {
      end();
      end_ = std::move(from.end_);
      from.end_ = nullptr;
    }
    return *this;
  }

  // When it returns the callback does not run and is not called any more; it waits for one that runs, unless it is
  // called by that one. Idempotent.
  void end() noexcept {
    if (const auto ends = std::move(end_)) ends();
    end_ = nullptr;
  }

 private:
  friend class Node;
  explicit DirectorySubscription(std::function<void()> ends) : end_(std::move(ends)) {}
  std::function<void()> end_;
};

}  // namespace troupe
