@0xa8f3c05d917be246;
# What is behind the gateway of these tests.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Http = import "/troupe/http.capnp";
using Auth = import "/troupe/auth.capnp";
$Cxx.namespace("front");

interface Mirror $Troupe.actor(placement = "pool") {
  me @0 () -> (name :Text, roles :Text, scopes :Text) $Troupe.readOnly $Http.get("/me") $Auth.user;
  stock @1 () -> () $Http.post("/stock") $Auth.scope("stock") $Auth.user;
}
