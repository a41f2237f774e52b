#include "auth/token_keys.h"

#include <limits>
#include <utility>

#include "auth/jwt.h"
#include "auth/limits.h"
#include "auth/wall_time.h"
#include "auth/words.h"

namespace troupe::auth {
namespace {

constexpr std::string_view kTidy = "tidy";
constexpr std::string_view kRotate = "rotate";
constexpr auto kNeverMs = std::numeric_limits<std::uint64_t>::max();

}  // namespace

KeySet TokenKeysRole::stored_keys() const {
  std::vector<HeldKey> held;
  for (const auto stored : state().getKeys()) {
    auto verifying = VerifyingKey::from_jwk(text_of(stored.getJwk()));
    if (!verifying)
      throw Error(ErrorKind::corrupt, "a key of the issuer " + std::string(key()) + ": " + verifying.error().message());
    HeldKey one{.verifying = std::make_shared<const VerifyingKey>(std::move(*verifying)),
                .signing = {},
                .signs_from_ms = stored.getSignsFromMs(),
                .retires_ms = stored.getRetiresMs()};
    if (stored.getPrivateKey().size() > 0) {
      auto signing = SigningKey::from_stored(bytes_of(stored.getPrivateKey()));
      if (!signing) throw Error(ErrorKind::corrupt, signing.error().message());
      one.signing = std::move(*signing);
    }
    held.push_back(std::move(one));
  }
  return KeySet(std::move(held));
}

void TokenKeysRole::store(const KeySet& keys) {
  const std::uint64_t revision = state().getRevision() + 1;
  auto to = edit();
  to.setRevision(revision);
  auto list = to.initKeys(static_cast<unsigned>(keys.held().size()));
  for (unsigned i = 0; i < list.size(); ++i) {
    const HeldKey& key = keys.held()[i];
    if (key.signing) list[i].setPrivateKey(data_of(key.signing->stored()));
    list[i].setJwk(key.verifying->jwk());
    list[i].setSignsFromMs(key.signs_from_ms);
    list[i].setRetiresMs(key.retires_ms);
  }
  wake_for(keys);
}

void TokenKeysRole::wake_for(const KeySet& keys) {
  const std::uint64_t next = keys.next_change_ms(wall_ms(now()));
  if (next == kNeverMs) {
    cancel_reminder(kTidy);
  } else {
    remind_at(kTidy, epoch_moment(next));
  }
}

const KeySet& TokenKeysRole::committed_keys() {
  if (!committed_ || committed_revision_ != state().getRevision()) {
    committed_ = stored_keys();
    committed_revision_ = state().getRevision();
  }
  return *committed_;
}

Task<std::string> TokenKeysRole::add_key(KeySet keys) {
  const auto algorithm = config_->algorithm;
  const auto bits = config_->rsa_bits;
  const auto make = [algorithm, bits] { return SigningKey::generate(algorithm, bits); };
  SigningKey fresh = co_await blocking(make);
  std::string id = fresh.verifying().id();
  keys.add(std::move(fresh), wall_ms(now()), config_->announce, config_->access_life + limits::kMaxClockSkew);
  store(keys);
  if (config_->rotate_every.count() > 0) remind_in(kRotate, config_->rotate_every);
  co_return id;
}

Task<> TokenKeysRole::prepare(PrepareParams::Reader, PrepareResults::Builder) {
  KeySet keys = stored_keys();
  if (keys.signing(wall_ms(now()))) co_return;
  (void)co_await add_key(std::move(keys));
}

Task<> TokenKeysRole::sign(SignParams::Reader in, SignResults::Builder out) {
  const SigningKey* signing = committed_keys().signing(wall_ms(now()));
  if (!signing) throw Refusal("no_key", "the issuer " + std::string(key()) + " has no key yet; call prepare");
  auto claims = read_claims(text_of(in.getClaims()));
  if (!claims) throw Error(ErrorKind::invalid, claims.error().message());
  out.setToken(make_token(*signing, *claims));
  co_return;
}

Task<> TokenKeysRole::publish(PublishParams::Reader, PublishResults::Builder out) {
  const auto keys = committed_keys().verifying(wall_ms(now()));
  if (keys.empty()) throw Refusal("no_key", "the issuer " + std::string(key()) + " has no key yet; call prepare");
  out.setJwks(write_jwks(keys));
  co_return;
}

Task<> TokenKeysRole::rotate(RotateParams::Reader, RotateResults::Builder out) {
  out.setKeyId(co_await add_key(stored_keys()));
}

Task<> TokenKeysRole::remove(RemoveParams::Reader in, RemoveResults::Builder) {
  KeySet keys = stored_keys();
  if (!keys.remove(text_of(in.getKeyId())))
    throw Refusal("no_such_key", "the issuer " + std::string(key()) + " holds no key of that id");
  if (!keys.signing(wall_ms(now()))) {
    (void)co_await add_key(std::move(keys));
  } else {
    store(keys);
  }
}

Task<> TokenKeysRole::on_reminder(std::string_view name) {
  KeySet keys = stored_keys();
  if (name == kRotate) {
    // With a full set the next one waits until a key retires.
    if (keys.held().size() < limits::kMaxHeldKeys) {
      (void)co_await add_key(std::move(keys));
    } else {
      remind_in(kRotate, config_->rotate_every);
    }
    co_return;
  }
  if (keys.tidy(wall_ms(now()))) {
    store(keys);
  } else {
    wake_for(keys);
  }
}

}  // namespace troupe::auth
