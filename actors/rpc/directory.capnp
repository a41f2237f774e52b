@0x9e0c6469bab358c3;
# What a program of any language meets at the port of a Troupe server that speaks Cap'n Proto's own RPC: the bootstrap is
# a Directory, and a Directory gives any service that is offered there, by name and key (actors/rpc/README.md).

using Cxx = import "/capnp/c++.capnp";
using Schema = import "/capnp/schema.capnp";
$Cxx.namespace("troupe::rpc");

interface Directory {
  # Of one caller: the bootstrap's is nobody who is known, and what authenticate() gives is whoever the token names. All
  # capabilities end with the connection.

  authenticate @0 (token :Text) -> (directory :Directory, name :Text, untilMs :UInt64);
  # `untilMs`: when the token ends, in milliseconds since 1970; calls through that directory are refused from then on, and
  # whoever authenticates again gets another one. All ones: with the connection.

  service @1 (name :Text, key :Text, options :CallOptions) -> (service :Capability);
  # The actor of that service and key, as the interface that the service's schema declares: cast it to that. Without a key
  # of a pool, a singleton or the pinned actor of the node that answers. Costs no message beyond this node.

  services @2 () -> (services :List(Service));
  # Those that are offered here, by name.

  schema @3 (name :Text) -> (id :UInt64, nodes :List(Schema.Node));
  # A service's interface (`id`) and all types that it reaches, for clients that load schemas while they run.
}

struct CallOptions {
  # Of all calls through one capability.

  timeoutMs @0 :UInt32;
  # A call ends with `deadline` after so long; 0: the method's own time, or the server's.
  idempotencyKey @1 :Text;
  # Not empty: a call of a method runs once under this key, however often it is sent, as long as the actor remembers its
  # answer; with other parameters than the first time it is refused. Another caller's key is another key, and so is that of
  # another method or actor.
  traceparent @2 :Text;
  # The trace that the calls belong to, as the header of that name (W3C Trace Context); empty: none.
}

struct Service {
  name @0 :Text;
  id @1 :UInt64;
  # Of its interface.
  placement @2 :Placement;
}

enum Placement {
  keyed @0;
  # One actor for every key.
  pool @1;
  pinned @2;
  # One on every node; the key is the node's name, and without one it is that of the node that answers.
  singleton @3;
}
