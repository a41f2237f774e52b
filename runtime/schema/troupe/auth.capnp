# Who may call a method from outside: what capnpc-troupe checks, and the gateway and the actor's node go by
# (actors/gateway/doc/access.md). It may stand on a service, for all its methods that do not say otherwise. Every method
# with a route has a rule, or the schema does not build.

@0xf4a1c2b3d4e5f607;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("troupe::schema::auth");

# Everybody, also who is not known.
annotation public @0xc1d2e3f4a5b6c7d8 (interface, method) :Void;
# Whoever is known, by a token.
annotation user @0xb2c3d4e5f6a7b8c9 (interface, method) :Void;
# Whoever is known and has one of these roles, parted by spaces: "admin clerk".
annotation role @0xd3e4f5a6b7c8d9ea (interface, method) :Text;
# Whoever is known under the name that the actor's key is. With a role too, either will do.
annotation self @0xe4f5a6b7c8d9eafb (interface, method) :Void;
# Besides: the token has all of these scopes, parted by spaces.
annotation scope @0xa5b6c7d8e9fa0b1c (interface, method) :Text;
