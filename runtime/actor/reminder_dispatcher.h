// What the reminder clock does on its scheduled actor. Private to the clock.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "actor/context.h"
#include "actor/reminder_clock.h"
#include "actor/reminder_rows.h"
#include "base/log_fields.h"
#include "engine/scheduled_actor.h"
#include "store/store.h"
#include "wire/envelope.h"

namespace troupe::actor {

class ReminderClock::Dispatcher final : public engine::ScheduledActor {
 public:
  explicit Dispatcher(Context& context);

  // --- any thread ---
  void committed(PartitionId partition, std::uint64_t due_ms) noexcept;
  void ask(std::function<void()> work) noexcept;
  [[nodiscard]] std::uint64_t fired() const noexcept { return fired_.load(std::memory_order_relaxed); }

  // --- its own ---
  void start();
  void open_partition(PartitionId partition) noexcept;
  void close_partition(PartitionId partition) noexcept;
  void stop() noexcept;
  void look();
  [[nodiscard]] RemindersView view(std::size_t limit) const;

 private:
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  // A reminder that is under way, or rests after a try that failed.
  struct Held {
    DueKey due;
    std::string row;  // its durable key
    std::uint64_t setting = 0;
    std::optional<std::uint64_t> set_again;  // for the same time, while it was under way
    wire::AddressPtr target;
    wire::EnvelopePtr under_way;
    std::uint32_t tries = 0;  // that failed
    std::string last_error;
    TimePoint again{};
  };
  // How far a partition has been read. What lies before `from` is held, done, left behind, or not hosted here.
  struct Part {
    bool open = false;
    std::string from;
    std::uint64_t read_due = 0;       // when the last row before `from` is due; 0: all of that time is unread
    std::uint64_t next_due = kNever;  // nothing unread is due before
    std::size_t under_way = 0;        // of first tries
    bool left_behind = false;
    std::string counted_to;  // of what no service here takes
  };

  void receive(Mail* mail) noexcept override;
  void go_back(PartitionId partition, std::uint64_t due_ms);
  void read(PartitionId partition, std::uint64_t now_ms);
  void ring(PartitionId partition, const store::Record& record);
  void hand_over(Held& held);
  void let_go(Held& held) noexcept;
  void answered(wire::EnvelopePtr call);
  void rest(Held& held, const Error& why);
  void leave_behind(Held& held);
  void try_again(TimePoint now);
  void return_to_left_behind();
  void count_homeless(Part& part, const store::Record& record, const Error& why);
  void pause(const Error& why);
  void arm(std::uint64_t now_ms, TimePoint now);
  void wake_at(TimePoint when);
  void say(LogLevel level, const std::string& what, const LogFields& fields) const;
  [[nodiscard]] static bool has_room(const Part& part) noexcept;

  Context& context_;
  bool running_ = false;
  bool look_due_ = false;
  std::array<Part, kPartitions> parts_;
  // What is committed with an earlier time than this has to be told of. Lowered by any thread, raised here.
  std::array<std::atomic<std::uint64_t>, kPartitions> tell_before_;
  std::unordered_map<std::string, Held> held_;  // by row
  std::multimap<TimePoint, Held*> resting_;
  std::size_t under_way_ = 0;  // first tries
  std::size_t retrying_ = 0;
  std::size_t failing_ = 0;  // held after a try that failed
  std::atomic<std::uint64_t> fired_{0};
  std::map<std::uint64_t, std::uint64_t> homeless_;  // by service: how many wait for it to be hosted
  TimePoint paused_until_{};
  TimePoint sweep_at_{};  // unset: nothing was left behind
  std::string last_error_;
  std::set<TimePoint> wake_ups_;  // that will come
};

}  // namespace troupe::actor
