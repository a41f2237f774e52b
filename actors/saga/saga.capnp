# What a saga keeps beside its actor's state, and what it tells about itself. The rows are tables of the saga's actor (see
# README.md); fields are added at the end and never removed: journals of older builds stay readable.

@0xdb9cd41762ff13e7;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("troupe::saga");

enum Phase {
  none @0;                 # never started
  running @1;
  compensating @2;         # it failed or was cancelled, and undoes what it did
  done @3;
  failed @4;               # and everything it did is undone
  cancelled @5;            # and everything it did is undone
  killed @6;               # stopped where it was; nothing is undone
  stuck @7;                # it cannot go on by itself; `stuckWhy` says what somebody has to do
}

enum EntryKind {
  step @0;
  sleep @1;
  signal @2;
}

struct Failure {
  kind @0 :Text;           # of troupe::Error: "refused"
  code @1 :Text;
  message @2 :Text;
}

struct Run {
  # Table "saga", row "run".
  number @0 :UInt32;       # 1 for the first run
  phase @1 :Phase;
  startedMs @2 :UInt64;    # wall clock, as all times here
  endedMs @3 :UInt64;      # 0: it has not ended
  cancelRequested @4 :Bool;
  failure @5 :Failure;     # why it compensates; null: it was cancelled, or all is well
  compensatingMs @6 :UInt64;
  stuckIn @7 :Phase;       # where it goes on when it is resumed
  stuckWhy @8 :Text;
  stuckAt @9 :UInt32;      # the position that is in doubt, plus 1; 0: none is
  stuckStep @10 :Text;
  startedNodeMs @11 :UInt64;       # the same moments by Actor::node_time(), for waits; 0: not known
  compensatingNodeMs @12 :UInt64;
  caller @13 :SavedCaller; # for whom it was started (Actor::caller()); null: nobody from outside
}

struct SavedCaller {
  # troupe/caller.h
  name @0 :Text;           # empty: anonymous
  roles @1 :Text;
  scopes @2 :Text;
}

struct Entry {
  # Table "saga_journal", one row for each finished step of a run, in the order they were begun.
  name @0 :Text;
  kind @1 :EntryKind;
  failure @2 :Failure;     # null: it took effect
  attempts @3 :UInt32;     # as counted since the node last started
  startedMs @4 :UInt64;
  finishedMs @5 :UInt64;
  compensable @6 :Bool;    # a compensation was registered for it
  undoneMs @7 :UInt64;     # 0: it stands
  result @8 :AnyPointer;
  undoRound @9 :UInt32;    # counts the times somebody decided that its compensation has to be run anew
  undoAnewMs @10 :UInt64;  # the last of these times
  finishedNodeMs @11 :UInt64;  # as in Run
  undoAnewNodeMs @12 :UInt64;
}

struct Raised {
  # Table "saga_signals": a signal that no wait has taken yet.
  atMs @0 :UInt64;
  payload @1 :AnyPointer;
}

# What a saga tells about itself. A service returns it from a readOnly method:
#
#   progress @7 () -> (saga :Saga.SagaStatus) $Troupe.readOnly;
struct SagaStatus {
  phase @0 :Phase;
  run @1 :UInt32;
  startedMs @2 :UInt64;
  endedMs @3 :UInt64;
  cancelRequested @4 :Bool;
  failure @5 :Failure;
  stuckWhy @6 :Text;
  finished @7 :List(Finished);   # at most the first 1,000
  waitingFor @8 :List(Attempt);  # what is under way, or tried again later; as far as this activation knows
}

struct Finished {
  name @0 :Text;
  kind @1 :EntryKind;
  startedMs @2 :UInt64;
  finishedMs @3 :UInt64;
  attempts @4 :UInt32;
  failure @5 :Failure;
  undoneMs @6 :UInt64;
}

struct Attempt {
  name @0 :Text;
  kind @1 :EntryKind;
  undoing @2 :Bool;
  attempts @3 :UInt32;
  lastError @4 :Text;
  inDoubt @5 :Bool;        # an earlier attempt may have taken effect
  nextMs @6 :UInt64;       # when it is tried again, or a sleep ends; 0: now, or when a signal comes
}
