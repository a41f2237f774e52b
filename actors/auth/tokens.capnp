# The actors behind an issuer of tokens (see README.md). Times are milliseconds since 1970. What is a secret is marked:
# tools and logs show *** in its place. Fields are added at the end and never removed.

@0xe2b7c41d5a9f3086;

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
$Cxx.namespace("troupe::auth");

# --- the keys that sign; the actor's key is the issuer's name ---

struct TokenKeysState {
  keys @0 :List(StoredKey);     # in the order they were made
  revision @1 :UInt64;          # counts the changes
}

struct StoredKey {
  privateKey @0 :Data $Troupe.secret;   # PKCS #8; empty: it signs no more
  jwk @1 :Text;
  signsFromMs @2 :UInt64;
  retiresMs @3 :UInt64;         # all ones: not yet known
}

interface TokenKeys $Troupe.actor(state = "TokenKeysState", remember = 16) {
  # Sees to it that there is a key.
  prepare @0 () -> ();
  # A payload of claims as a signed token. Refused: no_key.
  sign @1 (claims :Text) -> (token :Text $Troupe.secret) $Troupe.readOnly;
  # For `/.well-known/jwks.json`: public parts alone. Refused: no_key.
  publish @2 () -> (jwks :Text) $Troupe.readOnly;
  # A new key, announced at once, that signs after a while. Refused: too_many_keys.
  rotate @3 () -> (keyId :Text);
  # At once, for a key that leaked: what it signed is good no more. Another takes its place if it was the last.
  # Refused: no_such_key.
  remove @4 (keyId :Text) -> ();
}

# --- what log-ins, codes and attempts leave behind for a while. Each is a row, found by a hash or an id that nobody can
# choose; the actor's key is its first two characters, so that there are 4,096 actors of a kind, and no more ---

struct SweepState {
  pending @0 :Bool;             # a reminder will look for rows whose time is over
  after @1 :Data;               # the row that it came to the last time; empty: it begins
}

# What a log-in gave: its refresh tokens, of which the newest alone is good.
struct RefreshFamily {
  # Table "families", by its id.
  client @0 :Text;              # empty: not opened
  user @1 :Text;
  scope @2 :List(Text);
  tokenHash @3 :Data;           # SHA-256 of the one that is good
  rotations @4 :UInt32;
  endsMs @5 :UInt64;            # however often it is used
  idleEndsMs @6 :UInt64;        # unless it is used before
  idleMs @7 :UInt64;
  revoked @8 :Text;             # why; empty: it is not
  beganMs @9 :UInt64;           # when its user logged in
}

struct UsedToken {
  # Table "used", by the family's id and the token's hash.
  atMs @0 :UInt64;
}

enum RefreshOutcome {
  good @0;
  unknown @1;                   # no such token, or of another client
  ended @2;                     # expired or revoked
  reused @3;                    # used before: the family is revoked now
}

interface RefreshFamilies $Troupe.actor(state = "SweepState", remember = 64) {
  # Refused: revoked.
  open @0 (family :Text, client :Text, user :Text, scope :List(Text), tokenHash :Data $Troupe.secret, lifeMs :UInt64,
           idleMs :UInt64) -> ();
  # Whether rotate() would be good, and whose it is. Of a token that was used before it says so, and revokes nothing.
  look @1 (family :Text, client :Text, tokenHash :Data $Troupe.secret)
    -> (outcome :RefreshOutcome, user :Text, scope :List(Text), beganMs :UInt64) $Troupe.readOnly;
  # From now on the token of `nextHash` is the good one.
  rotate @2 (family :Text, client :Text, tokenHash :Data $Troupe.secret, nextHash :Data $Troupe.secret)
    -> (outcome :RefreshOutcome);
  # Whoever has one of its tokens, and is the client, ends it.
  giveUp @3 (family :Text, client :Text, tokenHash :Data $Troupe.secret) -> ();
  revoke @4 (family :Text, why :Text) -> ();
}

struct CodeGrant {
  client @0 :Text;
  redirectUri @1 :Text;
  challenge @2 :Text;           # PKCE, S256
  user @3 :Text;
  scope @4 :List(Text);
  endsMs @5 :UInt64;
  givenMs @6 :UInt64;
}

struct AuthorizationCode {
  # Table "codes", by the code's hash.
  grant @0 :CodeGrant;
  family @1 :Text;              # of the tokens that it was given for; empty: not used
}

interface AuthorizationCodes $Troupe.actor(state = "SweepState", remember = 64) {
  open @0 (codeHash :Text, grant :CodeGrant) -> ();
  # Once. A second time it is not good, and what the first gave is revoked.
  redeem @1 (codeHash :Text, client :Text, redirectUri :Text, verifier :Text $Troupe.secret, family :Text)
    -> (good :Bool, user :Text, scope :List(Text), givenMs :UInt64);
}

# How often somebody may try: a bucket of attempts that fills again.
struct LoginBucket {
  # Table "buckets", by the hash of whose it is.
  fullMs @0 :UInt64;            # when it is full again
}

interface LoginBuckets $Troupe.actor(state = "SweepState", remember = 64) {
  # Takes an attempt of at most `burst`, one of which comes back each `refillMs`.
  take @0 (bucket :Text, burst :UInt32, refillMs :UInt64) -> (taken :Bool, retryAfterMs :UInt64);
  # The attempt was right: it does not count.
  giveBack @1 (bucket :Text, refillMs :UInt64) -> ();
}

# --- what a gateway calls ---

struct Parameter {
  name @0 :Text;
  value @1 :Text $Troupe.secret;
}

# What goes back to the client, with `Cache-Control: no-store`.
struct TokenAnswer {
  status @0 :UInt16;
  body @1 :Text $Troupe.secret;      # JSON; empty: none
  authenticate @2 :Text;             # of the header WWW-Authenticate; empty: none
  retryAfterMs @3 :UInt64;           # of the header Retry-After, rounded up to seconds; 0: none
  location @4 :Text $Troupe.secret;  # of a redirect
}

interface TokenEndpoint $Troupe.actor(placement = "pool") {
  # RFC 6749, 3.2. `authorization`: the header of that name, or empty. `clientAddress`: whose attempts are counted
  # together; empty: nobody's are.
  token @0 (parameters :List(Parameter), authorization :Text $Troupe.secret, clientAddress :Text)
    -> (answer :TokenAnswer) $Troupe.reentrant $Troupe.timeout(20000);
  # RFC 7009.
  revoke @1 (parameters :List(Parameter), authorization :Text $Troupe.secret, clientAddress :Text)
    -> (answer :TokenAnswer) $Troupe.reentrant $Troupe.timeout(20000);
  # RFC 6749, 4.1.1, for a user whom the gateway knows: it asked them, by a page of its own. An empty user: nobody is
  # known. Then a request that is otherwise good is answered with `login_required`, as `prompt=none` wants it, and
  # `asksForLogIn` says that a page may ask instead.
  authorize @2 (parameters :List(Parameter), user :Text) -> (answer :TokenAnswer, asksForLogIn :Bool)
    $Troupe.reentrant;
  # For that page: whether this is the user's password. Counted as at token().
  logIn @3 (user :Text, password :Text $Troupe.secret, clientAddress :Text)
    -> (known :Bool, roles :List(Text), retryAfterMs :UInt64) $Troupe.reentrant $Troupe.timeout(20000);
}
