#include "actor/reminder_dispatcher.h"

#include <algorithm>

#include "actor/registry.h"
#include "base/limits.h"
#include "engine/function_mail.h"

namespace troupe::actor {
namespace {

// The earliest of a partition has changed.
class EarlierMail final : public Mail {
 public:
  EarlierMail(PartitionId partition_in, std::uint64_t due_ms_in)
      : Mail(Kind::call), partition(partition_in), due_ms(due_ms_in) {}
  void discard() noexcept override { delete this; }
  const PartitionId partition;
  const std::uint64_t due_ms;
};

// Then others may have the thread.
constexpr int kPagesPerLook = 2 * kPartitions;

void lower(std::atomic<std::uint64_t>& value, std::uint64_t to) noexcept {
  std::uint64_t old = value.load();
  while (to < old && !value.compare_exchange_weak(old, to)) {
  }
}

// The same for every try of one firing, so that a turn which runs again repeats none of its calls.
RequestId id_of(std::string_view row, std::uint64_t setting) {
  return {stable_hash(row, setting), stable_hash(row, mix(setting + 1))};
}

}  // namespace

ReminderClock::Dispatcher::Dispatcher(Context& context) : engine::ScheduledActor(context.engine), context_(context) {
  for (auto& tell_before : tell_before_) tell_before = 0;  // of what is closed nobody wants to be told
}

void ReminderClock::Dispatcher::committed(PartitionId partition, std::uint64_t due_ms) noexcept {
  auto& tell_before = tell_before_[partition];
  std::uint64_t old = tell_before.load();
  while (due_ms < old) {
    if (!tell_before.compare_exchange_weak(old, due_ms)) continue;
    auto* mail = new EarlierMail(partition, due_ms);
    if (!post(mail)) mail->discard();
    return;
  }
}

void ReminderClock::Dispatcher::ask(std::function<void()> work) noexcept {
  (void)engine::FunctionMail::post(*this, std::move(work));
}

// --- mail ---

void ReminderClock::Dispatcher::receive(Mail* mail) noexcept {
  switch (mail->kind()) {
    case Mail::Kind::call: {
      std::unique_ptr<EarlierMail> earlier(static_cast<EarlierMail*>(mail));
      go_back(earlier->partition, earlier->due_ms);
      break;
    }
    case Mail::Kind::reply: answered(wire::EnvelopePtr::adopt(static_cast<wire::Envelope*>(mail))); break;
    case Mail::Kind::timer: {
      const auto token = static_cast<engine::TimerMail*>(mail)->token;
      mail->discard();
      wake_ups_.erase(TimePoint(TimePoint::duration(token)));
      look_due_ = true;
      break;
    }
    case Mail::Kind::control: engine::FunctionMail::run(mail); break;
  }
  // Answers come in bunches, and one look serves them all; but the actors must not run dry meanwhile.
  if (look_due_ && (waiting() == 0 || under_way_ < limits::kRemindersUnderWay / 4)) look();
}

void ReminderClock::Dispatcher::start() {
  running_ = true;
  look();
}

// The first look reads everything.
void ReminderClock::Dispatcher::open_partition(PartitionId partition) noexcept {
  Part& part = parts_[partition];
  part.open = true;
  part.from = due_prefix(partition, 0);
  part.read_due = part.next_due = 0;
  look();
}

void ReminderClock::Dispatcher::close_partition(PartitionId partition) noexcept {
  for (auto at = held_.begin(); at != held_.end();) {
    if (at->second.due.partition != partition) {
      ++at;
      continue;
    }
    let_go(at->second);
    at = held_.erase(at);
  }
  tell_before_[partition] = 0;
  parts_[partition] = {.counted_to = std::move(parts_[partition].counted_to)};
  look_due_ = true;
}

// Nobody hears how its call ends.
void ReminderClock::Dispatcher::let_go(Held& held) noexcept {
  if (held.tries > 0) --failing_;
  if (held.under_way) {
    held.under_way->turn = nullptr;
    if (held.tries > 0) {
      --retrying_;
    } else {
      --under_way_;
      --parts_[held.due.partition].under_way;
    }
    return;
  }
  std::erase_if(resting_, [&](const auto& resting) { return resting.second == &held; });
}

void ReminderClock::Dispatcher::stop() noexcept {
  running_ = false;
  for (auto& [row, held] : held_) {
    if (held.under_way) held.under_way->turn = nullptr;
  }
  resting_.clear();
  held_.clear();
  close();
}

// --- looking at what is due ---

void ReminderClock::Dispatcher::look() {
  look_due_ = false;
  if (!running_) return;
  const TimePoint now = context_.clock.exact_now();
  const std::uint64_t now_ms = context_.clock.wall_ms();
  if (now < paused_until_) return wake_at(paused_until_);
  if (sweep_at_ != TimePoint{} && sweep_at_ <= now) return_to_left_behind();
  try_again(now);
  for (int pages = 0; under_way_ <= limits::kRemindersUnderWay / 4 * 3 && now >= paused_until_; ++pages) {
    if (pages == kPagesPerLook) {
      ask([this] { look(); });
      break;
    }
    Part* earliest = nullptr;
    for (Part& part : parts_) {
      if (has_room(part) && part.next_due <= now_ms && (!earliest || part.next_due < earliest->next_due))
        earliest = &part;
    }
    if (!earliest) break;
    read(static_cast<PartitionId>(earliest - parts_.data()), now_ms);
  }
  arm(now_ms, now);
}

// For a page that is worth reading.
bool ReminderClock::Dispatcher::has_room(const Part& part) noexcept {
  return part.under_way <= limits::kRemindersUnderWayPerPartition / 2;
}

// A reminder was set that may lie before what has been read.
void ReminderClock::Dispatcher::go_back(PartitionId partition, std::uint64_t due_ms) {
  Part& part = parts_[partition];
  if (!part.open) return;
  if (auto from = due_prefix(partition, due_ms); from < part.from) {
    part.from = std::move(from);
    part.read_due = 0;
  }
  part.next_due = std::min(part.next_due, due_ms);
  look_due_ = true;
}

void ReminderClock::Dispatcher::read(PartitionId partition, std::uint64_t now_ms) {
  Part& part = parts_[partition];
  // First: what is committed from here on and may be missing in what is read now will be told.
  tell_before_[partition] = kNever;
  const std::size_t room =
      std::min(limits::kRemindersUnderWay - under_way_, limits::kRemindersUnderWayPerPartition - part.under_way);
  const std::string past = due_prefix(partition, now_ms + 1);
  bool more = false;
  if (part.from < past) {
    auto page = context_.store->read_range({part.from, past}, room);
    if (!page.ok()) return pause(page.error());
    more = page->size() == room;
    for (const store::Record& record : *page) {
      part.from = store::key_after(record.key);
      part.read_due = due_of(record.key);
      ring(partition, record);
    }
  }
  if (more) {
    part.next_due = part.read_due;
  } else {
    auto next = context_.store->read_range({part.from, store::kind_range(partition, store::KeyKind::reminder).past}, 1);
    if (!next.ok()) return pause(next.error());
    part.next_due = next->empty() ? kNever : due_of(next->front().key);
  }
  last_error_.clear();
  // Others of the last row's time may come to lie before `from`.
  lower(tell_before_[partition], std::max(part.next_due, part.read_due + 1));
}

// --- one reminder ---

void ReminderClock::Dispatcher::ring(PartitionId partition, const store::Record& record) {
  if (auto known = held_.find(record.key); known != held_.end()) {
    Held& held = known->second;
    const std::uint64_t setting = setting_of(record.value);
    if (setting != held.setting) (held.under_way ? held.set_again.emplace() : held.setting) = setting;
    return;
  }
  Part& part = parts_[partition];
  auto due = parse_due_key(record.key);
  if (!due.ok()) return count_homeless(part, record, due.error());
  auto target = context_.registry.intern(due->service, due->key);
  if (!target.ok()) return count_homeless(part, record, target.error());
  Held& held = held_[record.key];
  held.due = std::move(*due);
  held.row = record.key;
  held.setting = setting_of(record.value);
  held.target = std::move(*target);
  hand_over(held);
}

void ReminderClock::Dispatcher::hand_over(Held& held) {
  auto call = make_counted<wire::Envelope>();
  call->target = held.target;
  call->method = wire::kNoMethod;
  call->id = id_of(held.row, held.setting);
  call->sent = context_.clock.now();
  // It may have run before, also in an earlier run of the node: what its calls did is looked for wherever it is kept.
  call->attempt = 2;
  call->first_sent_ms = wire::kNobodyKnows;
  call->deadline = TimePoint::max();
  call->delivery = std::make_unique<wire::Delivery>(wire::DueReminder{held.due.name, held.due.due_ms});
  call->in_actor = true;
  call->turn = &held;
  call->reply_to = Ptr<Recipient>(Ptr<Dispatcher>::share(this));
  held.under_way = call;
  if (held.tries > 0) {
    ++retrying_;
  } else {
    ++under_way_;
    ++parts_[held.due.partition].under_way;
  }
  context_.registry.deliver_here(std::move(call));
}

void ReminderClock::Dispatcher::answered(wire::EnvelopePtr call) {
  auto* held = static_cast<Held*>(std::exchange(call->turn, nullptr));
  if (!held) return;
  held->under_way = nullptr;
  look_due_ = true;
  if (held->tries > 0) {
    --retrying_;
  } else {
    --under_way_;
    --parts_[held->due.partition].under_way;
  }
  const auto set_again = std::exchange(held->set_again, std::nullopt);
  if (call->error) {
    held->setting = set_again.value_or(held->setting);
    return rest(*held, *call->error);
  }
  if (set_again) go_back(held->due.partition, held->due.due_ms);
  fired_.fetch_add(1, std::memory_order_relaxed);
  if (held->tries > 0) --failing_;
  held_.erase(std::string(held->row));
}

void ReminderClock::Dispatcher::rest(Held& held, const Error& why) {
  if (held.tries == 0) {
    if (failing_ >= limits::kFailingReminders) return leave_behind(held);
    ++failing_;
  }
  const auto failed_before = held.tries++;
  held.last_error = why.message();
  if (held.tries == context_.delivery.tries) {
    say(LogLevel::error,
        "reminder \"" + held.due.name + "\" of " + held.target->text() + " has failed " + std::to_string(held.tries) +
            " times, and is tried again: " + held.last_error,
        {{"service", held.target->service.name},
         {"key", held.target->key},
         {"reminder", held.due.name},
         {"error", held.last_error}});
  }
  const auto backoff = std::max(doubled(context_.delivery.backoff, failed_before, context_.delivery.max_backoff),
                                std::min(why.retry_after(), kMostRetryAfter));
  // Up to a quarter more, so that those which failed together do not come back together.
  const auto jitter = stable_hash(held.row, held.tries) % (static_cast<std::uint64_t>(backoff.count()) / 4 + 1);
  held.again = later(later(context_.clock.exact_now(), backoff), std::chrono::milliseconds(jitter));
  resting_.emplace(held.again, &held);
}

void ReminderClock::Dispatcher::try_again(TimePoint now) {
  while (!resting_.empty() && resting_.begin()->first <= now && retrying_ < limits::kRemindersRetried) {
    Held& held = *resting_.begin()->second;
    resting_.erase(resting_.begin());
    hand_over(held);
  }
}

// Too many fail to remember each of them: it is met in the store again.
void ReminderClock::Dispatcher::leave_behind(Held& held) {
  parts_[held.due.partition].left_behind = true;
  if (sweep_at_ == TimePoint{}) sweep_at_ = later(context_.clock.exact_now(), context_.delivery.max_backoff);
  held_.erase(std::string(held.row));
}

void ReminderClock::Dispatcher::return_to_left_behind() {
  sweep_at_ = {};
  for (PartitionId p = 0; p < kPartitions; ++p) {
    if (std::exchange(parts_[p].left_behind, false)) go_back(p, 0);
  }
}

// It stays, for a node that hosts its service; this one never will.
void ReminderClock::Dispatcher::count_homeless(Part& part, const store::Record& record, const Error& why) {
  if (record.key < part.counted_to) return;
  part.counted_to = store::key_after(record.key);
  auto parsed = parse_due_key(record.key);
  if (homeless_[parsed.ok() ? parsed->service : 0]++ > 0) return;
  const std::string partition = std::to_string(&part - parts_.data());
  say(LogLevel::error, "reminders wait that cannot be given to anybody: " + why.message(),
      {{"partition", partition}, {"error", why.message()}});
}

// The store cannot be read.
void ReminderClock::Dispatcher::pause(const Error& why) {
  paused_until_ = later(context_.clock.exact_now(), context_.delivery.max_backoff);
  last_error_ = why.message();
  say(LogLevel::error, "what is due cannot be read: " + last_error_, {{"error", last_error_}});
}

// --- time ---

void ReminderClock::Dispatcher::arm(std::uint64_t now_ms, TimePoint now) {
  if (now < paused_until_) wake_at(paused_until_);
  if (sweep_at_ != TimePoint{}) wake_at(sweep_at_);
  if (!resting_.empty() && retrying_ < limits::kRemindersRetried) wake_at(resting_.begin()->first);
  std::uint64_t next = kNever;
  for (const Part& part : parts_) {
    if (has_room(part)) next = std::min(next, part.next_due);
  }
  if (next == kNever || next <= now_ms) return;  // what is due and has not gone waits for an answer
  constexpr std::chrono::milliseconds kLook = limits::kReminderLook;
  wake_at(later(now, std::chrono::milliseconds(std::min<std::uint64_t>(next - now_ms, kLook.count()))));
}

// A wake-up cannot be called back, so one that comes early enough serves.
void ReminderClock::Dispatcher::wake_at(TimePoint when) {
  if (!wake_ups_.empty() && *wake_ups_.begin() <= when) return;
  wake_ups_.insert(when);
  context_.engine.wake_at(when, *this, static_cast<std::uint64_t>(when.time_since_epoch().count()));
}

void ReminderClock::Dispatcher::say(LogLevel level, const std::string& what, const LogFields& fields) const {
  if (context_.log) context_.log({level, "reminders", what, fields});
}

RemindersView ReminderClock::Dispatcher::view(std::size_t limit) const {
  RemindersView view{
      .under_way = under_way_ + retrying_, .failing = failing_, .fired = fired(), .last_error = last_error_};
  for (const auto& [service, count] : homeless_) view.not_hosted += count;
  view.left_behind = sweep_at_ != TimePoint{};
  std::uint64_t next = kNever;
  for (const Part& part : parts_) next = std::min(next, part.next_due);
  if (next != kNever) view.next_due_ms = next;
  const TimePoint now = context_.clock.now();
  for (const auto& [row, held] : held_) {
    if (held.tries == 0) continue;
    const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(held.again - now).count();
    view.worst.push_back(
        {.actor = held.target->text(),
         .name = held.due.name,
         .due_ms = held.due.due_ms,
         .tries = held.tries,
         .again_in_ms = held.under_way ? 0 : static_cast<std::uint64_t>(std::max<std::int64_t>(wait, 0)),
         .last_error = held.last_error});
  }
  const auto more_tried = [](const auto& a, const auto& b) { return a.tries > b.tries; };
  const auto kept = static_cast<std::ptrdiff_t>(std::min(limit, view.worst.size()));
  std::partial_sort(view.worst.begin(), view.worst.begin() + kept, view.worst.end(), more_tried);
  view.worst.resize(static_cast<std::size_t>(kept));
  return view;
}

}  // namespace troupe::actor
