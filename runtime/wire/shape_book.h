// The shapes of what services take and give, made when they are first asked for. Any thread.
#pragma once

#include <capnp/any.h>

#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <unordered_map>

#include "troupe/error.h"

namespace troupe {
struct ServiceInfo;
}

namespace troupe::wire {

class ShapeBook {
 public:
  enum class Part : std::uint8_t { params, results, state };

  ShapeBook();
  ~ShapeBook();

  // Whether what came from outside as that part of the method can be read as its schema says; `invalid` says why not.
  // The method means nothing for a state. What the service knows no schema of fits.
  [[nodiscard]] Result<void> fits(const ServiceInfo& service, std::uint16_t method, Part part,
                                  capnp::AnyPointer::Reader message);

 private:
  struct OfService;
  [[nodiscard]] const OfService& of(const ServiceInfo& service);

  std::shared_mutex mutex_;
  std::unordered_map<const ServiceInfo*, std::unique_ptr<const OfService>> services_;
};

}  // namespace troupe::wire
