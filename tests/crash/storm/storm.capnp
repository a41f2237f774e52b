@0xe2b6d8f4a1c35097;
# The cast of the storm: tills that move money between each other in every way there is, and write down what they did, so
# that an auditor can find out whether anything is missing or there twice.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Topics = import "/topic/topic.capnp";
using Saga = import "/saga/saga.capnp";

$Cxx.namespace("troupe::storm");

struct TillState {
  balance @0 :Int64;
  closed @1 :Bool;
  pulses @2 :UInt64;       # fired
  pulseDueMs @3 :UInt64;   # 0: none is set
  pulsePeriodMs @4 :UInt32;
  pulseTo @5 :Text;
  heard @6 :UInt64;        # answers
  refused @7 :UInt64;      # of them
}

# A row of any table of a till, by the id of what it is about:
#   sent       what left it: to whom, how much; how its answer was, if one was asked for
#   received   what came: from whom, how much, which one of its sender's
#   alarms     reminders: how often it rang
#   notes      whatever the driver wrote
#   numbers    by receiver: how many were sent to it
#   marks      by sender: the last one that came from it
#   trips      what sagas moved: how often it was done, and (number) undone
#   seen       of listeners: events, by what they are about
#   faults     what must never happen
struct Row {
  peer @0 :Text;
  amount @1 :Int64;
  number @2 :UInt64;
  times @3 :UInt32;
  dueMs @4 :UInt64;
  text @5 :Text;
}

struct Entry {
  key @0 :Text;
  row @1 :Row;
}

interface Till $Troupe.actor(state = "TillState", remember = 60000, rememberSeconds = 3600) {
  # A durable message to each of `to`, id + "/0", id + "/1", ...; with `ask`, each answer is wanted.
  pay @0 (id :Text, to :List(Text), amount :Int64, ask :Bool) -> ();
  # Refuses what asks for an answer while it is closed.
  receive @1 (id :Text, from :Text, number :UInt64, amount :Int64, ask :Bool) -> (balance :Int64);
  # By a call of its own instead of a message.
  hand @2 (id :Text, to :Text, amount :Int64) -> ();
  take @3 (id :Text, from :Text, amount :Int64) -> ();
  # A reminder that pays when it rings; once more moves it, if it has not rung.
  alarm @4 (id :Text, delayMs :UInt32, to :Text, amount :Int64) -> ();
  silence @5 (id :Text) -> (rang :Bool);
  # A reminder that pays 1 again and again. Period 0: no more.
  pulse @6 (periodMs :UInt32, to :Text) -> ();
  note @7 (key :Text, text :Text) -> ();
  # How many notes there are now.
  forget @8 (key :Text) -> (left :UInt64);
  close @9 (closed :Bool) -> ();
  # An event; the till numbers those of one event key.
  announce @12 (id :Text, eventKey :Text) -> ();
  # For a saga. A closed till refuses what is not negative.
  move @13 (id :Text, amount :Int64) -> ();
  unmove @14 (id :Text) -> ();

  # For the auditor.
  summary @10 () -> (balance :Int64, pulses :UInt64, sent :UInt64, received :UInt64, alarms :UInt64, notes :UInt64,
                     faults :UInt64, heard :UInt64, refused :UInt64) $Troupe.readOnly;
  rows @11 (table :Text, after :Text) -> (entries :List(Entry), more :Bool) $Troupe.readOnly;
}

struct ListenerState {
  count @0 :UInt64;
}

# Hears events of one group: of one event key, or all of them.
interface Listener $Troupe.actor(state = "ListenerState") {
  onEvents @0 Topics.EventBatch -> ();
  summary @1 () -> (count :UInt64, faults :UInt64) $Troupe.readOnly;
  rows @2 (table :Text, after :Text) -> (entries :List(Entry), more :Bool) $Troupe.readOnly;
}

struct TripState {
  from @0 :Text;
  to @1 :Text;
  third @2 :Text;
  amount @3 :Int64;
  steps @4 :UInt32;    # that ran to their commit
}

# A saga: takes from one till, gives to two others that may be closed, and announces it.
interface Trip $Troupe.actor(state = "TripState") {
  begin @0 (from :Text, to :Text, third :Text, amount :Int64) -> ();
  cancel @1 () -> () $Troupe.reentrant;
  look @2 () -> (phase :Saga.Phase, why :Text) $Troupe.readOnly;
}
