# What an audit log of a gateway has: acts of administration, as events of a topic (see README.md). Fields are added at the
# end and never removed.

@0xd93e5a70b8c1f264;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("troupe::gateway::audit");

struct AdminEvent {
  # An event's key is the actor, "Service/key", or as much of it as a key holds.

  atMs @0 :UInt64;        # when it was asked for, since 1970
  who @1 :Text;
  roles @2 :Text;         # of the caller, parted by spaces
  service @3 :Text;
  method @4 :Text;
  key @5 :Text;           # of the actor; empty: it has none
  outcome @6 :Text;       # "ok", or the kind of the error
  code @7 :Text;          # a refusal's
  status @8 :UInt16;      # of the answer
  traceId @9 :Text;
  address @10 :Text;      # that the request came from
  gateway @11 :Text;      # the node that the gateway is on
}
