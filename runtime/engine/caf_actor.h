// The CAF actor behind a scheduled actor: CAF schedules it, monitors it, and may send it messages; the scheduled
// actor's own mail goes past CAF's mailbox, because the envelope is the only message that matters and a queue node of
// its own.
#pragma once

#include <caf/atom.hpp>
#include <caf/monitorable_actor.hpp>
#include <caf/resumable.hpp>

#include "engine/scheduled_actor.h"

namespace troupe::engine {

using TimerAtom = caf::atom_constant<caf::atom("tr_timer")>;

class CafActor final : public caf::monitorable_actor, public caf::resumable {
 public:
  CafActor(caf::actor_config& config, ScheduledActor& scheduled)
      : caf::monitorable_actor(config), scheduled_(&scheduled) {}

  const char* name() const override { return "troupe.actor"; }
  // Messages from CAF: a due timer becomes control mail, an exit closes nothing (supervision is Troupe's),
  // anything else is bounced as unexpected.
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* unit) override;

  subtype_t subtype() const override { return caf::resumable::scheduled_actor; }
  resume_result resume(caf::execution_unit* unit, std::size_t max_throughput) override;
  void intrusive_ptr_add_ref_impl() override { intrusive_ptr_add_ref(ctrl()); }
  void intrusive_ptr_release_impl() override { intrusive_ptr_release(ctrl()); }

  // The scheduled actor is gone; monitors hear of it.
  void part() noexcept;

 private:
  ScheduledActor* scheduled_;  // guarded by mtx_ against part(); a scheduled body keeps its scheduled actor alive
};

// The CAF worker that runs on this thread, if one does.
caf::execution_unit*& current_unit() noexcept;

}  // namespace troupe::engine
