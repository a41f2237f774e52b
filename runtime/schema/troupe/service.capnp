# The annotations that turn a Cap'n Proto interface into a service: what capnpc-troupe reads. It promises
# that a schema with a wrong annotation does not build. What the words mean at run time is the runtime's
# business (runtime/doc/semantics.md).

@0xf7c793126c96c6cc;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("troupe");

# An interface with this annotation is a service; every (service, key) is one actor. Interfaces without it
# stay plain Cap'n Proto.
#
#   interface Stock $Troupe.actor(state = "StockState") { ... }
#
# An actor that keeps nothing: $Troupe.actor().
annotation actor @0xc6760b627ad00a8f (interface) :ActorOptions;

struct ActorOptions @0xe6c31329b74a2b5f {
  # The struct that is kept on disk for every key, by name, looked for inside the interface, then in each
  # scope around it, out to the file. Dots reach inward: "Ledger.State". Empty: nothing is kept.
  state @0 :Text;

  # Where an actor lives. "keyed": its key decides, on one node at a time. "pool": several on every node that hosts the
  # service, and a call goes to one of them. "pinned": one on every node, addressed by the node's name. "singleton": one
  # in the cluster. Actors of the second and third kind keep no state.
  placement @1 :Text = "keyed";

  # Replies remembered per actor, so that a repeated call is answered and not run again. 0: the default, 1,000.
  remember @2 :UInt16;

  # For how long they are remembered. 0: the default, ten minutes.
  rememberSeconds @3 :UInt32;

  # Earlier states to keep for looking back, per actor: one row each. 0: none.
  history @4 :UInt16;

  # Raised when what the state means changes in a way that schema evolution cannot express; then the actor migrates.
  version @5 :UInt32;

  # How calls are spread over a pool: "least_outstanding", "round_robin", "random", "weighted", "consistent_hash" or
  # "local_first" (troupe/placement.h says what each does). Empty: the first. On pools only.
  balance @6 :Text;

  # Actors of a pool on each node. 0: as many as the node has worker threads. On pools only.
  instances @7 :UInt16;
}

# Method options. They stand on methods of services only.

# Reads the state and changes nothing: interleaves with other calls, commits nothing, remembers no reply.
annotation readOnly @0xe37370e288dfac8e (method) :Void;

# May run while another call of the same actor waits at a co_await. Wrong together with readOnly, which
# already does.
annotation reentrant @0x839938347ab000c8 (method) :Void;

# Milliseconds that a call may take when the caller names no deadline. More than 0.
annotation timeout @0xcabbf57779c2df49 (method) :UInt32;

# Safe to run twice although no reply is remembered: the caller's side may send it again after a failure.
annotation retry @0xa274d3c489bb69a9 (method) :Void;

# How a gateway offers a method, and to whom, stands in troupe/http.capnp and troupe/auth.capnp. These two are what stood
# here before: schemas of that time can still be read, and capnpc-troupe says what to write instead.
annotation http @0x957e3f83b65eceb0 (method) :Text;
annotation auth @0xe8ae82570bc74bdf (method) :Text;

# What nobody else is to see, a password say: logs, dumps, traces, errors and tools show *** in its place. On fields of
# Text and Data, and on structs, lists and numbers as well.
annotation secret @0x8d3c5b7a9e1f2046 (field, param) :Void;
