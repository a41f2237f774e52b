# stock.capnp
@0xf692df7d063c847e;
$import "/capnp/c++.capnp".namespace("shop");
struct StockState @0xf8b0e5a69f145ede {  # 24 bytes, 3 ptrs
  received @0 :UInt64;  # bits[0, 64)
  onHand @1 :UInt64;  # bits[64, 128)
  sold @2 :UInt64;  # bits[128, 192)
  reservations @3 :List(Reservation);  # ptr[0]
  closed @4 :List(Text);  # ptr[1]
  deliveries @5 :List(Text);  # ptr[2]
}
struct Reservation @0xf665f9804b6945e3 {  # 8 bytes, 1 ptrs
  order @0 :Text;  # ptr[0]
  quantity @1 :UInt32;  # bits[0, 32)
}
interface Stock @0xc9ea4f8c7bae050c $import "/troupe/service.capnp".actor(state = "StockState", remember = 128, rememberSeconds = 0, history = 0, version = 0, instances = 0) {
  restock @0 (delivery :Text, quantity :UInt32) -> (onHand :UInt64) $import "/troupe/service.capnp".http("POST /stock/{key}/deliveries");
  reserve @1 (order :Text, quantity :UInt32) -> ();
  release @2 (order :Text) -> ();
  sell @3 (order :Text) -> ();
  level @4 () -> (received :UInt64, onHand :UInt64, reserved :UInt64, sold :UInt64) $import "/troupe/service.capnp".readOnly(void) $import "/troupe/service.capnp".http("GET /stock/{key}");
  reservations @5 () -> (reservations :List(Reservation)) $import "/troupe/service.capnp".readOnly(void);
}
