# Where those come who have no actor of their own yet: what they bring says which one it is to be.

@0xc8a41e6f93b2d705;

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Http = import "/troupe/http.capnp";
using Auth = import "/troupe/auth.capnp";

$Cxx.namespace("shop");

interface Reception $Troupe.actor(placement = "pool") {
  signUp @0 (name :Text $Http.required, password :Text $Troupe.secret $Http.required, fullName :Text, address :Text,
             language :Text) -> (name :Text)
    $Troupe.reentrant $Troupe.timeout(20000) $Http.post("/users") $Http.status(201) $Http.location("/users/{name}")
    $Http.limit(perMinute = 600, burst = 1000) $Auth.public;
  # A new user. Refused as User.signUp.

  offer @1 (sku :Text $Http.required, name :Text, description :Text, category :Text, priceCents :UInt64, nameZh :Text,
            descriptionZh :Text, categoryZh :Text) -> (sku :Text)
    $Troupe.reentrant $Http.post("/products") $Http.status(201) $Http.location("/products/{sku}") $Auth.role("admin");
  # A new product. Refused as Product.create, and bad_sku.
}
