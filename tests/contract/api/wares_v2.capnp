@0xf8fa12b7687a52c5;
# The second version: prices in cents, with a currency.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Http = import "/troupe/http.capnp";
using Auth = import "/troupe/auth.capnp";

$Cxx.namespace("troupe::wares");
$Http.version("v2");

struct Price {
  cents @0 :UInt64 $Http.required;
  currency @1 :Text = "EUR";
}

struct WareState {
  name @0 :Text;
  price @1 :Price;
}

interface Ware $Troupe.actor(state = "WareState") $Http.key("sku") $Auth.public {
  # What can be had, and for how much.

  view @0 () -> (name :Text, price :Price) $Troupe.readOnly $Http.get("/wares/{sku}");
  # One of the wares. Not found where it was never put.
  put @1 (name :Text $Http.required, price :Price $Http.required) -> () $Http.put("/wares/{sku}") $Auth.role("clerk");
}
