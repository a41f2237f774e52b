// Ref<Interface>: a reference to an actor, wherever it lives. A cheap value, any thread; it keeps nothing
// running. A copy is the same in all it was told: timeout, idempotency key. The generator specialises it with one
// member function per method.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "troupe/call.h"
#include "troupe/ids.h"
#include "troupe/limits.h"
#include "troupe/service.h"

namespace troupe {

namespace wire {
class Address;
}

namespace detail {

// Owns one reference to an address. It copies and moves so that a Ref, which holds more, needs no code for either.
class AddressHandle {
 public:
  AddressHandle() = default;
  explicit AddressHandle(wire::Address* adopted) noexcept : address_(adopted) {}
  AddressHandle(const AddressHandle& o) noexcept;
  AddressHandle(AddressHandle&& o) noexcept : address_(std::exchange(o.address_, nullptr)) {}
  AddressHandle& operator=(AddressHandle o) noexcept {
    std::swap(address_, o.address_);
    return *this;
  }
  ~AddressHandle();
  [[nodiscard]] wire::Address* get() const noexcept { return address_; }
  wire::Address* operator->() const noexcept { return address_; }

 private:
  wire::Address* address_ = nullptr;
};

}  // namespace detail

// How a durable message is sent; see RefBase::send_durably().
struct SendOptions {
  // Not empty: the outcome comes back as Actor::on_answer() with this tag, its effects once, whatever dies meanwhile.
  // At most limits::kMaxTagBytes.
  std::string_view answer = {};
};

class RefBase {
 public:
  RefBase() = default;
  // Adopts one reference; for the runtime.
  explicit RefBase(wire::Address* adopted) noexcept : address_(adopted) {}

  // Empty for an empty Ref, one that was made without Node::ref() or Actor::ref().
  [[nodiscard]] std::string_view key() const noexcept;
  // Throws `invalid` for an empty Ref.
  [[nodiscard]] const ServiceInfo& service() const;
  // "Stock/sku-1"
  [[nodiscard]] std::string text() const;

  // Calls through this reference end after `timeout` at the latest; zero: the method's own, or the node's. Throws
  // `invalid` for less.
  void timeout(Milliseconds timeout);

  // From now on a call through this reference has one id per (actor, method, key), whoever makes it and however often:
  // a durable actor runs it once and answers the others from memory, as long as it remembers (the schema's `remember`
  // and `rememberSeconds`). `first_used`: when the key was first used, by the clock of the caller's node, if that is
  // known; then a call whose answer may have been forgotten ends with `unknown_outcome`, and otherwise runs anew. That
  // clock may be wrong, differ from others and be set meanwhile: what counts is how long ago it was. A time that it has
  // not shown yet is another clock's: it is taken for limits::kClockDoubt ago. This is what an HTTP client's
  // Idempotency-Key becomes. Throws `invalid` for a key that is empty or past limits::kMaxIdempotencyKeyBytes.
  void idempotency_key(std::string_view key, std::optional<std::chrono::system_clock::time_point> first_used = {});

  // For those who hold a schema instead of generated code: makes the call `fill` builds.
  [[nodiscard]] detail::CallHandle begin_call(std::uint16_t method) const;
  void start_call(const detail::CallHandle& call) const;
  // The call becomes a durable message: committed with the turn that sends it and delivered after, in order per
  // (sender, receiver), again and again until it is acknowledged, with its effects once. Throws `invalid` outside the
  // turns of a durable actor and for a readOnly method; `overloaded` when the node's outbox is full.
  void send_durably(const detail::CallHandle& call, const SendOptions& options = {}) const;

 protected:
  template <class Params, class Results, class Build>
  Call<Results> make_call(std::uint16_t method, Build&& build) const {
    auto handle = begin_call(method);
    std::forward<Build>(build)(handle.params().initAs<Params>());
    start_call(handle);
    return Call<Results>(std::move(handle));
  }
  template <class Params, class Results>
  Call<Results> make_call(std::uint16_t method) const {
    auto handle = begin_call(method);
    start_call(handle);
    return Call<Results>(std::move(handle));
  }
  template <class Params, class Build>
  void make_message(std::uint16_t method, Build&& build, const SendOptions& options) const {
    auto handle = begin_call(method);
    std::forward<Build>(build)(handle.params().initAs<Params>());
    send_durably(handle, options);
  }
  template <class Params>
  void make_message(std::uint16_t method, const SendOptions& options) const {
    send_durably(begin_call(method), options);
  }

 private:
  friend class Actor;
  detail::AddressHandle address_;
  std::chrono::milliseconds timeout_{0};
  RequestId once_{};                 // of the idempotency key; the method is mixed in
  std::uint64_t first_used_ms_ = 0;  // as the node counts time; 0: not told
};

// Specialised by generated code; of anything else ServiceOf says what is wrong.
template <class Interface>
class Ref : public RefBase {
  static_assert(sizeof(ServiceOf<Interface>) > 0);

 public:
  using RefBase::RefBase;
};

}  // namespace troupe
