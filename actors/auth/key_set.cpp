#include "auth/key_set.h"

#include <algorithm>
#include <utility>

#include "auth/limits.h"
#include "troupe/error.h"

namespace troupe::auth {

void KeySet::add(SigningKey key, std::uint64_t now_ms, Milliseconds announce, Milliseconds overlap) {
  using std::chrono::milliseconds;
  if (milliseconds(announce).count() < 0 || milliseconds(overlap).count() < 0)
    throw Error(ErrorKind::invalid, "a key is announced and overlaps for no time less than zero");
  tidy(now_ms);
  if (held_.size() >= limits::kMaxHeldKeys)
    throw Refusal("too_many_keys", "the issuer holds its " + std::to_string(held_.size()) +
                                       " keys; wait until one retires, or remove one");
  const bool first = signing_index(now_ms) == held_.size();
  const std::uint64_t signs_from = first ? now_ms : later(now_ms, announce);
  for (auto& earlier : held_) earlier.retires_ms = std::min(earlier.retires_ms, later(signs_from, overlap));
  auto verifying = std::make_shared<const VerifyingKey>(key.verifying());
  held_.push_back({.verifying = std::move(verifying), .signing = std::move(key), .signs_from_ms = signs_from});
}

bool KeySet::tidy(std::uint64_t now_ms) {
  const auto dropped = std::erase_if(held_, [&](const HeldKey& key) { return key.retires_ms <= now_ms; });
  const std::size_t signing = signing_index(now_ms);
  bool changed = dropped > 0;
  for (std::size_t i = 0; i < signing && signing < held_.size(); ++i) {
    changed = changed || held_[i].signing.has_value();
    held_[i].signing.reset();
  }
  return changed;
}

bool KeySet::remove(std::string_view key_id) {
  return std::erase_if(held_, [&](const HeldKey& key) { return key.verifying->id() == key_id; }) > 0;
}

std::size_t KeySet::signing_index(std::uint64_t now_ms) const {
  std::size_t found = held_.size();
  for (std::size_t i = 0; i < held_.size(); ++i) {
    if (!held_[i].signing || held_[i].retires_ms <= now_ms) continue;
    // A clock that was set back finds none that has begun: then the first, which verifiers have known longest.
    if (held_[i].signs_from_ms <= now_ms || found == held_.size()) found = i;
  }
  return found;
}

const SigningKey* KeySet::signing(std::uint64_t now_ms) const {
  const std::size_t i = signing_index(now_ms);
  return i == held_.size() ? nullptr : &*held_[i].signing;
}

std::vector<KeyPointer> KeySet::verifying(std::uint64_t now_ms) const {
  std::vector<KeyPointer> keys;
  for (const auto& key : held_)
    if (key.retires_ms > now_ms) keys.push_back(key.verifying);
  return keys;
}

KeyPointer KeySet::find(std::string_view key_id, std::uint64_t now_ms) const {
  for (const auto& key : held_)
    if (key.verifying->id() == key_id && key.retires_ms > now_ms) return key.verifying;
  return nullptr;
}

std::uint64_t KeySet::next_change_ms(std::uint64_t now_ms) const {
  std::uint64_t next = std::numeric_limits<std::uint64_t>::max();
  for (const auto& key : held_) {
    next = std::min(next, key.retires_ms);
    if (key.signs_from_ms > now_ms) next = std::min(next, key.signs_from_ms);
  }
  return next;
}

}  // namespace troupe::auth
