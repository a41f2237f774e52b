# The headers of frames. A frame is a prelude of eight bytes, one of these structs as a single segment, and
# for calls, replies and chunks a payload; runtime/doc/wire_format.md draws it. Fields are added at the end
# and never removed, as Cap'n Proto has it; whatever else changes raises `Hello.version`.

@0xd1f6c3a9b27e4f05;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("troupe::wire::header");

struct Hello {
  # The first frame of the side that connected.
  magic @0 :UInt64;
  version @1 :UInt16;    # the lowest that the node speaks; version 4 knew no ranges and reads it as the only one
  cluster @2 :Text;
  node @3 :Text;         # who speaks
  peer @4 :Text;         # whom it means to speak to
  incarnation @5 :UInt64;
  membershipHash @6 :UInt64;
  window @7 :UInt64;     # bytes the other side may send before it is granted more
  clock @8 :UInt64;      # the time of the node that speaks, as it counts it; 0: it does not say
  nonce @9 :Data;        # 32 bytes of chance
  secret @10 :Bool;      # the node was given the cluster's secret
  highestVersion @11 :UInt16;  # 0: no other than `version`
  features @12 :UInt64;  # a bit each; what a reader does not know it ignores
  moves @13 :Bool;       # the connection takes over the link that the two nodes have
  # magic, version, node, highestVersion and features stay where they are in every version.
}

struct Challenge {
  # The answer of the side that accepted: who it is, and what the other is to prove.
  node @0 :Text;
  incarnation @1 :UInt64;
  window @2 :UInt64;
  nonce @3 :Data;
  secret @4 :Bool;
  clock @5 :UInt64;
  lowestVersion @6 :UInt16;   # 0: the node speaks version 4 and no other
  highestVersion @7 :UInt16;
  features @8 :UInt64;        # as in Hello
}

struct Proof {
  # The header of a proof, of the side that connected, and of the welcome that answers it: that its sender has the secret.
  # From the welcome on both may send anything.
  mac @0 :Data;
}

struct Welcome {
  # Of welcomes before version 4.
  node @0 :Text;
  incarnation @1 :UInt64;
  window @2 :UInt64;
  clock @3 :UInt64;      # as in Hello
}

struct Refuse {
  # The other answer; then the connection closes.
  reason @0 :Text;
}

struct Call {
  ticket @0 :UInt64;       # the sender's number for this call on this connection; the reply repeats it
  idHi @1 :UInt64;
  idLo @2 :UInt64;
  service @3 :UInt64;      # the interface's type id
  method @4 :UInt16;
  depth @5 :UInt16;
  attempt @6 :UInt32;
  remainingMs @7 :UInt32;  # durations travel, clocks do not; all ones: no deadline
  stream @8 :UInt32;       # not 0: the payload follows in chunks of this number
  firstSentMs @9 :UInt64;  # the first attempt, by the receiver's time
  key @10 :Text;
  chain @11 :List(Hop);    # the callers above, nearest first
  streamBytes @12 :UInt32; # length of the payload that follows in chunks
  message @13 :Message;    # null: no durable message
  watch @14 :Watch;        # null: it runs a method
  trace @15 :Data;         # what W3C Trace Context has: 16 bytes trace id, 8 span id, 1 flags; of another length, or with
                           # an id of zeros, it counts as none. A call without it is written without its pointer
  caller @16 :Caller;      # who is asking; null: nobody from outside. Written as the trace is
}

struct Caller {
  # troupe/caller.h
  name @0 :Text;           # empty: anonymous
  roles @1 :Text;          # "admin clerk"
  scopes @2 :Text;
  outside @3 :Bool;        # it makes this call itself: the method's rule is held against it
}

struct Message {
  # A durable message: which one of its channel, so that the receiver takes each once and in order.
  channelHi @0 :UInt64;    # the sender, as a hash
  channelLo @1 :UInt64;
  sequence @2 :UInt64;     # not 0
  after @3 :UInt64;        # the one before it that is not acknowledged; 0: none
  keepReply @4 :Bool;
  sender @5 :Text;
  senderService @6 :UInt64;  # the type id of the sender's interface
}

struct Watch {
  # The call runs nothing. It is answered, with a failure, when its actor goes down; a second call under the same id ends it
  # before that, and is answered at once.
  ends @0 :Bool;
  linked @1 :Bool;         # the actor goes down with the watcher
  watcherDown @2 :UInt8;   # troupe::DownReason; it ends because the watcher went down
  watcher @3 :Text;        # "Order/o-1"
  why @4 :Text;            # the watcher went down, in words
}

struct Hop {
  idHi @0 :UInt64;
  idLo @1 :UInt64;
  actor @2 :Text;
}

struct Reply {
  ticket @0 :UInt64;
  stream @1 :UInt32;
  streamBytes @2 :UInt32;
  failure @3 :Failure;     # null: the payload is the results
}

struct Failure {
  kind @0 :UInt8;          # troupe::ErrorKind
  mayHaveRun @1 :Bool;
  code @2 :Text;
  message @3 :Text;
  retryAfterMs @4 :UInt32; # overloaded: when to try again; 0: nobody can tell
  owner @5 :Text;          # unavailable, as the actor is another node's: that node
  ownerEpoch @6 :UInt64;   # and the epoch since which it owns the actor's partition
}

struct Chunk {
  stream @0 :UInt32;
}

struct Credit {
  bytes @0 :UInt64;        # that the other side may send on top of what it was granted before
}

struct Beat {
  # Ping, and the pong that repeats it.
  stamp @0 :UInt64;        # the pinging side's own; means nothing to the other
  clock @1 :UInt64;        # of a ping: as in Hello
}

struct Cancel {
  # The caller does not wait for this call any more.
  ticket @0 :UInt64;
}

struct Piece {
  # Of a message between nodes, whose bytes are the payload.
  left @0 :UInt64;         # bytes of the message still to come, these included
}

struct Goodbye {
  reason @0 :Text;
}
