// The surroundings of a case: one node, or two that own half of the actors each and a client that calls; every back end
// of the log. Nodes can be stopped and started again on what they kept.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "contract/topic/topic_cast.h"
#include "support/scratch_directory.h"
#include "topic/topics.h"
#include "troupe/node.h"

namespace troupe::topic_contract {

using namespace std::chrono_literals;

// One way to keep events. A back end that needs a server starts it in `make`, and keeps it until its last log is gone.
struct BackEnd {
  const char* name;
  std::function<topic::LogFactory()> make;
};
[[nodiscard]] const std::vector<BackEnd>& back_ends();

struct Setting {
  const BackEnd* back_end = nullptr;
  bool two_owners = false;
};

class Stage {
 public:
  explicit Stage(const Setting& setting);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // Where calls are made from.
  [[nodiscard]] Node& node() const { return *nodes_.back(); }
  // Declares the topic and its groups, as one program would.
  void declare(const topic::TopicConfig& topic, std::vector<topic::GroupConfig> groups = {});
  [[nodiscard]] topic::TopicClient client(const topic::TopicConfig& topic = news()) { return {node(), topic}; }

  // Stops every node, or one of those that own actors, and starts it again.
  void restart_all();
  void restart_owner(std::size_t index);
  [[nodiscard]] std::size_t owners() const { return members_.size() == 1 ? 1 : 2; }

  // A teller's events, from one turn.
  void tell(const std::string& teller, const std::string& key, std::uint32_t count, bool batch = false);
  // Bytes published by the test itself.
  void publish(const topic::TopicConfig& topic, const std::string& key, const std::string& bytes);

  struct Heard {
    std::uint32_t partition;
    std::uint64_t offset;
    std::string key;
    std::string text;
    std::string publisher;
    std::string group;
  };
  [[nodiscard]] std::vector<Heard> heard(const std::string& listener) const;
  [[nodiscard]] std::uint64_t heard_count(const std::string& listener) const;
  // Waits until the listener has heard so many, and fails the test if that does not come.
  void wait_heard(const std::string& listener, std::uint64_t count) const;
  void fail_at(const std::string& listener, const std::string& text, const std::string& how = "refuse");
  [[nodiscard]] Reply<topic::TopicGroup::StatusResults> group_status(const topic::TopicConfig& topic,
                                                                     std::uint32_t partition,
                                                                     const std::string& group) const;
  void wait_status(const topic::TopicConfig& topic, std::uint32_t partition, const std::string& group,
                   const std::string& status) const;

 private:
  [[nodiscard]] std::unique_ptr<Node> start(std::size_t member);

  testing::ScratchDirectory directory_;
  topic::LogFactory logs_;
  std::vector<Member> members_;
  std::vector<std::unique_ptr<Node>> nodes_;
};

// Runs the body with every back end, on one node and on two.
void on_every_stage(const std::function<void(Stage&)>& body);
// On one node.
void on_every_back_end(const std::function<void(Stage&)>& body);

// Within half a minute. A condition may find somebody `unavailable`, who is being erased or started.
[[nodiscard]] bool eventually(const std::function<bool()>& condition);
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

// A group of one listener.
[[nodiscard]] topic::GroupConfig listening(const std::string& group, const std::string& listener);

}  // namespace troupe::topic_contract
