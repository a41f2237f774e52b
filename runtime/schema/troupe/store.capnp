# What lies in the rows that the runtime itself keeps for an actor, beside its record and its tables. A row is a checksum
# and one of these (runtime/store/format/row.h); which one says the key (runtime/doc/storage_format.md). Fields are added at the
# end and never removed: rows of older builds stay readable.

@0xb1a55e0f5c9d7e42;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("troupe::rows");

struct Message {
  # outbox: a durable message that its receiver has not acknowledged.
  service @0 :UInt64;      # the receiver's
  key @1 :Text;
  method @2 :UInt16;
  idHi @3 :UInt64;         # the request id it is called under, every time
  idLo @4 :UInt64;
  sentMs @5 :UInt64;       # wall clock
  answer @6 :Text;         # the tag of Actor::on_answer(); empty: none is wanted
  params @7 :AnyPointer;
  trace @8 :Data;          # that the message belongs to, as in wire.capnp; empty: none
  caller @9 :Caller;       # who is asking; null: nobody from outside
}

struct Caller {
  # troupe/caller.h
  name @0 :Text;           # empty: anonymous
  roles @1 :Text;          # "admin clerk"
  scopes @2 :Text;
}

struct DeadLetter {
  # dead_letter: a message that was given up.
  message @0 :Message;
  tries @1 :UInt32;
  errorKind @2 :Text;
  error @3 :Text;          # what the last try ended with
  givenUpMs @4 :UInt64;
}

struct Channel {
  # channel: how far a receiver has come with the messages of one sender.
  sender @0 :Text;         # "Order/o-1"
  sequence @1 :UInt64;     # of the last message that took effect
  atMs @2 :UInt64;
  reply @3 :AnyPointer;    # what that message was answered with, if its sender wants to know
}

struct Reminder {
  # reminder_name. Its row of kind reminder is empty.
  dueMs @0 :UInt64;
  periodMs @1 :UInt64;     # 0: once
  trace @2 :Data;          # of the turn that set it, as in wire.capnp; empty: none
  caller @3 :Caller;       # of that turn; null: nobody from outside
}

struct ReplyPage {
  # replies: a page of an actor's older remembered replies.
  newestMs @0 :UInt64;     # when the newest of them was committed
  count @1 :UInt32;
  replies @2 :Data;        # as in the record (runtime/store/format/remembered_replies.h)
}

struct Past {
  # history: a state as one turn left it.
  atMs @0 :UInt64;
  method @1 :Text;
  idHi @2 :UInt64;
  idLo @3 :UInt64;
  stateVersion @4 :UInt32;
  state @5 :AnyPointer;
  stateType @6 :UInt64;    # its type id; 0: the one that the service has now
}

struct Erasure {
  # erasure: an actor is being erased, and the node ended before all of it was gone.
  spared @0 :Data;         # the durable key of a channel's row that stays as it is; empty: none does
}

struct Count {
  # table, with no row's key: how many rows the table has.
  rows @0 :UInt64;
  rowType @1 :UInt64;      # type id of the struct that its rows are, for looking at; 0: not known
}
