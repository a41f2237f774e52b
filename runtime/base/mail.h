// What a mailbox holds, and what has a mailbox. Mail is an intrusive node, so posting allocates nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace troupe {

class Mail {
 public:
  enum class Kind : std::uint8_t {
    call,     // an Envelope on its way to the callee
    reply,    // the same Envelope on its way back
    control,  // for the runtime itself: never refused by a full mailbox, never behind a running turn
    timer,    // a timer that was set has come due
  };

  explicit Mail(Kind kind) noexcept : kind_(kind) {}
  Mail(const Mail&) = delete;
  Mail& operator=(const Mail&) = delete;

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  void kind(Kind kind) noexcept { kind_ = kind; }

  // Gives up the reference the mailbox held, without delivery: the mailbox closed for ever.
  virtual void discard() noexcept = 0;

  Mail* next_mail = nullptr;

 protected:
  virtual ~Mail() = default;

 private:
  Kind kind_;
};

// Counts its owners; goes when the last one goes. Any thread.
class Counted {
 public:
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  void add_ref() const noexcept { refs_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept {
    if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) const_cast<Counted*>(this)->last_release();
  }
  // Another owner, unless the last one has just left: for those who find an object without owning it.
  [[nodiscard]] bool try_add_ref() const noexcept {
    auto n = refs_.load(std::memory_order_relaxed);
    while (n != 0) {
      if (refs_.compare_exchange_weak(n, n + 1, std::memory_order_acq_rel)) return true;
    }
    return false;
  }

 protected:
  Counted() = default;
  virtual ~Counted() = default;
  virtual void last_release() noexcept { delete this; }
  mutable std::atomic<std::uint32_t> refs_{1};
};

// Owns one reference to a Counted.
template <class T>
class Ptr {
 public:
  Ptr() = default;
  Ptr(std::nullptr_t) noexcept {}  // NOLINT: implicit on purpose
  // Takes over a reference that already exists (what `new` gives).
  static Ptr adopt(T* p) noexcept {
    Ptr out;
    out.p_ = p;
    return out;
  }
  static Ptr share(T* p) noexcept {
    if (p) p->add_ref();
    return adopt(p);
  }
  Ptr(const Ptr& o) noexcept : p_(o.p_) {
    if (p_) p_->add_ref();
  }
  Ptr(Ptr&& o) noexcept : p_(std::exchange(o.p_, nullptr)) {}
  template <class U>
  Ptr(Ptr<U> o) noexcept : p_(o.detach()) {}  // NOLINT: implicit upcast
  Ptr& operator=(Ptr o) noexcept {
    std::swap(p_, o.p_);
    return *this;
  }
  ~Ptr() {
    if (p_) p_->release();
  }

  T* get() const noexcept { return p_; }
  T* operator->() const noexcept { return p_; }
  T& operator*() const noexcept { return *p_; }
  explicit operator bool() const noexcept { return p_ != nullptr; }
  // Gives the reference away.
  [[nodiscard]] T* detach() noexcept { return std::exchange(p_, nullptr); }

 private:
  T* p_ = nullptr;
};

template <class T, class... Args>
[[nodiscard]] Ptr<T> make_counted(Args&&... args) {
  return Ptr<T>::adopt(new T(std::forward<Args>(args)...));
}

// Something that takes mail.
class Recipient : public Counted {
 public:
  // Takes over the mail's reference and returns true; false: closed for ever, the mail stays the caller's.
  // Any thread; never blocks.
  virtual bool post(Mail* mail) noexcept = 0;
};

}  // namespace troupe
