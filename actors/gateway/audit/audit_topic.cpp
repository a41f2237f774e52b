#include "gateway/audit/audit_topic.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include "gateway/audit/audit.capnp.h"
#include "topic/limits.h"
#include "topic/topics.h"
#include "troupe/duration.h"

namespace troupe::gateway::audit {
namespace {

// Of one append to a partition.
constexpr std::size_t kMostAtOnce = 200;

std::uint64_t ms_of(std::chrono::system_clock::time_point time) {
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  return since < 0 ? 0 : static_cast<std::uint64_t>(since);
}

// A process's own, so that no two name different acts alike.
std::string fresh_name() {
  std::random_device chance;
  std::string out = "audit";
  for (int i = 0; i < 4; ++i) out += "-" + std::to_string(chance());
  return out;
}

}  // namespace

class AuditTopic::Writer {
 public:
  Writer(Node& node, const topic::TopicConfig& topic, AuditOptions options)
      : node_(node), client_(node, topic), options_(std::move(options)), name_(fresh_name()) {
    topic::check(topic);
    const auto refuse = [](const std::string& why) {
      throw Error(ErrorKind::invalid, "an audit log: AuditOptions::" + why);
    };
    if (options_.most_waiting == 0 || options_.most_waiting > kMaxWaiting)
      refuse("most_waiting is " + std::to_string(options_.most_waiting) + "; 1 to " + std::to_string(kMaxWaiting) +
             " are possible");
    for (const auto time : {options_.try_again, options_.time_to_write})
      if (std::chrono::milliseconds(time).count() <= 0) refuse("try_again and time_to_write are longer than nothing");
    thread_ = std::thread([this] { work(); });
  }
  ~Writer() { stop(); }

  void take(AdminAct act) {
    std::unique_lock lock(mutex_);
    if (stopped_) {
      lock.unlock();
      return say("an act of administration was done after the end of its log: " + act.service + "." + act.method +
                 " by " + act.who.name);
    }
    waiting_.push_back(std::move(act));
    lock.unlock();
    changed_.notify_all();
  }
  bool ready() {
    const std::lock_guard lock(mutex_);
    return !stopped_ && waiting_.size() + under_way_ < options_.most_waiting;
  }
  std::size_t waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_.size() + under_way_;
  }
  bool wait_until_written(std::chrono::milliseconds at_most) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, later(std::chrono::steady_clock::now(), at_most),
                               [this] { return waiting_.empty() && under_way_ == 0; });
  }
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return;
      stopped_ = true;
      end_ = later(std::chrono::steady_clock::now(), std::chrono::milliseconds(options_.time_to_write));
    }
    changed_.notify_all();
    thread_.join();
    if (const auto lost = waiting_.size() + under_way_; lost > 0)
      say(std::to_string(lost) + " acts of administration could not be written to the topic " + client_.config().name);
  }

 private:
  void work() {
    for (;;) {
      std::deque<AdminAct> acts;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
        if (waiting_.empty() || (stopped_ && std::chrono::steady_clock::now() >= end_)) return;
        while (!waiting_.empty() && acts.size() < kMostAtOnce) {
          acts.push_back(std::move(waiting_.front()));
          waiting_.pop_front();
        }
        under_way_ = acts.size();
      }
      if (!write(acts)) return;
      {
        const std::lock_guard lock(mutex_);
        under_way_ = 0;
      }
      changed_.notify_all();
    }
  }

  // Again and again, under one name. False: the end came first.
  bool write(const std::deque<AdminAct>& acts) {
    topic::NewEvents events(client_.config());
    for (const AdminAct& act : acts) add(events, act);
    const std::string name = name_ + "-" + std::to_string(++batches_);
    for (;;) {
      try {
        client_.publish(events, name, std::chrono::milliseconds(options_.time_to_write));
        return true;
      } catch (const std::exception& error) {
        say("acts of administration were not written, and will be tried again: " + std::string(error.what()));
      }
      std::unique_lock lock(mutex_);
      const auto again = later(std::chrono::steady_clock::now(), std::chrono::milliseconds(options_.try_again));
      changed_.wait_until(lock, again, [this] { return stopped_; });
      if (stopped_ && std::chrono::steady_clock::now() >= end_) return false;
    }
  }

  void add(topic::NewEvents& events, const AdminAct& act) const {
    std::string whose = act.key.empty() ? act.service : act.service + "/" + act.key;
    whose.resize(std::min(whose.size(), topic::limits::kMaxEventKeyBytes));
    events.add<AdminEvent>(whose, [&](auto event) {
      event.setAtMs(ms_of(act.at));
      event.setWho(act.who.name);
      event.setRoles(act.who.roles);
      event.setService(act.service);
      event.setMethod(act.method);
      event.setKey(act.key);
      event.setOutcome(act.outcome);
      event.setCode(act.code);
      event.setStatus(static_cast<std::uint16_t>(act.status));
      event.setTraceId(act.trace_id);
      event.setAddress(act.address);
      event.setGateway(node_.name());
    });
  }

  void say(const std::string& message) const {
    if (options_.log) options_.log({.level = LogLevel::warn, .room = "audit", .message = message});
  }

  Node& node_;
  const topic::TopicClient client_;
  const AuditOptions options_;
  const std::string name_;
  std::uint64_t batches_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<AdminAct> waiting_;
  std::size_t under_way_ = 0;
  bool stopped_ = false;
  std::chrono::steady_clock::time_point end_{};
  std::thread thread_;
};

AuditTopic::AuditTopic(Node& node, const topic::TopicConfig& topic, AuditOptions options)
    : writer_(std::make_shared<Writer>(node, topic, std::move(options))) {}

AuditTopic::~AuditTopic() { writer_->stop(); }

gateway::Audit AuditTopic::audit() const {
  return {.acted = [writer = writer_](AdminAct act) { writer->take(std::move(act)); },
          .ready = [writer = writer_] { return writer->ready(); }};
}

bool AuditTopic::wait_until_written(Milliseconds at_most) const {
  return writer_->wait_until_written(std::chrono::milliseconds(at_most));
}

std::size_t AuditTopic::waiting() const { return writer_->waiting(); }

}  // namespace troupe::gateway::audit
