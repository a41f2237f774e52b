// What a saga tells about itself: the journal, and what this activation knows besides.
#include <algorithm>

#include "saga/orchestrator.h"

namespace troupe::saga {

namespace {

constexpr std::size_t kMostTold = 1'000;

}  // namespace

void Orchestrator::tell(SagaStatus::Builder out) {
  auto book = journal();
  const auto run = book.run();
  if (!run) return;
  out.setPhase(run->phase);
  out.setRun(run->number);
  out.setStartedMs(run->started.wall_ms);
  out.setEndedMs(run->ended_ms);
  out.setCancelRequested(run->cancel_requested);
  if (run->failure) write_failure(out.initFailure(), *run->failure);
  if (!run->stuck_why.empty()) out.setStuckWhy({run->stuck_why.c_str(), run->stuck_why.size()});

  const auto entries = book.entries(run->number, kMostTold);
  auto finished = out.initFinished(static_cast<unsigned>(entries.size()));
  for (unsigned i = 0; i < entries.size(); ++i) {
    const auto& entry = *entries[i];
    finished[i].setName(entry.getName());
    finished[i].setKind(entry.getKind());
    finished[i].setStartedMs(entry.getStartedMs());
    finished[i].setFinishedMs(entry.getFinishedMs());
    finished[i].setAttempts(entry.getAttempts());
    if (entry.hasFailure()) finished[i].setFailure(entry.getFailure());
    finished[i].setUndoneMs(entry.getUndoneMs());
  }
  if (!run->active()) return;
  const bool undoing = run->phase == Phase::COMPENSATING;
  const auto open = [](const Branch* b) { return !b->settled; };
  // A time of the node's, as people read it.
  const auto shown = [now = now()](std::uint64_t ms) {
    const std::chrono::milliseconds from_now(static_cast<std::int64_t>(ms - now.node_ms));
    return ms == 0 ? 0 : later(now.wall_ms, from_now);
  };
  auto waiting =
      out.initWaitingFor(undoing ? static_cast<unsigned>(undos_.size())
                                 : static_cast<unsigned>(std::count_if(awaited_.begin(), awaited_.end(), open)));
  unsigned at = 0;
  for (auto undo = undos_.rbegin(); undoing && undo != undos_.rend(); ++undo, ++at) {
    waiting[at].setName(undo->name.c_str());
    waiting[at].setUndoing(true);
    waiting[at].setAttempts(undo->attempts);
    if (undo->last_error) waiting[at].setLastError(undo->last_error->what());
    waiting[at].setNextMs(shown(undo->next_try_ms));
  }
  for (const Branch* branch : awaited_) {
    if (undoing || branch->settled) continue;
    auto attempt = waiting[at++];
    attempt.setName(branch->name.c_str());
    attempt.setKind(static_cast<EntryKind>(branch->kind));
    attempt.setAttempts(branch->attempts);
    if (branch->last_error) attempt.setLastError(branch->last_error->what());
    attempt.setInDoubt(branch->in_doubt);
    const bool step = branch->kind == detail::Kind::step;
    attempt.setNextMs(step               ? shown(branch->next_try_ms)
                      : branch->deadline ? shown(begun_.node_ms + static_cast<std::uint64_t>(branch->deadline->count()))
                                         : 0);
  }
}

}  // namespace troupe::saga
