# Who shops here: one User per user name, and the directory of all of them. Passwords are kept as hashes only. Who is logged
# in is the issuer's business (users/issuer.h).

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
  sessions @2 :List(Session);   # of builds whose users kept their own; nobody reads them
  address @3 :Text;             # where orders go that name no other
  language @4 :Text;            # "en", "zh" or empty
  roles @5 :List(Text);
  createdMs @6 :UInt64;         # 0: by a build that did not know
  erased @7 :Bool;              # nobody is to know who it was; the name stays taken
  passwordMs @8 :UInt64;        # when it was changed last; log-ins from before are over. 0: never
}

struct Session {
  tokenHash @0 :Data $Troupe.secret;  # SHA-256
  expiresAtMs @1 :Int64;        # since 1970
}

interface User $Troupe.actor(state = "UserState") $Http.key("name") {
  signUp @0 (password :Text $Troupe.secret, fullName :Text, address :Text, language :Text) -> () $Troupe.timeout(20000);
  # Refused: bad_name, name_taken, weak_password, bad_profile. Again with the same password: nothing happens.

  logIn @1 (password :Text $Troupe.secret) -> (token :Text $Troupe.secret, expiresAtMs :Int64);
  logOut @2 (token :Text $Troupe.secret) -> ();
  authenticate @3 (token :Text $Troupe.secret) -> (expiresAtMs :Int64) $Troupe.readOnly;
  # These three are of builds whose users kept sessions of their own, and are refused: log in at the issuer.

  profile @4 () -> (name :Text, fullName :Text, address :Text, language :Text, roles :List(Text), createdMs :UInt64)
    $Troupe.readOnly $Http.get("/users/{name}") $Auth.self $Auth.role("admin");
  # Refused: no_such_user.

  update @5 (fullName :Text, address :Text, language :Text) -> () $Http.patch("/users/{name}") $Auth.self;
  # What is left out stays as it is. Refused: no_such_user, bad_profile.

  changePassword @6 (oldPassword :Text $Troupe.secret, newPassword :Text $Troupe.secret) -> ()
    $Http.put("/users/{name}/password") $Auth.self $Troupe.timeout(20000);
  # Refused: no_such_user, bad_credentials, weak_password.

  eraseMe @7 () -> () $Http.delete("/users/{name}") $Auth.self $Auth.role("admin");
  # Password, full name, address, language and cart go, the account is paid out, and addresses go from orders. What the
  # books must keep stays under the name, which is not given again. Refused: no_such_user, is_admin. Idempotent.

  setRoles @8 (roles :List(Text)) -> () $Http.put("/users/{name}/roles") $Auth.role("admin");
  # Known is "admin". They count from the next log-in or refresh on. Nobody changes their own, so that there is an admin
  # always. Refused: no_such_user, no_such_role, own_roles.

  standing @9 () -> (password :Text $Troupe.secret, roles :List(Text), logInsFromMs :UInt64) $Troupe.readOnly;
  # For the issuer. No password: there is no such user, or they may not log in.

  keepHash @10 (old :Text $Troupe.secret, new :Text $Troupe.secret) -> ();
  # The same password at today's costs, unless it was changed meanwhile.
}

struct UserEntry {
  # A row of the directory; its key is the name.
  name @0 :Text;
  fullName @1 :Text;
  roles @2 :List(Text);
  createdMs @3 :UInt64;
  erased @4 :Bool;
}

struct UserDirectoryState {
  names @0 :List(Text);         # of builds that kept no rows; they become rows as soon as the directory wakes
}

interface UserDirectory $Troupe.actor(state = "UserDirectoryState", remember = 128) {
  # One, with the key "main".

  add @0 (name :Text) -> ();
  # Idempotent. Refused: directory_full.

  list @1 (after :Text, limit :UInt32) -> (names :List(Text), total :UInt32) $Troupe.readOnly;
  # Names after `after`, sorted, also of those who were erased; a page ends at `limit` (at most 500; 0: 100).

  put @2 (entry :UserEntry) -> ();
  # What it says of a name replaces what was said before. Refused: directory_full.

  search @3 (text :Text, after :Text, limit :UInt32) -> (users :List(UserEntry), total :UInt32, more :Bool, next :Text)
    $Troupe.readOnly $Http.get("/users") $Http.actor("main") $Auth.role("admin");
  # Users after `after`, sorted by name, whose name or full name holds `text` (whatever the case; empty: all). A page ends
  # at `limit` (at most 500; 0: 100), or where many do not fit; `next` is where the one after it begins. `total`: how many
  # users there are in all.
}
