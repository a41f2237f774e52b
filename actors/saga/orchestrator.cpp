#include "saga/orchestrator.h"

#include <fmt/format.h>

#include <algorithm>

namespace troupe::saga {

using std::chrono::milliseconds;

namespace {

Error error_of(const std::exception_ptr& thrown, const char* where) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& e) {
    return e;
  } catch (const std::exception& e) {
    return Error(ErrorKind::failed, fmt::format("{} threw: {}", where, e.what()));
  } catch (...) {
    return Error(ErrorKind::failed, fmt::format("{} threw something that is no std::exception", where));
  }
}

}  // namespace

void Orchestrator::activated() {
  if (const auto run = journal().run(); run && run->active()) kick();
}

// The next reminder is set before anything else is known, so that a crash here wakes the saga again.
void Orchestrator::reminded() {
  if (const auto run = journal().run(); !run || !run->active()) return;
  stage_.set_reminder(stage_.wake_within());
  reminded_ = true;
  reminder_set_ = false;
  kick();
}

// --- one turn after the other ---

void Orchestrator::schedule(milliseconds delay) {
  if (timer_ != 0) stage_.end_timer(timer_);
  timer_ = stage_.set_timer(delay, [this] { return drive(); });
}

void Orchestrator::kick() {
  if (driving_) {
    kicked_ = true;
  } else {
    schedule(milliseconds(0));
  }
}

Task<> Orchestrator::drive() {
  timer_ = 0;
  driving_ = true;
  kicked_ = false;
  again_in_.reset();
  std::optional<Error> why;
  try {
    co_await turn();
    own_failures_ = 0;
  } catch (...) {
    why = error_of(std::current_exception(), "the saga");
  }
  driving_ = false;
  if (why) {
    rolled_back_ = true;
    const bool of_a_step = !tried_.empty() || undo_tried_;
    again(of_a_step ? milliseconds(0) : backoff(Retry{}, ++own_failures_, 0));
  }
  if (kicked_) again();
  if (again_in_) schedule(*again_in_);
  if (why) throw *why;  // what the turn changed goes
}

// Everything that is decided is read from the journal anew, for the last turn may have been rolled back.
Task<> Orchestrator::turn() {
  auto run = journal().run();
  if (!run || !run->active()) {
    forget();
    co_return;
  }
  if (run->caller) stage_.act_for(*run->caller);
  if (!loaded_) load(*run);
  if (!read_outcomes(*run)) co_return;

  if (run->phase == Phase::COMPENSATING) {
    if (!undos_known_) {
      if (!advance(*run)) co_return;
      drop_flow();
      undos_known_ = compensating_before_ = true;
    }
    co_await undo_next(*run);
    co_return;
  }
  if (!run->cancel_requested || !flow_) {
    if (!advance(*run)) co_return;
  }
  if (run->cancel_requested && !doubtful()) {
    compensate(*run, nullptr);
  } else if (flow_.done()) {
    flow_ended(*run);
  } else {
    co_await attempt(*run);
  }
}

void Orchestrator::load(const RunRecord& run) {
  forget();
  live_ = std::exchange(just_started_, false);
  begun_up_to_ = std::exchange(decided_at_, std::nullopt);
  if (!live_) {
    for (auto& entry : journal().entries(run.number)) {
      const auto position = position_of(entry);
      known_.emplace_back(position, std::move(entry));
    }
  }
  last_finished_ = run.started;
  loaded_ = true;
}

void Orchestrator::forget() noexcept {
  drop_flow();
  loaded_ = false;
  known_.clear();
  tried_.clear();
  undo_tried_ = false;
  undo_error_.reset();
  rolled_back_ = false;
  undos_.clear();
  undos_known_ = compensating_before_ = false;
  mismatch_.clear();
}

void Orchestrator::drop_flow() noexcept {
  awaited_.clear();
  waiting_ = {};
  flow_ = {};
  position_ = 0;
}

bool Orchestrator::advance(RunRecord& run) {
  if (!flow_) {
    position_ = 0;
    flow_ = stage_.begin_flow();
    if (!flow_) {
      stuck(run, "its run() returned an empty Flow: moved from, or made by {}. Mend it and let the saga go on");
      return false;
    }
    flow_.start();
  } else if (std::all_of(awaited_.begin(), awaited_.end(), [](const Branch* b) { return b->settled; })) {
    awaited_.clear();
    troupe::detail::ResumeLoop::run(std::exchange(waiting_, {}));
  }
  if (mismatch_.empty() && flow_.done() && !known_.empty() && known_.back().first >= position_) {
    mismatch_ = fmt::format("the journal has a step \"{}\" at position {}, where the code has none any more",
                            (*known_.back().second).getName().cStr(), known_.back().first);
  }
  if (mismatch_.empty()) return true;
  stuck(run, "the journal does not match the code of the saga: " + mismatch_ +
                 ". Bring back the code that wrote it, or kill the saga and see to what it left");
  return false;
}

bool Orchestrator::replay(const std::vector<Branch*>& branches) {
  begun_ = last_finished_;
  const std::uint32_t first = position_;
  bool all = true;
  for (Branch* branch : branches) {
    branch->position = position_++;
    const auto at = std::lower_bound(known_.begin(), known_.end(), branch->position,
                                     [](const auto& k, std::uint32_t position) { return k.first < position; });
    if (at != known_.end() && at->first == branch->position) {
      const std::string was = (*at->second).getName().cStr();
      if (was != branch->name ||
          static_cast<unsigned>((*at->second).getKind()) != static_cast<unsigned>(branch->kind)) {
        mismatch_ = fmt::format("at position {} it has \"{}\", and the code now waits for \"{}\"", branch->position,
                                was, branch->name);
        return false;
      }
      if ((*at->second).getCompensable() && !branch->undo) {
        mismatch_ =
            fmt::format("step \"{}\" at position {} had a compensation, and now has none", was, branch->position);
        return false;
      }
      resolve(*branch, at->second);
      continue;
    }
    all = false;
    branch->may_have_begun = !live_ && (!begun_up_to_ || first <= *begun_up_to_);
    branch->in_doubt = branch->may_have_begun && branch->kind == detail::Kind::step;
  }
  if (!all && !known_.empty() && known_.back().first >= position_) {
    mismatch_ = fmt::format("\"{}\" at position {} is not in it, but later steps are", branches.front()->name, first);
    return false;
  }
  return all;
}

void Orchestrator::wait(std::vector<Branch*> branches, std::coroutine_handle<> waiting) {
  awaited_ = std::move(branches);
  reminder_set_ = false;
  waiting_ = waiting;
}

bool Orchestrator::doubtful() const {
  return std::any_of(awaited_.begin(), awaited_.end(), [](const Branch* b) { return !b->settled && b->in_doubt; });
}

// --- how it ends ---

void Orchestrator::flow_ended(RunRecord& run) {
  if (!flow_.error()) return end(run, Phase::DONE);
  try {
    std::rethrow_exception(flow_.error());
  } catch (const Error& e) {
    compensate(run, &e);
  } catch (...) {
    stuck(run, error_of(std::current_exception(), "its code").message() +
                   ". That is a fault of the program and no outcome: mend it and let the saga go on");
  }
}

void Orchestrator::compensate(RunRecord& run, const Error* why) {
  if (why) run.failure = *why;
  drop_flow();
  undos_known_ = true;
  if (undos_.empty()) return end(run, why ? Phase::FAILED : Phase::CANCELLED);
  run.phase = Phase::COMPENSATING;
  run.compensating = now();
  journal().write(run);
  stage_.phase_changed(run.phase, run.failure ? &*run.failure : nullptr);
  again();
}

void Orchestrator::end(RunRecord& run, Phase phase) {
  run.phase = phase;
  run.ended_ms = now().wall_ms;
  run.stuck_why.clear();
  journal().write(run);
  stage_.drop_reminder();
  stage_.phase_changed(phase, run.failure ? &*run.failure : nullptr);
  again();  // to let go of what this activation remembers of it
}

void Orchestrator::stuck(RunRecord& run, const std::string& why, std::optional<std::uint32_t> at,
                         std::string_view step) {
  run.stuck_in = run.phase;
  run.phase = Phase::STUCK;
  run.stuck_why = why;
  run.stuck_at = at;
  run.stuck_step = step;
  journal().write(run);
  stage_.drop_reminder();
  const Error error(ErrorKind::unknown_outcome, "stuck", why);
  stage_.phase_changed(run.phase, &error);
  again();
}

}  // namespace troupe::saga
