# What the shop sells: one Product per SKU, and the catalogue that lists and searches them.

@0xd4c257bfaba4a925;

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Http = import "/troupe/http.capnp";
using Auth = import "/troupe/auth.capnp";

$Cxx.namespace("shop");

struct ProductState {
  status @0 :ProductStatus;
  name @1 :Text;
  description @2 :Text;
  category @3 :Text;
  priceCents @4 :UInt64;
}

enum ProductStatus {
  none @0;
  onSale @1;
  discontinued @2;
}

interface Product $Troupe.actor(state = "ProductState") $Http.key("sku") {
  create @0 (name :Text, description :Text, category :Text, priceCents :UInt64) -> ()
    $Http.post("/products/{sku}") $Auth.role("admin");
  # Refused: product_exists (with other contents), bad_product.

  update @1 (name :Text, description :Text, category :Text, priceCents :UInt64) -> ()
    $Http.patch("/products/{sku}") $Auth.role("admin");
  # Refused: no_such_product, bad_product. Empty texts and a price of 0 stay as they are.

  discontinue @2 () -> () $Http.delete("/products/{sku}") $Auth.role("admin");
  # No longer for sale. Its SKU stays known, since its stock has books. Idempotent.

  view @3 () -> (name :Text, description :Text, category :Text, priceCents :UInt64, onSale :Bool)
    $Troupe.readOnly $Http.get("/products/{sku}") $Auth.public;
  # Refused: no_such_product.
}

struct CatalogueState {
  entries @0 :List(CatalogueEntry);   # sorted by SKU
}

struct CatalogueEntry {
  sku @0 :Text;
  name @1 :Text;
  category @2 :Text;
  priceCents @3 :UInt64;
  onSale @4 :Bool;
}

interface Catalogue $Troupe.actor(state = "CatalogueState", remember = 128) {
  # One, with the key "main". Products keep it up to date.

  put @0 (entry :CatalogueEntry) -> ();
  # Idempotent: what it says of a SKU replaces what was said before.

  search @1 (text :Text, after :Text, limit :UInt32, discontinuedToo :Bool) -> (entries :List(CatalogueEntry), more :Bool)
    $Troupe.readOnly $Http.get("/products") $Http.actor("main") $Auth.public;
  # A page of the SKUs after `after` whose SKU, name or category holds `text` (whatever the case; empty: all).
  # A page ends at `limit` (at most 500; 0: 100).
}
