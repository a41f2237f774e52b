@0xbaf9ba0dacba0299;
# The first version of what the wares' API offers: one price, in whole units. It is answered by the second's actors.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Http = import "/troupe/http.capnp";
using Auth = import "/troupe/auth.capnp";

$Cxx.namespace("troupe::wares");
$Http.version("v1");

interface WareFirst $Troupe.actor(placement = "pool") $Auth.public
    $Http.deprecated(since = "2026-11-01", sunset = "2027-05-01", instead = "/v2/wares") {
  # Wares as they were priced first.

  view @0 (sku :Text) -> (name :Text, price :UInt32) $Troupe.readOnly $Http.get("/wares/{sku}");
}
