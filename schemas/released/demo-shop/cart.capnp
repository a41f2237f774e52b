# cart.capnp
@0xf906c8b635fd4b5c;
$import "/capnp/c++.capnp".namespace("shop");
struct CartState @0xae8eb3763dd78766 {  # 16 bytes, 1 ptrs
  items @0 :List(CartItem);  # ptr[0]
  keptUntilMs @1 :UInt64;  # bits[0, 64)
  keepForMs @2 :UInt64;  # bits[64, 128)
}
struct CartItem @0xf4c34ed04d362d1b {  # 8 bytes, 1 ptrs
  sku @0 :Text;  # ptr[0]
  quantity @1 :UInt32;  # bits[0, 32)
}
interface Cart @0xa9198f24da317378 $import "/troupe/service.capnp".actor(state = "CartState", remember = 0, rememberSeconds = 0, history = 0, version = 0, instances = 0) {
  put @0 (sku :Text, quantity :UInt32) -> () $import "/troupe/service.capnp".http("PUT /carts/{key}/items/{sku}");
  remove @1 (sku :Text) -> () $import "/troupe/service.capnp".http("DELETE /carts/{key}/items/{sku}");
  clear @2 () -> () $import "/troupe/service.capnp".http("DELETE /carts/{key}");
  view @3 () -> (items :List(CartItem), keptUntilMs :UInt64) $import "/troupe/service.capnp".readOnly(void) $import "/troupe/service.capnp".http("GET /carts/{key}");
  checkOut @4 (order :Text, address :Text) -> (totalCents :UInt64) $import "/troupe/service.capnp".http("POST /carts/{key}/checkout");
  keepFor @5 (milliseconds :UInt64) -> () $import "/troupe/service.capnp".http("PUT /carts/{key}/keep");
}
