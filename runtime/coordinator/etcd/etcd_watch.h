// A watch of an etcd: a stream on a thread of its own, which goes on from where it was when it is cut.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "coordinator/coordinator.h"
#include "coordinator/etcd/calls.h"
#include "coordinator/etcd/lines.h"

namespace troupe::coordinator::etcd {

class EtcdWatch final : public Watch {
 public:
  // `calls` and `watcher` outlive it.
  EtcdWatch(Calls& calls, const KeySpace& keys, std::string_view prefix, Version after, Watcher& watcher);
  ~EtcdWatch() override;

 private:
  // What a stream ended with: it is to be begun anew, or never again.
  enum class End { again, over };
  void run();
  [[nodiscard]] End follow(Calls::Stream& stream);
  [[nodiscard]] End take(const WatchLine& line);
  [[nodiscard]] End take_created(const WatchAnswer& answer);
  [[nodiscard]] End take_refusal(const Refusal& refusal);
  void take_changes(const WatchAnswer& answer);
  void tell_gathered();
  End lose(const Error& why);
  [[nodiscard]] Question question() const;

  Calls& calls_;
  const std::string records_;  // what etcd's keys begin with and the watcher's do not
  const std::string first_, past_;
  Watcher& watcher_;
  Version position_;              // told, and nothing before it is missing
  std::vector<Change> gathered_;  // of one version, while it comes in fragments
  std::uint64_t cluster_ = 0;     // of the etcd that it began with
  bool created_ = false;          // on this stream
  const std::unique_ptr<Stop> stop_ = Stop::make();
  std::thread thread_;
};

}  // namespace troupe::coordinator::etcd
