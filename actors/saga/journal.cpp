#include "saga/journal.h"

#include <fmt/format.h>

#include <cstdlib>

namespace troupe::saga {

namespace {

constexpr const char* kRun = "run";
constexpr std::size_t kPage = 1'000;
// What a row says of an error; no link carries more of it.
constexpr std::size_t kMaxFailureText = 4'096;
// What is raised becomes what its wait brings, in another row.
constexpr std::uint64_t kMaxPayloadWords = (std::uint64_t{64} << 20) / sizeof(capnp::word);

std::string row_key(std::uint32_t run, std::uint32_t position) { return fmt::format("{:04}/{:06}", run, position); }
std::string prefix_of(std::uint32_t run) { return fmt::format("{:04}/", run); }

std::string text(capnp::Text::Reader value) { return {value.cStr(), value.size()}; }
capnp::Text::Reader as_text(const std::string& value) { return {value.c_str(), value.size()}; }
std::string shortened(const std::string& value) { return value.substr(0, kMaxFailureText); }

// Builds that did not know a node's time wrote the wall clock alone; it began at that.
Moment moment(std::uint64_t wall_ms, std::uint64_t node_ms) { return {wall_ms, node_ms != 0 ? node_ms : wall_ms}; }

EntryKind as_schema(detail::Kind kind) {
  switch (kind) {
    case detail::Kind::step: return EntryKind::STEP;
    case detail::Kind::sleep: return EntryKind::SLEEP;
    case detail::Kind::signal: return EntryKind::SIGNAL;
  }
  return EntryKind::STEP;
}

}  // namespace

Journal::Journal(Actor& actor)
    : runs_(actor, "saga"), entries_(actor, "saga_journal"), signals_(actor, "saga_signals") {}

std::optional<RunRecord> Journal::run() const {
  const auto row = runs_.get(kRun);
  if (!row) return std::nullopt;
  const auto& r = **row;
  RunRecord run;
  run.number = r.getNumber();
  run.phase = r.getPhase();
  run.started = moment(r.getStartedMs(), r.getStartedNodeMs());
  run.ended_ms = r.getEndedMs();
  run.cancel_requested = r.getCancelRequested();
  if (r.hasFailure()) run.failure = read_failure(r.getFailure());
  run.compensating = moment(r.getCompensatingMs(), r.getCompensatingNodeMs());
  run.stuck_in = r.getStuckIn();
  run.stuck_why = text(r.getStuckWhy());
  if (r.getStuckAt() != 0) run.stuck_at = r.getStuckAt() - 1;
  run.stuck_step = text(r.getStuckStep());
  if (r.hasCaller()) {
    const auto caller = r.getCaller();
    run.caller = {text(caller.getName()), text(caller.getRoles()), text(caller.getScopes())};
  }
  return run;
}

void Journal::write(const RunRecord& run) {
  runs_.put(kRun, [&](Run::Builder r) {
    r.setNumber(run.number);
    r.setPhase(run.phase);
    r.setStartedMs(run.started.wall_ms);
    r.setStartedNodeMs(run.started.node_ms);
    r.setEndedMs(run.ended_ms);
    r.setCancelRequested(run.cancel_requested);
    if (run.failure) write_failure(r.initFailure(), *run.failure);
    r.setCompensatingMs(run.compensating.wall_ms);
    r.setCompensatingNodeMs(run.compensating.node_ms);
    r.setStuckIn(run.stuck_in);
    if (!run.stuck_why.empty()) r.setStuckWhy(as_text(shortened(run.stuck_why)));
    if (run.stuck_at) r.setStuckAt(*run.stuck_at + 1);
    if (!run.stuck_step.empty()) r.setStuckStep(as_text(run.stuck_step));
    if (!run.caller) return;
    auto caller = r.initCaller();
    caller.setName(as_text(run.caller->name));
    caller.setRoles(as_text(run.caller->roles));
    caller.setScopes(as_text(run.caller->scopes));
  });
}

void Journal::add(std::uint32_t run, std::uint32_t position, const Outcome& outcome) {
  entries_.put(row_key(run, position), [&](Entry::Builder e) {
    e.setName({outcome.name.data(), outcome.name.size()});
    e.setKind(as_schema(outcome.kind));
    if (outcome.failure) write_failure(e.initFailure(), *outcome.failure);
    e.setAttempts(outcome.attempts);
    e.setStartedMs(outcome.started_ms);
    e.setFinishedMs(outcome.finished.wall_ms);
    e.setFinishedNodeMs(outcome.finished.node_ms);
    e.setCompensable(outcome.compensable);
    if (!outcome.result.isNull()) e.getResult().set(outcome.result);
  });
}

std::optional<Journal::Stored> Journal::entry(std::uint32_t run, std::uint32_t position) const {
  return entries_.get(row_key(run, position));
}

std::vector<Journal::Stored> Journal::entries(std::uint32_t run, std::size_t most) const {
  std::vector<Stored> all;
  const std::string prefix = prefix_of(run);
  std::string from = prefix;
  for (bool more = true; more && all.size() < most;) {
    const auto page = entries_.page({.from = from, .prefix = prefix, .limit = std::min(kPage, most - all.size())});
    for (const auto& row : page) all.push_back(row);
    more = page.more();
    if (more) from = all.back().key + '\0';
  }
  return all;
}

void Journal::mark_undone(std::uint32_t run, std::uint32_t position, std::uint64_t when_ms) {
  entries_.edit(row_key(run, position), [&](Entry::Builder e) { e.setUndoneMs(when_ms); });
}

void Journal::undo_anew(std::uint32_t run, std::uint32_t position, const Moment& when) {
  entries_.edit(row_key(run, position), [&](Entry::Builder e) {
    e.setUndoRound(e.getUndoRound() + 1);
    e.setUndoAnewMs(when.wall_ms);
    e.setUndoAnewNodeMs(when.node_ms);
  });
}

void Journal::clear(std::uint32_t run) {
  for (const auto& row : entries(run)) entries_.erase(row.key);
  for (;;) {
    const auto page = signals_.page({.limit = kPage});
    for (const auto& row : page) signals_.erase(row.key);
    if (!page.more()) return;
  }
}

bool Journal::raise(std::string_view signal, capnp::AnyPointer::Reader payload, std::uint64_t now_ms) {
  if (payload.targetSize().wordCount > kMaxPayloadWords)
    throw Error(ErrorKind::invalid,
                fmt::format("the payload of signal \"{}\" is longer than a message may be", signal));
  if (signals_.contains(signal)) return false;
  signals_.put(signal, [&](Raised::Builder r) {
    r.setAtMs(now_ms);
    if (!payload.isNull()) r.getPayload().set(payload);
  });
  return true;
}

std::optional<Journal::Signalled> Journal::raised(std::string_view signal) const { return signals_.get(signal); }

void Journal::take(std::string_view signal) { signals_.erase(signal); }

Moment finished_at(Entry::Reader entry) { return moment(entry.getFinishedMs(), entry.getFinishedNodeMs()); }
Moment undone_anew_at(Entry::Reader entry) { return moment(entry.getUndoAnewMs(), entry.getUndoAnewNodeMs()); }

std::uint32_t position_of(const Journal::Stored& entry) {
  return static_cast<std::uint32_t>(std::strtoul(entry.key.c_str() + entry.key.find('/') + 1, nullptr, 10));
}

void write_failure(Failure::Builder out, const Error& error) {
  const auto kind = to_string(error.kind());
  out.setKind({kind.data(), kind.size()});
  if (!error.code().empty()) out.setCode(as_text(shortened(error.code())));
  out.setMessage(as_text(shortened(error.message())));
}

Error read_failure(Failure::Reader failure) {
  ErrorKind kind = ErrorKind::failed;
  const std::string name = text(failure.getKind());
  for (int k = static_cast<int>(ErrorKind::refused); k <= static_cast<int>(ErrorKind::cancelled); ++k)
    if (to_string(static_cast<ErrorKind>(k)) == name) kind = static_cast<ErrorKind>(k);
  return Error(kind, text(failure.getCode()), text(failure.getMessage()));
}

}  // namespace troupe::saga
