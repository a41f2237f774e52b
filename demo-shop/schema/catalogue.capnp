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
  nameZh @5 :Text;
  descriptionZh @6 :Text;
  categoryZh @7 :Text;
  pictures @8 :List(UInt8);     # the numbers there are, sorted; each is a row of table "pictures"
}

struct Picture {
  # A row of a product's pictures; its key is the number, a byte.
  type @0 :Text;                # "image/png"
  bytes @1 :Data;
}

enum ProductStatus {
  none @0;
  onSale @1;
  discontinued @2;
}

interface Product $Troupe.actor(state = "ProductState") $Http.key("sku") {
  create @0 (name :Text, description :Text, category :Text, priceCents :UInt64, nameZh :Text, descriptionZh :Text,
             categoryZh :Text) -> ();
  # Refused: product_exists (with other contents), bad_product.

  update @1 (name :Text, description :Text, category :Text, priceCents :UInt64, nameZh :Text, descriptionZh :Text,
             categoryZh :Text) -> ()
    $Http.patch("/products/{sku}") $Auth.role("admin");
  # Refused: no_such_product, bad_product. What is left out stays as it is, and so do a name, a category and a price that
  # would be empty.

  discontinue @2 () -> () $Http.delete("/products/{sku}") $Auth.role("admin");
  # No longer for sale. Its SKU stays known, since its stock has books. Idempotent.

  view @3 () -> (name :Text, description :Text, category :Text, priceCents :UInt64, onSale :Bool, nameZh :Text)
    $Troupe.readOnly;
  # Refused: no_such_product.

  show @4 () -> (sku :Text, name :Text, nameZh :Text, description :Text, descriptionZh :Text, category :Text,
                 categoryZh :Text, priceCents :UInt64, onSale :Bool, onHand :UInt64, pictures :List(UInt8))
    $Troupe.readOnly $Http.get("/products/{sku}") $Auth.public;
  # The same and what else a page about it wants. Refused: no_such_product.

  resume @5 () -> () $Http.post("/products/{sku}/resume") $Auth.role("admin");
  # For sale again. Refused: no_such_product. Idempotent.

  putPicture @6 (number :UInt8, type :Text $Http.header("Content-Type"), bytes :Data) -> ()
    $Http.put("/products/{sku}/pictures/{number}") $Http.body("bytes") $Http.bytes("image/png image/jpeg image/webp")
    $Auth.role("admin");
  # Refused: no_such_product, bad_picture (another number than 1 to 6, more than 256 KiB, other bytes than the type says).

  picture @7 (number :UInt8) -> (type :Text $Http.header("Content-Type"), bytes :Data)
    $Troupe.readOnly $Http.get("/products/{sku}/pictures/{number}") $Http.bytes("image/png image/jpeg image/webp")
    $Auth.public;
  # Refused: no_such_picture.

  removePicture @8 (number :UInt8) -> ()
    $Http.delete("/products/{sku}/pictures/{number}") $Auth.role("admin");
  # Refused: no_such_product. Idempotent.
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
  nameZh @5 :Text;
  categoryZh @6 :Text;
  pictures @7 :List(UInt8);
  onHand @8 :UInt64;            # filled in where products are listed
}

struct Category {
  category @0 :Text;
  categoryZh @1 :Text;
  products @2 :UInt32;          # of it that are on sale
}

enum ProductOrder {
  sku @0;
  name @1;
  priceUp @2;                   # the cheapest first
  priceDown @3;
}

interface Catalogue $Troupe.actor(state = "CatalogueState", remember = 128) {
  # One, with the key "main". Products keep it up to date.

  put @0 (entry :CatalogueEntry) -> ();
  # Idempotent: what it says of a SKU replaces what was said before.

  search @1 (text :Text, after :Text, limit :UInt32, discontinuedToo :Bool, category :Text, sort :ProductOrder,
             offset :UInt32)
    -> (entries :List(CatalogueEntry) $Http.name("products"), more :Bool, total :UInt32)
    $Troupe.readOnly $Http.get("/products") $Http.actor("main") $Auth.public;
  # A page of the SKUs after `after` whose SKU, name or category holds `text` (whatever the case; empty: all), in that order,
  # without the first `offset`. A page ends at `limit` (at most 500; 0: 100); `total` is how many fit on all pages. What is
  # on hand may be half a second old.

  categories @2 () -> (categories :List(Category))
    $Troupe.readOnly $Http.get("/categories") $Http.actor("main") $Auth.public;
  # Those that something is on sale of, sorted.

  lowStock @3 (below :UInt64, after :Text, limit :UInt32)
    -> (entries :List(CatalogueEntry) $Http.name("products"), more :Bool, next :Text)
    $Troupe.readOnly $Http.get("/stock") $Http.actor("main") $Auth.role("admin");
  # Products on sale after the SKU `after` of which fewer than `below` (0: 10) are on hand. A page ends at `limit` (at most
  # 500; 0: 100), or where many do not fit; `next` is where the one after it begins.
}
