#include "engine/body.h"

#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>

#include <algorithm>

#include "engine/engine.h"

namespace troupe::engine {

namespace {

// Then other cells have their turn.
constexpr std::size_t kMailsPerRun = 64;

}  // namespace

caf::execution_unit*& current_unit() noexcept {
  static thread_local caf::execution_unit* unit = nullptr;
  return unit;
}

void Body::enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) {
  if (!element) return;
  auto& content = element->content();
  if (!content.match_elements<TimerAtom, std::uint64_t>()) {
    bounce(element, caf::make_error(caf::sec::unexpected_message));
    return;
  }
  CellPtr cell;
  {
    std::lock_guard lock(mtx_);
    if (cell_ && cell_->try_add_ref()) cell = CellPtr::adopt(cell_);
  }
  if (!cell) return;
  auto* mail = new TimerMail(content.get_as<std::uint64_t>(1));
  if (!cell->post(mail)) mail->discard();
}

caf::resumable::resume_result Body::resume(caf::execution_unit* unit, std::size_t max_throughput) {
  auto& current = current_unit();
  caf::execution_unit* before = current;
  current = unit;
  Cell* cell = cell_;
  Engine* counting = cell->engine().alarms() ? &cell->engine() : nullptr;  // an engine may go once its cells are dry
  const bool more = cell->run(std::min(max_throughput, kMailsPerRun));     // a host's own system may know no limit
  current = before;
  if (more) return resumable::resume_later;
  if (counting) counting->ran_dry();
  cell->release();  // what schedule() took
  return resumable::awaiting_message;
}

void Body::part() noexcept {
  {
    std::lock_guard lock(mtx_);
    cell_ = nullptr;
  }
  cleanup(caf::exit_reason::normal, nullptr);
}

}  // namespace troupe::engine
