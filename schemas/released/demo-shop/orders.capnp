# orders.capnp
@0x82f0ca6f2696dd1c;
$import "/capnp/c++.capnp".namespace("shop");
enum OrderStatus @0x88d0fb94166d14f5 {
  none @0;
  draft @1;
  confirmed @2;
  refused @3;
  cancelled @4;
  shipped @5;
  placing @6;
}
struct OrderLine @0xe897d748a5d9b6cf {  # 16 bytes, 1 ptrs
  sku @0 :Text;  # ptr[0]
  quantity @1 :UInt32;  # bits[0, 32)
  unitCents @2 :UInt64;  # bits[64, 128)
}
struct OrderState @0xac120e33c043251c {  # 16 bytes, 5 ptrs
  status @0 :OrderStatus;  # bits[0, 16)
  user @1 :Text;  # ptr[0]
  address @2 :Text;  # ptr[1]
  lines @3 :List(OrderLine);  # ptr[2]
  totalCents @4 :UInt64;  # bits[64, 128)
  reason @5 :Text;  # ptr[3]
  explanation @6 :Text;  # ptr[4]
  unsettled @7 :Bool;  # bits[16, 17)
  untold @8 :UInt32;  # bits[32, 64)
}
interface Order @0x89c2eeee5d48c727 $import "/troupe/service.capnp".actor(state = "OrderState", remember = 0, rememberSeconds = 0, history = 0, version = 0, instances = 0) {
  create @0 (user :Text, address :Text, lines :List(OrderLine)) -> (totalCents :UInt64);
  update @1 (address :Text) -> () $import "/troupe/service.capnp".http("PATCH /orders/{key}");
  place @2 () -> (status :OrderStatus, reason :Text, explanation :Text) $import "/troupe/service.capnp".reentrant(void) $import "/troupe/service.capnp".http("POST /orders/{key}/place") $import "/troupe/service.capnp".timeout(15000);
  cancel @3 () -> () $import "/troupe/service.capnp".reentrant(void) $import "/troupe/service.capnp".http("POST /orders/{key}/cancel");
  ship @4 () -> ();
  settle @5 () -> () $import "/troupe/service.capnp".reentrant(void) $import "/troupe/service.capnp".timeout(15000);
  view @6 () -> (status :OrderStatus, user :Text, address :Text, lines :List(OrderLine), totalCents :UInt64, reason :Text, settled :Bool) $import "/troupe/service.capnp".readOnly(void) $import "/troupe/service.capnp".http("GET /orders/{key}");
  progress @7 () -> (saga :import "/saga/saga.capnp".SagaStatus) $import "/troupe/service.capnp".readOnly(void) $import "/troupe/service.capnp".http("GET /orders/{key}/progress");
  goOn @8 () -> ();
  decide @9 (tookEffect :Bool) -> ();
  abandon @10 () -> ();
}
struct OrderBookState @0x9c3e1c14062a5f7c {  # 0 bytes, 1 ptrs
  orders @0 :List(Text);  # ptr[0]
}
interface OrderBook @0x975dd39b7103013f $import "/troupe/service.capnp".actor(state = "OrderBookState", remember = 0, rememberSeconds = 0, history = 0, version = 0, instances = 0) {
  add @0 (order :Text) -> ();
  list @1 (offset :UInt32, limit :UInt32) -> (orders :List(Text), total :UInt32) $import "/troupe/service.capnp".readOnly(void) $import "/troupe/service.capnp".http("GET /users/{key}/orders");
}
