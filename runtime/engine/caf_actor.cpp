#include "engine/caf_actor.h"

#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>

#include <algorithm>

#include "engine/engine.h"

namespace troupe::engine {

namespace {

// Then other scheduled actors have their turn.
constexpr std::size_t kMailsPerRun = 64;
// A mail, and the work of one that waits: with less, what waits would be put off for ever.
constexpr std::size_t kLeastPerRun = 2;

}  // namespace

caf::execution_unit*& current_unit() noexcept {
  static thread_local caf::execution_unit* unit = nullptr;
  return unit;
}

void CafActor::enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) {
  if (!element) return;
  auto& content = element->content();
  if (!content.match_elements<TimerAtom, std::uint64_t>()) {
    bounce(element, caf::make_error(caf::sec::unexpected_message));
    return;
  }
  CellPtr scheduled;
  {
    std::lock_guard lock(mtx_);
    if (scheduled_ && scheduled_->try_add_ref()) scheduled = CellPtr::adopt(scheduled_);
  }
  if (!scheduled) return;
  auto* mail = new TimerMail(content.get_as<std::uint64_t>(1));
  if (!scheduled->post(mail)) mail->discard();
}

caf::resumable::resume_result CafActor::resume(caf::execution_unit* unit, std::size_t max_throughput) {
  auto& current = current_unit();
  caf::execution_unit* before = current;
  current = unit;
  ScheduledActor* scheduled = scheduled_;
  Engine* counting = scheduled->engine().alarms() ? &scheduled->engine()
                                                  : nullptr;  // an engine may go once its scheduled actors are dry
  const bool more = scheduled->run(std::clamp(max_throughput, kLeastPerRun, kMailsPerRun));  // a host's may be any
  current = before;
  if (more) return resumable::resume_later;
  if (counting) counting->ran_dry();
  scheduled->release();  // what schedule() took
  return resumable::awaiting_message;
}

void CafActor::part() noexcept {
  {
    std::lock_guard lock(mtx_);
    scheduled_ = nullptr;
  }
  cleanup(caf::exit_reason::normal, nullptr);
}

}  // namespace troupe::engine
