#include "wire/shape_book.h"

#include <mutex>
#include <optional>
#include <vector>

#include "troupe/service.h"
#include "troupe/shape.h"

namespace troupe::wire {

struct ShapeBook::OfService {
  explicit OfService(const ServiceInfo& service) {
    if (service.state_schema) state.emplace(service.state_schema());
    if (!service.schema) return;
    for (auto method : service.schema().getMethods()) {
      params.emplace_back(method.getParamType());
      results.emplace_back(method.getResultType());
    }
  }
  std::vector<Shape> params;
  std::vector<Shape> results;
  std::optional<Shape> state;
};

ShapeBook::ShapeBook() = default;
ShapeBook::~ShapeBook() = default;

const ShapeBook::OfService& ShapeBook::of(const ServiceInfo& service) {
  {
    const std::shared_lock lock(mutex_);
    if (const auto at = services_.find(&service); at != services_.end()) return *at->second;
  }
  auto made = std::make_unique<const OfService>(service);
  const std::lock_guard lock(mutex_);
  return *services_.try_emplace(&service, std::move(made)).first->second;
}

Result<void> ShapeBook::fits(const ServiceInfo& service, std::uint16_t method, Part part,
                             capnp::AnyPointer::Reader message) {
  const OfService& shapes = of(service);
  if (part == Part::state) return shapes.state ? shapes.state->fits(message) : Result<void>();
  const auto& methods = part == Part::params ? shapes.params : shapes.results;
  return method < methods.size() ? methods[method].fits(message) : Result<void>();
}

}  // namespace troupe::wire
