# What a partition keeps when its events lie in NATS JetStream. Fields are added at the end and never removed.

@0xb7c2a4f19d3e6085;

using Cxx = import "/capnp/c++.capnp";
using Topic = import "/topic/topic.capnp";
$Cxx.namespace("troupe::topic::jetstream");

# One message of the stream: the events of one append, so that they are there together or not at all. The offsets of the
# first messages' events follow on each other as the messages do.
struct StoredAppend {
  idHi @0 :UInt64;            # the append's own, however often it is tried
  idLo @1 :UInt64;
  first @2 :UInt64;           # the offset of its first event; the others follow
  firstPosition @3 :UInt64;   # Event.position of the first
  timeMs @4 :UInt64;          # Event.timeMs of all
  publisher @5 :Text;
  events @6 :List(Topic.NewEvent);
}

# A row of the partition's table "unconfirmed", by the append's id: it is in the stream, but the turn that appended it
# came to no commit. Its publisher may come again.
struct Unconfirmed {
  first @0 :UInt64;
}
