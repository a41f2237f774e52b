# users.capnp
@0x8afa85d588041855;
$import "/capnp/c++.capnp".namespace("shop");
struct UserState @0xa427ec4190868116 {  # 0 bytes, 3 ptrs
  password @0 :Text;  # ptr[0]
  fullName @1 :Text;  # ptr[1]
  sessions @2 :List(Session);  # ptr[2]
}
struct Session @0xa14da98e1b9c9cde {  # 8 bytes, 1 ptrs
  tokenHash @0 :Data;  # ptr[0]
  expiresAtMs @1 :Int64;  # bits[0, 64)
}
interface User @0x95be73547e5d9a25 $import "/troupe/service.capnp".actor(state = "UserState", remember = 0, rememberSeconds = 0, history = 0, version = 0, instances = 0) {
  signUp @0 (password :Text, fullName :Text) -> () $import "/troupe/service.capnp".http("POST /users/{key}") $import "/troupe/service.capnp".timeout(20000);
  logIn @1 (password :Text) -> (token :Text, expiresAtMs :Int64) $import "/troupe/service.capnp".http("POST /users/{key}/sessions") $import "/troupe/service.capnp".timeout(20000);
  logOut @2 (token :Text) -> ();
  authenticate @3 (token :Text) -> (expiresAtMs :Int64) $import "/troupe/service.capnp".readOnly(void);
  profile @4 () -> (name :Text, fullName :Text) $import "/troupe/service.capnp".readOnly(void) $import "/troupe/service.capnp".http("GET /users/{key}");
}
struct UserDirectoryState @0xdb5ca3f8ac9dec5f {  # 0 bytes, 1 ptrs
  names @0 :List(Text);  # ptr[0]
}
interface UserDirectory @0x9e65e329045cfbf9 $import "/troupe/service.capnp".actor(state = "UserDirectoryState", remember = 128, rememberSeconds = 0, history = 0, version = 0, instances = 0) {
  add @0 (name :Text) -> ();
  list @1 (after :Text, limit :UInt32) -> (names :List(Text), total :UInt32) $import "/troupe/service.capnp".readOnly(void) $import "/troupe/service.capnp".http("GET /users");
}
