# What lies in the file of a recorded turn: all that its handler was given and told, and what it did. The file's header
# is in runtime/actor/recording_file.h; runtime/doc/recording.md says what is in it and what is not. Fields are added at
# the end and never removed: files of older builds stay readable.

@0xe4a9b15d07c3f862;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("troupe::recorded");

struct Recording {
  why @0 :Text;            # "crash", or "asked for"
  node @1 :Text;
  takenMs @2 :UInt64;      # wall clock
  service @3 :Text;
  serviceId @4 :UInt64;
  key @5 :Text;
  stateType @6 :UInt64;    # 0: it keeps no state
  stateVersion @7 :UInt32;
  turns @8 :List(Turn);    # in the order that they ended in
  schemas @9 :List(Schema);
  masked @10 :Bool;        # secrets were taken out: it may not run as it did
  left @11 :UInt32;        # turns that no longer fitted
}

struct Schema {
  # A schema.Node in stream framing.
  typeId @0 :UInt64;
  node @1 :Data;
}

struct Turn {
  kind @0 :Text;           # "call", "message", "reminder"; "timer" and others cannot be run again
  method @1 :Text;
  ordinal @2 :UInt16;
  name @3 :Text;           # of the reminder
  idHi @4 :UInt64;
  idLo @5 :UInt64;
  beganMs @6 :UInt64;      # wall clock
  caller @7 :Caller;       # null: nobody from outside
  before @8 :AnyPointer;   # the state; null: there was none
  input @9 :AnyPointer;
  told @10 :List(Told);    # in its order
  missing @11 :Text;       # why the above is not all that it was told; empty: it is
  outcome @12 :Text;       # as troupe::TurnOutcome has it
  error @13 :Failure;      # what it ended with; null: with none
  results @14 :AnyPointer;
  edited @15 :Bool;
  after @16 :AnyPointer;   # the state, if it edited it
  writes @17 :List(Row);   # of its tables
}

struct Caller {
  name @0 :Text;
  roles @1 :Text;
  scopes @2 :Text;
}

struct Failure {
  kind @0 :UInt8;          # troupe::ErrorKind
  code @1 :Text;
  message @2 :Text;
  mayHaveRun @3 :Bool;
}

struct Told {
  union {
    call @0 :Call;         # it called somebody
    answer @1 :Answer;
    clock @2 :Clock;
    row @3 :Row;           # of its tables, as it was before the turn
  }
}

struct Call {
  service @0 :Text;
  serviceId @1 :UInt64;
  key @2 :Text;
  method @3 :UInt16;
  name @4 :Text;
  params @5 :AnyPointer;
  durable @6 :Bool;        # a message, sent with the commit
}

struct Answer {
  call @0 :UInt32;         # which of the turn's calls, from 0
  error @1 :Failure;       # null: results
  results @2 :AnyPointer;
}

struct Clock {
  what @0 :UInt8;          # troupe::actor::ClockRead
  value @1 :Int64;
}

struct Row {
  key @0 :Data;            # as in the store
  there @1 :Bool;
  value @2 :Data;
}
