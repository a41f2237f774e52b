// Putting an actor away on demand: asked of the activation itself, between two of its turns.
#include <future>

#include "actor/activation.h"
#include "actor/registry.h"
#include "testing/testbed_core.h"

namespace troupe::testing {
namespace {

constexpr std::chrono::seconds kAnswers{10};

class EvictMail final : public actor::Control {
 public:
  explicit EvictMail(wire::AddressPtr address) : address_(std::move(address)) {}
  std::future<bool> answer() { return gone_.get_future(); }
  void act(actor::Activation& activation) noexcept override {
    activation.passivate();
    gone_.set_value(!activation.live());
    delete this;
  }
  void discard() noexcept override {
    gone_.set_value(true);  // it has stopped
    delete this;
  }

 private:
  const wire::AddressPtr address_;  // keeps the address until the activation is done with it
  std::promise<bool> gone_;
};

}  // namespace

bool TestbedCore::evict(const ActorName& actor) {
  settle();
  bool gone = true;
  for (const auto& slot : slots_) {
    if (!slot->node) continue;
    with(*slot, [&](host::NodeParts& running) {
      auto address = running.routing().registry.intern_by_name(actor.service, actor.key);
      if (!address.ok()) throw address.error();
      const auto activation = actor::Registry::activation_of(**address);
      if (!activation || !activation->live()) return;
      auto* mail = new EvictMail(*address);
      auto answer = mail->answer();
      if (!activation->post(mail)) mail->discard();
      if (answer.wait_for(kAnswers) != std::future_status::ready)
        throw Failure("evict(): " + actor.text() + " is in a turn that holds its thread");
      gone = answer.get() && gone;
    });
  }
  return gone;
}

}  // namespace troupe::testing
