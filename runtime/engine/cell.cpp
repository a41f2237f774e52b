#include "engine/cell.h"

#include "engine/engine.h"

namespace troupe::engine {
namespace {

// What the inbox holds when it holds no mail.
Mail* idle() noexcept { return reinterpret_cast<Mail*>(1); }    // nobody runs the cell; the next post does
Mail* closed() noexcept { return reinterpret_cast<Mail*>(2); }  // for ever

}  // namespace

Cell::Cell(Engine& engine) : engine_(engine), body_(engine.make_body(*this)), inbox_(idle()) {}

Cell::~Cell() { engine_.drop_body(body_); }

bool Cell::post(Mail* mail) noexcept {
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

Mail* Cell::take() {
  if (!taken_) {
    Mail* stack = inbox_.load(std::memory_order_relaxed);
    if (!stack || stack == idle()) return nullptr;
    stack = inbox_.exchange(nullptr, std::memory_order_acq_rel);
    while (stack) {
      Mail* next = stack->next_mail;
      stack->next_mail = taken_;
      taken_ = stack;
      stack = next;
    }
    if (!taken_) return nullptr;
  }
  Mail* mail = taken_;
  taken_ = mail->next_mail;
  mail->next_mail = nullptr;
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  return mail;
}

bool Cell::go_idle() {
  Mail* empty = nullptr;
  return inbox_.compare_exchange_strong(empty, idle(), std::memory_order_acq_rel);
}

bool Cell::run(std::size_t budget) {
  WorkerMark& mark = engine_.marks_->mine();
  mark.cell.store(this, std::memory_order_relaxed);
  const bool more = receive_some(budget, mark);
  mark.cell.store(nullptr, std::memory_order_relaxed);
  return more;
}

bool Cell::receive_some(std::size_t budget, WorkerMark& mark) {
  // Between the post that found `idle` and go_idle() nobody else runs this cell.
  for (std::size_t n = 0; n < budget; ++n) {
    Mail* mail = take();
    if (!mail) {
      if (go_idle()) return false;
      continue;
    }
    mark.mails.store(mark.mails.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    receive(mail);
    if (closed_) return false;
  }
  return true;
}

void Cell::close() noexcept {
  closed_ = true;
  Mail* stack = inbox_.exchange(closed(), std::memory_order_acq_rel);
  while (taken_) {
    Mail* mail = taken_;
    taken_ = mail->next_mail;
    mail->discard();
  }
  while (stack && stack != idle()) {
    Mail* next = stack->next_mail;
    stack->discard();
    stack = next;
  }
}

}  // namespace troupe::engine
