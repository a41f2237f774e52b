@0xd8e2b5f0917c3a46;
# The actors of the topics' contract suite: one that publishes, one that subscribes, both as they are told.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Topics = import "/topic/topic.capnp";
$Cxx.namespace("troupe::topic_contract");

struct Greeting {
  text @0 :Text;
  number @1 :UInt64;
}

struct TellerState {
  told @0 :UInt64;
}

interface Teller $Troupe.actor(state = "TellerState") {
  # Publishes `count` greetings under `key`, one by one or as one batch, numbered on from those before; then ends as told.
  tell @0 (key :Text, count :UInt32, batch :Bool, ending :Text) -> (told :UInt64);
}

struct Seen {
  partition @0 :UInt32;
  offset @1 :UInt64;
  key @2 :Text;
  text @3 :Text;
  publisher @4 :Text;
  group @5 :Text;
}

struct ListenerState {
  count @0 :UInt64;
  batches @1 :UInt64;
  failAt @2 :Text;     # events of this text fail
  how @3 :Text;        # "refuse", "crash"
}

interface Listener $Troupe.actor(state = "ListenerState") {
  onEvents @0 Topics.EventBatch -> ();
  seen @1 (from :UInt64) -> (count :UInt64, batches :UInt64, events :List(Seen)) $Troupe.readOnly;
  failAt @2 (text :Text, how :Text) -> ();
  notForEvents @3 (number :UInt64) -> ();
  readOnlyEvents @4 Topics.EventBatch -> () $Troupe.readOnly;
}
