#include "engine/scheduled_actor.h"

#include <utility>

#include "engine/engine.h"
#include "engine/held_wakes.h"

namespace troupe::engine {
namespace {

// Of replies and timers, before a call that waits.
constexpr std::uint8_t kEndingsInARow = 8;
// After a bell that was held for long.
constexpr std::uint8_t kRunsWithoutBell = 255;

// What the inbox holds when it holds no mail.
Mail* idle() noexcept { return reinterpret_cast<Mail*>(1); }    // nobody runs the scheduled actor; the next post does
Mail* closed() noexcept { return reinterpret_cast<Mail*>(2); }  // for ever

}  // namespace

ScheduledActor::ScheduledActor(Engine& engine, Order order)
    : engine_(engine), caf_actor_(engine.make_body(*this)), inbox_(idle()), order_(order) {}

ScheduledActor::~ScheduledActor() { engine_.drop_body(caf_actor_); }

bool ScheduledActor::post(Mail* mail) noexcept {
  Mail* head = inbox_.load(std::memory_order_acquire);
  waiting_.fetch_add(1, std::memory_order_relaxed);
  do {
    if (head == closed()) {
      waiting_.fetch_sub(1, std::memory_order_relaxed);
      return false;
    }
    mail->next_mail = head == idle() ? nullptr : head;
  } while (!inbox_.compare_exchange_weak(head, mail, std::memory_order_acq_rel, std::memory_order_acquire));
  if (head == idle()) engine_.schedule(*this);
  return true;
}

void ScheduledActor::MailQueue::append(Mail* mail) noexcept {
  mail->next_mail = nullptr;
  (last ? last->next_mail : first) = mail;
  last = mail;
}

Mail* ScheduledActor::MailQueue::pop() noexcept {
  Mail* mail = first;
  first = mail->next_mail;
  if (!first) last = nullptr;
  mail->next_mail = nullptr;
  return mail;
}

void ScheduledActor::MailQueue::discard() noexcept {
  while (first) pop()->discard();
}

void ScheduledActor::gather() noexcept {
  Mail* stack = inbox_.load(std::memory_order_relaxed);
  if (!stack || stack == idle()) return;
  stack = inbox_.exchange(nullptr, std::memory_order_acq_rel);
  Mail* oldest = nullptr;
  while (stack) oldest = std::exchange(stack, std::exchange(stack->next_mail, oldest));
  while (oldest) {
    Mail* mail = std::exchange(oldest, oldest->next_mail);
    const auto kind = mail->kind();
    if (order_ == Order::of_arrival || kind == Mail::Kind::call) {
      calls_.append(mail);
    } else {
      (kind == Mail::Kind::control ? urgent_ : endings_).append(mail);
    }
  }
}

Mail* ScheduledActor::take() {
  if (!calls_.first && !endings_.first && !urgent_.first) gather();
  MailQueue* line = &urgent_;
  if (!urgent_.first) {
    // Replies may come for ever; calls get theirs, too.
    const bool call = calls_.first && (!endings_.first || ++endings_in_a_row_ % kEndingsInARow == 0);
    line = call ? &calls_ : &endings_;
    if (!line->first) return nullptr;
  }
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  return line->pop();
}

bool ScheduledActor::go_idle() {
  Mail* empty = nullptr;
  return inbox_.compare_exchange_strong(empty, idle(), std::memory_order_acq_rel);
}

bool ScheduledActor::run(std::size_t budget) {
  WorkerActivity& mark = engine_.activities_->mine();
  mark.scheduled.store(this, std::memory_order_relaxed);
  HeldBell bell(runs_without_bell_ == 0);
  const bool more = receive_some(budget, mark, bell);
  bell.ring();
  if (runs_without_bell_ > 0) --runs_without_bell_;
  if (bell.long_wait()) runs_without_bell_ = kRunsWithoutBell;
  mark.scheduled.store(nullptr, std::memory_order_relaxed);
  return more;
}

bool ScheduledActor::receive_some(std::size_t budget, WorkerActivity& mark, HeldBell& bell) {
  // Between the post that found `idle` and go_idle() nobody else runs this scheduled actor.
  left_ = budget;
  if (order_ == Order::by_urgency) gather();  // what is urgent among it comes before what was taken earlier
  while (left_ > 0) {
    Mail* mail = take();
    if (!mail) {
      if (go_idle()) return false;
      continue;
    }
    mark.mails.store(mark.mails.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    --left_;
    receive(mail);
    bell.after_mail();
    if (closed_) return false;
  }
  return true;
}

void ScheduledActor::close() noexcept {
  closed_ = true;
  Mail* stack = inbox_.exchange(closed(), std::memory_order_acq_rel);
  for (MailQueue* line : {&urgent_, &endings_, &calls_}) line->discard();
  while (stack && stack != idle()) {
    Mail* next = stack->next_mail;
    stack->discard();
    stack = next;
  }
}

}  // namespace troupe::engine
