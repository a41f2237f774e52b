#include "troupe/gathering.h"

#include "engine/held_wakes.h"

namespace troupe {

class CallsTogether::Jobs : public engine::JobsTogether {};

CallsTogether::CallsTogether() : jobs_(std::make_unique<Jobs>()) {}
CallsTogether::~CallsTogether() = default;

bool ring_later(const std::shared_ptr<Bell>& bell) noexcept { return bell && engine::HeldBell::hold(bell); }

}  // namespace troupe
