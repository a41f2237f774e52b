# catalogue.capnp
@0xd4c257bfaba4a925;
$import "/capnp/c++.capnp".namespace("shop");
struct ProductState @0x890be97edd30e256 {  # 16 bytes, 3 ptrs
  status @0 :ProductStatus;  # bits[0, 16)
  name @1 :Text;  # ptr[0]
  description @2 :Text;  # ptr[1]
  category @3 :Text;  # ptr[2]
  priceCents @4 :UInt64;  # bits[64, 128)
}
enum ProductStatus @0xc890a1edbbd5b7f3 {
  none @0;
  onSale @1;
  discontinued @2;
}
interface Product @0xf47ece4933727d21 $import "/troupe/service.capnp".actor(state = "ProductState", remember = 0, rememberSeconds = 0, history = 0, version = 0, instances = 0) {
  create @0 (name :Text, description :Text, category :Text, priceCents :UInt64) -> () $import "/troupe/service.capnp".http("POST /products/{key}");
  update @1 (name :Text, description :Text, category :Text, priceCents :UInt64) -> () $import "/troupe/service.capnp".http("PATCH /products/{key}");
  discontinue @2 () -> () $import "/troupe/service.capnp".http("DELETE /products/{key}");
  view @3 () -> (name :Text, description :Text, category :Text, priceCents :UInt64, onSale :Bool) $import "/troupe/service.capnp".readOnly(void) $import "/troupe/service.capnp".http("GET /products/{key}");
}
struct CatalogueState @0xe6b89231563c557c {  # 0 bytes, 1 ptrs
  entries @0 :List(CatalogueEntry);  # ptr[0]
}
struct CatalogueEntry @0x818ca81de3b1130c {  # 16 bytes, 3 ptrs
  sku @0 :Text;  # ptr[0]
  name @1 :Text;  # ptr[1]
  category @2 :Text;  # ptr[2]
  priceCents @3 :UInt64;  # bits[0, 64)
  onSale @4 :Bool;  # bits[64, 65)
}
interface Catalogue @0xf636f58a21974953 $import "/troupe/service.capnp".actor(state = "CatalogueState", remember = 128, rememberSeconds = 0, history = 0, version = 0, instances = 0) {
  put @0 (entry :CatalogueEntry) -> ();
  search @1 (text :Text, after :Text, limit :UInt32, discontinuedToo :Bool) -> (entries :List(CatalogueEntry), more :Bool) $import "/troupe/service.capnp".readOnly(void) $import "/troupe/service.capnp".http("GET /products");
}
