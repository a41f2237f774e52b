// What a orchestrator tries, and what comes of it: attempts, retries, doubts, and the way back.
#include <capnp/message.h>
#include <fmt/format.h>

#include <algorithm>

#include "saga/joined_task.h"
#include "saga/orchestrator.h"

namespace troupe::saga {

using detail::Join;
using detail::Joined;
using detail::JoinedTask;
using std::chrono::milliseconds;

namespace {

// So often `unknown_outcome` one after the other means that nobody remembers any more.
constexpr std::uint32_t kUnknownsUntilStuck = 3;
// Longer waits hold no timer, so that the actor may be passivated meanwhile.
constexpr milliseconds kLongestTimer{30'000};

// Whether the callee has decided; asking again would be answered the same.
bool is_answer(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::refused:
    case ErrorKind::invalid:
    case ErrorKind::not_found:
    case ErrorKind::unauthenticated:
    case ErrorKind::denied:
    case ErrorKind::unimplemented: return true;
    default: return false;
  }
}

// Of the step's body, or of whom it called. Asking again meets the same fault.
bool is_crash(ErrorKind kind) { return kind == ErrorKind::failed || kind == ErrorKind::corrupt; }

// Whether the callee's turn ended, for better or worse: then no earlier attempt took effect unseen.
bool is_known(ErrorKind kind) { return is_answer(kind) || is_crash(kind); }

Error thrown_by(const std::string& step) {
  try {
    throw;
  } catch (const Error& e) {
    return e;
  } catch (const std::exception& e) {
    return Error(ErrorKind::failed, fmt::format("step \"{}\" threw: {}", step, e.what())).may_have_run(true);
  } catch (...) {
    return Error(ErrorKind::failed, fmt::format("step \"{}\" threw something that is no std::exception", step))
        .may_have_run(true);
  }
}

// What distinguishes the calls of one that is asked anew from those before.
std::string asked_anew(std::uint32_t times) { return times == 0 ? std::string() : fmt::format("/anew/{}", times); }

JoinedTask run_beside(Join&, detail::Branch& branch, capnp::AnyPointer::Builder out, std::optional<Error>& error) {
  try {
    co_await branch.body(out);
  } catch (...) {
    error = thrown_by(branch.name);
  }
}

}  // namespace

bool detail::Waiter::await_ready() { return branches_.empty() || orchestrator_->replay(branches_); }
void detail::Waiter::await_suspend(std::coroutine_handle<> waiting) { orchestrator_->wait(branches_, waiting); }

Moment Orchestrator::now() const {
  const auto wall = std::chrono::duration_cast<milliseconds>(stage_.wall().time_since_epoch());
  return {static_cast<std::uint64_t>(wall.count()), static_cast<std::uint64_t>(stage_.node_time().count())};
}

milliseconds Orchestrator::left_of(milliseconds deadline) const {
  return std::max(deadline, milliseconds(0)) - stage_.time_since(milliseconds(begun_.node_ms));
}

milliseconds Orchestrator::backoff(const Retry& retry, std::uint32_t attempts, std::uint32_t position) const {
  const auto wait = doubled(retry.backoff, attempts > 0 ? attempts - 1 : 0, retry.max_backoff);
  const auto chance = stable_hash(stage_.own_key(), (std::uint64_t{position} << 32) + attempts) % 1000;
  return wait / 4 * 3 + wait / 2000 * static_cast<long>(chance);
}

// An overloaded callee says itself when to come again. The node's time counts milliseconds that have ended, so now may
// be one later than it says.
static milliseconds asked_to_wait(const Error& error) {
  constexpr std::chrono::seconds kLongest{30};
  const auto asked = std::min<milliseconds>(error.retry_after(), kLongest);
  return asked > milliseconds(0) ? asked + milliseconds(1) : asked;
}

// --- forward ---

Task<> Orchestrator::attempt(const RunRecord& run) {
  if (awaited_.front()->kind != detail::Kind::step) {
    wait_outside(run, *awaited_.front());
    co_return;
  }
  const auto now = this->now().node_ms;
  std::uint64_t next = ~std::uint64_t{0};
  for (Branch* branch : awaited_) {
    if (branch->settled || (run.cancel_requested && !branch->in_doubt)) continue;
    if (branch->next_try_ms <= now) {
      tried_.push_back({branch, {}});
    } else {
      next = std::min(next, branch->next_try_ms);
    }
  }
  if (tried_.empty()) {
    again(milliseconds(next - now));
  } else if (tried_.size() == 1) {
    co_await run_body(run, tried_.front());
  } else {
    co_await run_side_by_side(run);
  }
}

// The calls of a step have the same ids whenever it runs. A callee is asked whether it may have forgotten only if there
// was an attempt before.
void Orchestrator::name_calls(const RunRecord& run, Branch& branch) {
  std::optional<milliseconds> first_used;
  if (branch.may_have_begun) {
    first_used = milliseconds(begun_.node_ms);
  } else if (branch.first_try_ms != 0) {
    first_used = milliseconds(branch.first_try_ms);
  } else {
    branch.first_try_ms = now().node_ms;
  }
  milliseconds timeout{0};
  if (branch.deadline && !branch.in_doubt) timeout = std::max(milliseconds(1), left_of(*branch.deadline));
  const auto name = fmt::format("saga/{}/{}/{}", run.number, branch.position, branch.name);
  stage_.name_calls(name + asked_anew(branch.anew), first_used, timeout);
}

namespace {

// What steps side by side bring is kept by one turn up to here, the first always; the others are asked once more, which
// repeats nothing.
constexpr std::uint64_t kMaxResultWords = (std::uint64_t{64} << 20) / sizeof(capnp::word);

}  // namespace

Task<> Orchestrator::run_body(const RunRecord& run, Tried& tried) {
  Branch& branch = *tried.branch;
  std::optional<capnp::MallocMessageBuilder> message;
  capnp::AnyPointer::Builder out(nullptr);
  if (branch.brings) out = message.emplace().getRoot<capnp::AnyPointer>();
  name_calls(run, branch);
  try {
    co_await branch.body(out);
    keep(run, branch, branch.brings ? out.asReader() : capnp::AnyPointer::Reader());
  } catch (...) {
    tried.error = thrown_by(branch.name);
  }
  if (tried.error) throw *tried.error;
  again();
}

Task<> Orchestrator::run_side_by_side(const RunRecord& run) {
  Join join{tried_.size(), {}};
  std::vector<std::unique_ptr<capnp::MallocMessageBuilder>> results;
  std::vector<JoinedTask> strands;
  for (Tried& tried : tried_) {
    capnp::AnyPointer::Builder out(nullptr);
    results.emplace_back();
    if (tried.branch->brings) {
      results.back() = std::make_unique<capnp::MallocMessageBuilder>();
      out = results.back()->getRoot<capnp::AnyPointer>();
    }
    name_calls(run, *tried.branch);
    strands.push_back(run_beside(join, *tried.branch, out, tried.error));
  }
  // Which of them a later call would belong to, nobody could tell.
  stage_.name_calls({}, {}, {});
  co_await Joined{join};
  for (const Tried& tried : tried_)
    if (tried.error) throw *tried.error;
  std::uint64_t words = 0;
  for (std::size_t i = 0; i < tried_.size(); ++i) {
    capnp::AnyPointer::Reader result;
    if (results[i]) result = results[i]->getRoot<capnp::AnyPointer>().asReader();
    words += result.targetSize().wordCount;
    if (i > 0 && words > kMaxResultWords) continue;
    try {
      keep(run, *tried_[i].branch, result);
    } catch (...) {
      tried_[i].error = thrown_by(tried_[i].branch->name);
      throw;
    }
  }
  again();
}

void Orchestrator::wait_outside(const RunRecord& run, Branch& branch) {
  const auto wait = branch.deadline ? left_of(*branch.deadline) : milliseconds::max();
  const bool signal = branch.kind == detail::Kind::signal;
  auto book = journal();
  auto raised = signal ? book.raised(branch.name) : std::nullopt;
  if (raised || wait.count() <= 0) {
    auto outcome = outcome_of(branch);
    const Error late(ErrorKind::deadline, fmt::format("no signal \"{}\" came within {} ms", branch.name,
                                                      branch.deadline ? branch.deadline->count() : 0));
    if (raised) {
      outcome.result = (*raised)->getPayload();
      book.take(branch.name);
    } else if (signal) {
      outcome.failure = &late;
    }
    book.add(run.number, branch.position, outcome);
    tried_.push_back({&branch, {}});
    return again();
  }
  if (!branch.deadline) {  // whoever raises the signal wakes the saga
    if (std::exchange(reminded_, false)) stage_.drop_reminder();
    return;
  }
  if (wait > stage_.wake_within() && !std::exchange(reminder_set_, true)) stage_.set_reminder(wait);
  if (wait <= kLongestTimer) again(wait);
}

// --- what became of the last turn ---

bool Orchestrator::read_outcomes(RunRecord& run) {
  const auto tried = std::exchange(tried_, {});
  const bool rolled_back = std::exchange(rolled_back_, false);
  bool go_on = true;
  for (const Tried& t : tried) {
    if (!t.error && rolled_back) {  // it went well beside another that did not: once more, at once
      t.branch->in_doubt = true;
    } else if (t.error) {
      go_on = failed(run, *t.branch, *t.error) && go_on;
    } else if (auto entry = journal().entry(run.number, t.branch->position)) {
      resolve(*t.branch, *entry);
      live_ = true;
    } else {
      Error lost(ErrorKind::overloaded, fmt::format("what step \"{}\" did could not be committed", t.branch->name));
      go_on = failed(run, *t.branch, lost.may_have_run(true)) && go_on;
    }
    if (!run.active()) return false;
  }
  if (!std::exchange(undo_tried_, false)) return go_on;
  auto error = std::exchange(undo_error_, {});
  if (undos_.empty()) return go_on;
  auto& undo = undos_.back();
  if (!error) {
    const auto entry = journal().entry(run.number, undo.position);
    if (entry && (*entry)->getUndoneMs() != 0) {
      undos_.pop_back();
      return true;
    }
    error = Error(ErrorKind::overloaded, fmt::format("what undid step \"{}\" could not be committed", undo.name));
  }
  return undo_failed(run, undo, *error);
}

// False: it has been written that the step failed, or that nobody knows.
bool Orchestrator::failed(RunRecord& run, Branch& branch, Error error) {
  ++branch.attempts;
  branch.last_error = error;
  branch.unknowns = error.kind() == ErrorKind::unknown_outcome ? branch.unknowns + 1 : 0;
  if (branch.unknowns > 0 && branch.repeatable) {
    ++branch.anew;
    branch.unknowns = 0;
    branch.may_have_begun = false;  // under that id
    branch.first_try_ms = 0;
  }
  if (branch.unknowns >= kUnknownsUntilStuck) {
    stuck(run,
          fmt::format(
              "step \"{}\" may have taken effect or not, and whom it asked has forgotten: {}. Find out, then decide "
              "that it did or did not",
              branch.name, error.message()),
          branch.position, branch.name);
    return false;
  }
  if (error.may_have_run() && !is_answer(error.kind())) {
    branch.in_doubt = true;  // also when the body itself crashed: the calls it had made stand
  } else if (is_known(error.kind())) {
    branch.in_doubt = false;
  }
  branch.crashes = branch.in_doubt && is_crash(error.kind()) ? branch.crashes + 1 : 0;
  if (branch.retry.crashes != 0 && branch.crashes >= branch.retry.crashes) {
    stuck(
        run,
        fmt::format("step \"{}\" may have taken effect or not, and crashed {} times in a row: {}. Mend it and let the "
                    "saga go on, or find out, then decide that it did or did not",
                    branch.name, branch.crashes, error.message()),
        branch.position, branch.name);
    return false;
  }

  const auto pause = std::max(backoff(branch.retry, branch.attempts, branch.position), asked_to_wait(error));
  const bool late = branch.deadline && pause >= left_of(*branch.deadline);
  const bool spent = branch.retry.attempts != 0 && branch.attempts >= branch.retry.attempts;
  if (!is_answer(error.kind()) && (branch.in_doubt || (!late && !spent))) {
    branch.next_try_ms = later(now().node_ms, pause);
    return true;
  }
  if (late && !is_answer(error.kind()))
    error =
        Error(ErrorKind::deadline, fmt::format("step \"{}\" did not succeed within {} ms; the last of {} attempts: {}",
                                               branch.name, branch.deadline->count(), branch.attempts, error.what()))
            .may_have_run(false);
  auto outcome = outcome_of(branch);
  outcome.attempts = branch.attempts;
  outcome.failure = &error;
  journal().add(run.number, branch.position, outcome);
  tried_.push_back({&branch, {}});
  again();
  return false;
}

void Orchestrator::resolve(Branch& branch, const Journal::Stored& entry) {
  branch.settled = true;
  branch.in_doubt = false;
  if (const Moment at = finished_at(*entry); at.node_ms > last_finished_.node_ms) last_finished_ = at;
  if (entry->hasFailure()) {
    branch.failure = read_failure(entry->getFailure());
    return;
  }
  if (entry->hasResult()) {
    auto kept = std::make_shared<const Journal::Stored>(entry);
    branch.result = (*kept)->getResult();
    branch.keeps = std::move(kept);
  }
  if (!branch.undo || entry->getUndoneMs() != 0) return;
  PendingUndo undo;
  undo.position = branch.position;
  undo.name = branch.name;
  undo.repeatable = branch.repeatable;
  undo.undo = std::move(branch.undo);
  undo.round = entry->getUndoRound();
  if (undo.round != 0) undo.anew_ms = undone_anew_at(*entry).node_ms;
  const auto at = std::upper_bound(undos_.begin(), undos_.end(), undo.position,
                                   [](std::uint32_t position, const PendingUndo& u) { return position < u.position; });
  undos_.insert(at, std::move(undo));
}

// --- the way back ---

Task<> Orchestrator::undo_next(RunRecord& run) {
  if (undos_.empty()) {
    end(run, run.failure ? Phase::FAILED : Phase::CANCELLED);
    co_return;
  }
  auto& undo = undos_.back();
  const auto now = this->now();
  if (undo.next_try_ms > now.node_ms) {
    again(milliseconds(undo.next_try_ms - now.node_ms));
    co_return;
  }
  std::optional<milliseconds> first_used;
  if (compensating_before_ && undo.anew == 0 && undo.first_try_ms == 0) {
    first_used = milliseconds(std::max(run.compensating.node_ms, undo.anew_ms));
  } else if (undo.first_try_ms != 0) {
    first_used = milliseconds(undo.first_try_ms);
  } else {
    undo.first_try_ms = now.node_ms;
  }
  const auto name = fmt::format("saga/{}/{}/{}/undo/{}", run.number, undo.position, undo.name, undo.round);
  stage_.name_calls(name + asked_anew(undo.anew), first_used, {});
  undo_tried_ = true;
  try {
    co_await undo.undo();
    journal().mark_undone(run.number, undo.position, this->now().wall_ms);
  } catch (...) {
    undo_error_ = thrown_by(undo.name);
  }
  if (undo_error_) throw *undo_error_;
  again();
}

bool Orchestrator::undo_failed(RunRecord& run, PendingUndo& undo, const Error& error) {
  ++undo.attempts;
  undo.last_error = error;
  undo.unknowns = error.kind() == ErrorKind::unknown_outcome ? undo.unknowns + 1 : 0;
  if (undo.unknowns > 0 && undo.repeatable) {
    ++undo.anew;
    undo.unknowns = 0;
    undo.first_try_ms = 0;
  }
  if (undo.unknowns >= kUnknownsUntilStuck) {
    stuck(run,
          fmt::format(
              "the compensation of step \"{}\" may have taken effect or not, and whom it asked has forgotten: {}. "
              "Find out, then decide that it did or did not",
              undo.name, error.message()),
          undo.position, undo.name);
    return false;
  }
  const auto pause = std::max(backoff(Retry{}, undo.attempts, undo.position), asked_to_wait(error));
  undo.next_try_ms = later(now().node_ms, pause);
  return true;
}

}  // namespace troupe::saga
