# Who shops here: one User per user name, and the directory of all of them. Passwords and session tokens are
# kept as hashes only.

@0x8afa85d588041855;

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Http = import "/troupe/http.capnp";
using Auth = import "/troupe/auth.capnp";

$Cxx.namespace("shop");

struct UserState {
  # argon2id, encoded with its salt and costs; empty: nobody signed up.
  password @0 :Text $Troupe.secret;
  fullName @1 :Text;
  sessions @2 :List(Session);   # the newest last
}

struct Session {
  tokenHash @0 :Data $Troupe.secret;  # SHA-256
  expiresAtMs @1 :Int64;        # since 1970
}

interface User $Troupe.actor(state = "UserState") $Http.key("name") {
  signUp @0 (password :Text $Troupe.secret, fullName :Text) -> ()
    $Http.post("/users/{name}") $Auth.public $Troupe.timeout(20000);
  # Refused: name_taken, weak_password. Again with the same password and name: nothing happens.

  logIn @1 (password :Text $Troupe.secret) -> (token :Text $Troupe.secret, expiresAtMs :Int64)
    $Http.post("/users/{name}/sessions") $Auth.public $Troupe.timeout(20000);
  # Refused: bad_credentials.

  logOut @2 (token :Text $Troupe.secret) -> ();
  authenticate @3 (token :Text $Troupe.secret) -> (expiresAtMs :Int64) $Troupe.readOnly;
  # Refused: bad_token.

  profile @4 () -> (name :Text, fullName :Text)
    $Troupe.readOnly $Http.get("/users/{name}") $Auth.self $Auth.role("admin");
  # Refused: no_such_user.
}

struct UserDirectoryState {
  names @0 :List(Text);         # sorted
}

interface UserDirectory $Troupe.actor(state = "UserDirectoryState", remember = 128) {
  # One, with the key "main".

  add @0 (name :Text) -> ();
  # Idempotent.

  list @1 (after :Text, limit :UInt32) -> (names :List(Text), total :UInt32)
    $Troupe.readOnly $Http.get("/users") $Http.actor("main") $Auth.role("admin");
  # Names after `after`, sorted; a page ends at `limit` (at most 500; 0: 100).
}
