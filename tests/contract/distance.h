// The same case at every distance. AT_EVERY_DISTANCE("claim") { ... } is a test case that runs once for each: the body
// has `distance`, whose node() is where calls are made from, and knows no other node.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "contract/cast.h"
#include "contract/second_process.h"
#include "support/scratch_directory.h"

namespace troupe::contract {

using namespace std::chrono_literals;

enum class Length {
  pointer,    // one node: calls pass by pointer
  bytes,      // a node that owns every actor and one that owns none, over a link within the process
  spread,     // two nodes that own half of the actors each, called from a third
  processes,  // the owner of every actor is another process
};
[[nodiscard]] const char* to_string(Length length);

class Distance {
 public:
  // `change` is applied to the configuration of every node in this process, and not to another process.
  explicit Distance(Length length, const std::function<void(NodeConfig&)>& change = {});
  ~Distance();
  Distance(const Distance&) = delete;
  Distance& operator=(const Distance&) = delete;

  [[nodiscard]] Node& node() const noexcept { return *caller_; }
  [[nodiscard]] Length length() const noexcept { return length_; }

  [[nodiscard]] Ref<Account> account(const std::string& key) const { return caller_->ref<Account>(key); }
  [[nodiscard]] Ref<Desk> desk(const std::string& key) const { return caller_->ref<Desk>(key); }
  [[nodiscard]] Ref<Latch> latch(const std::string& key) const { return caller_->ref<Latch>(key); }
  [[nodiscard]] std::int64_t balance(const std::string& key) const;
  void add(const std::string& key, std::int64_t amount) const;
  void open(const std::string& latch) const;
  // Waits until `count` turns wait at the latch.
  void wait_for_arrivals(const std::string& latch, std::uint32_t count) const;

  // What every node says to GET `path`, as JSON; one that does not answer well fails the test.
  [[nodiscard]] std::vector<std::string> ask_all(const std::string& path) const;

  // --- Length::processes alone ---
  void kill_owner();
  void start_owner();

 private:
  void start_node(std::size_t member, const std::function<void(NodeConfig&)>& change);

  Length length_;
  testing::ScratchDirectory directory_;
  std::vector<Member> members_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::unique_ptr<testing::SecondProcess> owner_;
  Node* caller_ = nullptr;
};

using testing::eventually;
// The error that `call` ends with. Fails the test if it ends with none.
template <class F>
[[nodiscard]] Error error_of(F&& call) {
  try {
    (void)call();
  } catch (const Error& e) {
    return e;
  }
  FAIL("no error came");
  return Error(ErrorKind::failed, "no error came");
}

// What the second process of Length::processes does: a node that owns everything, until stdin ends.
int run_owner(const std::vector<std::string>& arguments);

// The body once for each distance, each with nodes of its own.
void at_every_distance(const std::function<void(Distance&)>& body, const std::function<void(NodeConfig&)>& change = {});

}  // namespace troupe::contract

#define TROUPE_AT_EVERY_DISTANCE_(claim, function)                      \
  static void function(::troupe::contract::Distance& distance);         \
  TEST_CASE(claim) { ::troupe::contract::at_every_distance(function); } \
  static void function([[maybe_unused]] ::troupe::contract::Distance& distance)
#define AT_EVERY_DISTANCE(claim) TROUPE_AT_EVERY_DISTANCE_(claim, DOCTEST_ANONYMOUS(at_every_distance_))
