// Definitions that the linker asks for in place of the runtime's.
#include "fake_runtime.h"

#include <troupe/generated.h>

#include <memory>

namespace {
std::unique_ptr<fake::LastCall> last;
}

fake::LastCall& fake::last_call() { return *last; }

namespace troupe {

namespace actor {
class Activation {
 public:
  capnp::MallocMessageBuilder state;
};
}  // namespace actor

Actor::Actor() noexcept : activation_(*new actor::Activation) {}
Actor::~Actor() { delete &activation_; }
capnp::AnyPointer::Reader Actor::state_root() const {
  return activation_.state.getRoot<capnp::AnyPointer>().asReader();
}
capnp::AnyPointer::Builder Actor::edit_root() { return activation_.state.getRoot<capnp::AnyPointer>(); }

void Actor::migrate(std::uint32_t, capnp::AnyPointer::Reader, capnp::AnyPointer::Builder) {}
Task<> Actor::on_reminder(std::string_view) { co_return; }
Task<> Actor::on_answer(const Answer&) { co_return; }
Task<> Actor::on_down(const Down&) { co_return; }

detail::AddressHandle::AddressHandle(const AddressHandle& o) noexcept : address_(o.address_) {}
detail::AddressHandle::~AddressHandle() = default;
detail::CallHandle RefBase::begin_call(std::uint16_t method) const {
  last = std::make_unique<fake::LastCall>();
  last->ordinal = method;
  return {};
}
void RefBase::start_call(const detail::CallHandle&) const {}
void RefBase::send_durably(const detail::CallHandle&, const SendOptions&) const {}

detail::CallHandle::~CallHandle() = default;
capnp::AnyPointer::Builder detail::CallHandle::params() const { return last->params.getRoot<capnp::AnyPointer>(); }
void detail::CallHandle::forget() const noexcept {}

}  // namespace troupe
