# What two nodes say to each other when a partition goes from one to the other: runtime/doc/cluster.md tells the order.
# Each message is one of these; it travels as runtime/net/message_channel.h says. Fields are added at the end and never
# removed.

@0xc1f6b0a46f0f7d21;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("troupe::transfer::words");

struct Message {
  partition @0 :UInt16;
  epoch @1 :UInt64;        # in which the one that gives the partition leads it; of `lead` the one that follows
  move @2 :UInt64;         # of the node that gives: which of its tries this is about, so that what is late is known as such

  union {
    # --- of the node that gives the partition ---
    begin @3 :Void;        # forget what you have of it
    records @4 :List(Record);  # some of its rows, as they were at some moment since
    sets @5 :Data;         # the write sets that were committed since, from the last message's on: a frame of the log
    end @6 :UInt64;        # that was all; the time of the partition's owner, in milliseconds
    lead @7 :Void;         # you own it from this epoch on
    give @8 :Text;         # nothing comes of it, and why

    # --- of the node that takes it ---
    ready @9 :Void;        # what was there is gone
    stored @10 :UInt64;    # bytes of messages whose content is on disk
    whole @11 :Void;       # all of it is
    refused @12 :Text;     # and why
  }

  schemas @13 :Text;       # of `begin`: what the giver's store has seen of the services that are in it, as JSON
  bySchemas @14 :Bool;     # of `refused`: this program will not take it at another try either
}

struct Record {
  key @0 :Data;
  value @1 :Data;
}
