// Ref<Interface>: a reference to an actor, wherever it lives. A cheap value, any thread; it keeps nothing
// running. The generator specialises it with one member function per method.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "troupe/call.h"

namespace troupe {

struct ServiceInfo;

namespace wire {
class Address;
}

template <class Interface>
class Ref;

class RefBase {
 public:
  RefBase() = default;
  // Adopts one reference; for the runtime.
  explicit RefBase(wire::Address* adopted) noexcept : address_(adopted) {}
  RefBase(const RefBase& o) noexcept;
  RefBase(RefBase&& o) noexcept : address_(std::exchange(o.address_, nullptr)), timeout_(o.timeout_) {}
  RefBase& operator=(RefBase o) noexcept {
    std::swap(address_, o.address_);
    timeout_ = o.timeout_;
    return *this;
  }
  ~RefBase();

  [[nodiscard]] std::string_view key() const noexcept;
  [[nodiscard]] const ServiceInfo& service() const noexcept;
  // "Stock/sku-1"
  [[nodiscard]] std::string text() const;

  // Calls through this reference end after `timeout` at the latest; zero: the method's own, or the node's.
  void timeout(std::chrono::milliseconds timeout) noexcept { timeout_ = timeout; }

  // For those who hold a schema instead of generated code: makes the call `fill` builds.
  [[nodiscard]] detail::CallHandle begin(std::uint16_t method) const;
  void send(const detail::CallHandle& call) const;

 protected:
  template <class Params, class Results, class Build>
  Call<Results> call(std::uint16_t method, Build&& build) const {
    auto handle = begin(method);
    std::forward<Build>(build)(handle.params().initAs<Params>());
    send(handle);
    return Call<Results>(std::move(handle));
  }
  template <class Params, class Results>
  Call<Results> call(std::uint16_t method) const {
    auto handle = begin(method);
    send(handle);
    return Call<Results>(std::move(handle));
  }

 private:
  friend class Access;
  wire::Address* address_ = nullptr;
  std::chrono::milliseconds timeout_{0};
};

}  // namespace troupe
