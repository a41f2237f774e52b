// What a method of the actor may do with its saga: start it, cancel it, decide for it, look at it, wait for it.
#include <fmt/format.h>

#include <algorithm>

#include "saga/orchestrator.h"

namespace troupe::saga {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kFirstLook{1};
constexpr milliseconds kLastLook{20};

}  // namespace

bool Orchestrator::start() {
  auto book = journal();
  if (book.run() || !stage_.may_begin()) return false;
  begin(1);
  return true;
}

bool Orchestrator::start_anew() {
  auto book = journal();
  const auto last = book.run();
  if (!last) return start();
  if (!last->at_rest() || last->phase == Phase::STUCK || !stage_.may_begin()) return false;
  book.clear(last->number);
  begin(last->number + 1);
  return true;
}

void Orchestrator::begin(std::uint32_t number) {
  RunRecord run;
  run.number = number;
  run.phase = Phase::RUNNING;
  run.started = now();
  if (const Caller* caller = stage_.who_asks()) run.caller = *caller;
  journal().write(run);
  stage_.set_reminder(stage_.wake_within());
  stage_.phase_changed(run.phase, nullptr);
  just_started_ = true;
  loaded_ = false;
  kick();
}

bool Orchestrator::cancel() {
  auto book = journal();
  auto run = book.run();
  if (!run || run->cancel_requested) return false;
  const bool stuck_forward = run->phase == Phase::STUCK && run->stuck_in == Phase::RUNNING;
  if (run->phase != Phase::RUNNING && !stuck_forward) return false;
  run->cancel_requested = true;
  book.write(*run);
  kick();
  return true;
}

bool Orchestrator::kill() {
  auto book = journal();
  auto run = book.run();
  if (!run || (!run->active() && run->phase != Phase::STUCK)) return false;
  end(*run, Phase::KILLED);
  kick();
  return true;
}

bool Orchestrator::go_on() {
  auto book = journal();
  auto run = book.run();
  if (!run || run->phase != Phase::STUCK) return false;
  run->phase = run->stuck_in;
  run->stuck_in = Phase::NONE;
  run->stuck_why.clear();
  run->stuck_at.reset();
  run->stuck_step.clear();
  book.write(*run);
  stage_.set_reminder(stage_.wake_within());
  loaded_ = false;
  decided_at_.reset();
  kick();
  return true;
}

bool Orchestrator::decide(bool took_effect) {
  auto book = journal();
  const auto run = book.run();
  if (!run || run->phase != Phase::STUCK || !run->stuck_at) return false;
  const auto entry = book.entry(run->number, *run->stuck_at);
  if (!entry) {
    const Error failure(ErrorKind::unknown_outcome,
                        "nobody could say whether it took effect; it was decided that it did not");
    Outcome outcome{.name = run->stuck_step, .started_ms = now().wall_ms, .finished = now()};
    if (!took_effect) outcome.failure = &failure;
    book.add(run->number, *run->stuck_at, outcome);
  } else if (took_effect) {
    book.mark_undone(run->number, *run->stuck_at, now().wall_ms);
  } else {
    book.undo_anew(run->number, *run->stuck_at, now());
  }
  const auto at = *run->stuck_at;
  if (!go_on()) return false;
  if (!entry) decided_at_ = at;
  return true;
}

bool Orchestrator::raise(std::string_view signal, capnp::AnyPointer::Reader payload) {
  auto book = journal();
  if (!book.raise(signal, payload, now().wall_ms)) return false;
  const auto run = book.run();
  if (run && run->active()) {
    stage_.set_reminder(stage_.wake_within());
    kick();
  }
  return true;
}

Phase Orchestrator::phase() {
  const auto run = journal().run();
  return run ? run->phase : Phase::NONE;
}

std::optional<Error> Orchestrator::failure() {
  const auto run = journal().run();
  return run ? run->failure : std::nullopt;
}

namespace {

void refuse_to_wait_for_oneself(HoldsBack held, std::string_view saga) {
  if (held == HoldsBack::nothing) return;
  const char* why =
      held == HoldsBack::edits
          ? "has edited, and the saga's steps cannot edit before it ends: wait first and edit then, or start() "
            "the saga and let another method wait"
          : "lets no other turn of the actor run, and the saga's steps are such turns: declare the method "
            "$Troupe.reentrant; a step's body returns instead";
  throw Error(ErrorKind::invalid, fmt::format("waiting for saga {} to end in a turn of its own that {}", saga, why));
}

}  // namespace

Task<> Orchestrator::wait_for_it(Until until) {
  for (milliseconds look = kFirstLook;; look = std::min(look * 2, kLastLook)) {
    const auto run = journal().run();
    if (run && (run->at_rest() || (until == Until::decided && run->phase != Phase::RUNNING))) co_return;
    if (!run && !stage_.may_begin()) co_return;
    refuse_to_wait_for_oneself(stage_.holds_back(), stage_.own_key());
    if (!run && (look == kFirstLook || look == kLastLook)) {
      std::optional<Caller> caller;
      if (const Caller* asks = stage_.who_asks()) caller = *asks;
      stage_.set_timer(milliseconds(0), [this, caller]() -> Task<> {
        if (caller) stage_.act_for(*caller);
        start();
        co_return;
      });
    }
    co_await stage_.pause(look);
  }
}

}  // namespace troupe::saga
