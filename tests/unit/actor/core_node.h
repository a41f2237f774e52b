// A running node without a Node around it: a test reaches its parts, and hosts what it likes under a clock of its own.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/node_orders.h"
#include "host/node_parts.h"
#include "support/scratch_directory.h"

namespace troupe::testing {

class CoreNode {
 public:
  explicit CoreNode(const Clock& clock = system_clock(), NodeConfig config = {})
      : clock_(clock), config_(std::move(config)) {
    config_.name = "n";
    config_.members = {{.name = "n"}};
    config_.data_dir = directory_.path();
    config_.threads = 2;
    config_.admin = false;
  }
  ~CoreNode() {
    if (running_) stop();
  }
  CoreNode(const CoreNode&) = delete;
  CoreNode& operator=(const CoreNode&) = delete;

  // From the next start() on.
  template <class Interface>
  void host(std::function<std::unique_ptr<Actor>()> make) {
    hosted_.emplace_back(&ServiceOf<Interface>::info(), std::move(make));
  }
  void host_nothing() { hosted_.clear(); }
  // From the next start() on there is another member, which no link leads to, and owns its part of all keys.
  void add_member(const std::string& name) { members_.push_back({.name = name}); }
  void start() {
    core_ = make_counted<host::NodeRouting>(clock_, std::chrono::seconds(10), ++lives_, members_, "n");
    for (const auto& [service, make] : hosted_)
      core_->registry.host(std::make_shared<actor::Hosted>(*service, make, RestartPolicy{})).value();
    running_.emplace(config_, *core_, std::make_shared<const host::NodeOrders>());
  }
  void stop() {
    running_->stop(std::chrono::seconds(1));
    running_.reset();
  }

  template <class Interface>
  [[nodiscard]] wire::AddressPtr address(const std::string& key) {
    return core_->registry.intern(ServiceOf<Interface>::info(), key).value();
  }
  template <class Interface>
  [[nodiscard]] Ref<Interface> ref(const std::string& key) {
    return Ref<Interface>(address<Interface>(key).detach());
  }
  [[nodiscard]] host::NodeRouting& core() noexcept { return *core_; }
  [[nodiscard]] host::NodeParts& running() noexcept { return *running_; }

 private:
  ScratchDirectory directory_;
  const Clock& clock_;
  NodeConfig config_;
  std::vector<Member> members_{{.name = "n"}};
  std::vector<std::pair<const ServiceInfo*, std::function<std::unique_ptr<Actor>()>>> hosted_;
  std::uint64_t lives_ = 0;  // each makes ids of its own
  Ptr<host::NodeRouting> core_;
  std::optional<host::NodeParts> running_;
};

}  // namespace troupe::testing
