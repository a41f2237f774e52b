# views.capnp
@0xa7c3e5f1082b46d9;
$import "/capnp/c++.capnp".namespace("shop");
struct ProductSale @0x98fd007ab66c097a {  # 32 bytes, 0 ptrs
  orders @0 :UInt64;  # bits[0, 64)
  quantity @1 :UInt64;  # bits[64, 128)
  cents @2 :UInt64;  # bits[128, 192)
  cancelled @3 :UInt64;  # bits[192, 256)
}
struct ProductSalesState @0x8a665efbad38f30c {  # 8 bytes, 0 ptrs
  events @0 :UInt64;  # bits[0, 64)
}
interface ProductSales @0x9d722d549e7caf0d $import "/troupe/service.capnp".actor(state = "ProductSalesState", remember = 0, rememberSeconds = 0, history = 0, version = 0, instances = 0) {
  onOrders @0 import "/topic/topic.capnp".EventBatch -> ();
  of @1 (sku :Text) -> (sale :ProductSale) $import "/troupe/service.capnp".readOnly(void) $import "/troupe/service.capnp".http("GET /products/{sku}/sales");
  bestSellers @2 (limit :UInt32) -> (products :List(BestSeller)) $import "/troupe/service.capnp".readOnly(void) $import "/troupe/service.capnp".http("GET /sales");
  list @3 (after :Text) -> (products :List(BestSeller), more :Bool, events :UInt64) $import "/troupe/service.capnp".readOnly(void);
  struct BestSeller @0xe33c4c39db7bb53f {  # 0 bytes, 2 ptrs
    sku @0 :Text;  # ptr[0]
    sale @1 :ProductSale;  # ptr[1]
  }
}
struct PastOrder @0xad000ce3fdf3cda2 {  # 24 bytes, 2 ptrs
  order @0 :Text;  # ptr[0]
  placedMs @1 :UInt64;  # bits[0, 64)
  totalCents @2 :UInt64;  # bits[64, 128)
  status @3 :import "/orders.capnp".OrderStatus;  # bits[128, 144)
  lines @4 :List(import "/orders.capnp".OrderLine);  # ptr[1]
}
struct PlacedAt @0xe65d06e3998a2632 {  # 0 bytes, 1 ptrs
  row @0 :Data;  # ptr[0]
}
struct OrderHistoryState @0xd085e2c3c890ced0 {  # 8 bytes, 0 ptrs
  events @0 :UInt64;  # bits[0, 64)
}
interface OrderHistory @0xc24952a550ed33c8 $import "/troupe/service.capnp".actor(state = "OrderHistoryState", remember = 0, rememberSeconds = 0, history = 0, version = 0, instances = 0) {
  onOrders @0 import "/topic/topic.capnp".EventBatch -> ();
  list @1 (before :Data, limit :UInt32) -> (orders :List(PastOrder), next :Data, more :Bool) $import "/troupe/service.capnp".readOnly(void) $import "/troupe/service.capnp".http("GET /users/{key}/history");
}
