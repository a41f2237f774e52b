#include "auth/issuer_keys.h"

#include <exception>
#include <utility>

#include "troupe/duration.h"

namespace troupe::auth {

IssuerKeys::IssuerKeys(IssuerKeysOptions options) : options_(std::move(options)) {
  if (!options_.fetch) throw Error(ErrorKind::invalid, "an issuer's keys want a function that fetches them");
  for (const auto time : {options_.refresh_every, options_.min_interval, options_.keep})
    if (time.count() < 0) throw Error(ErrorKind::invalid, "an issuer's keys are given a time less than zero");
  if (!options_.now) options_.now = [] { return std::chrono::steady_clock::now(); };
}

KeyPointer IssuerKeys::find(std::string_view key_id) {
  const Time now = options_.now();
  std::unique_lock lock(mutex_);
  KeyPointer found = look_up(key_id, now);
  if (fetching_) {
    if (found || fetching_ == std::this_thread::get_id()) return found;
    fetched_.wait(lock, [&] { return !fetching_; });
    return look_up(key_id, now);
  }
  if ((found && !stale(now)) || !may_fetch(now)) return found;
  fetch(lock, now);
  return look_up(key_id, now);
}

KeyPointer IssuerKeys::known(std::string_view key_id) const {
  const Time now = options_.now();
  const std::lock_guard lock(mutex_);
  return look_up(key_id, now);
}

bool IssuerKeys::would_wait(std::string_view key_id) const {
  const Time now = options_.now();
  const std::lock_guard lock(mutex_);
  const bool found = look_up(key_id, now) != nullptr;
  if (fetching_) return !found;
  return (!found || stale(now)) && may_fetch(now);
}

KeyPointer IssuerKeys::look_up(std::string_view key_id, Time now) const {
  if (!renewed_ || later(*renewed_, options_.keep) <= now) return nullptr;
  for (const auto& key : keys_)
    if (key->id() == key_id) return key;
  return nullptr;
}

bool IssuerKeys::may_fetch(Time now) const { return !tried_ || later(*tried_, options_.min_interval) <= now; }

bool IssuerKeys::stale(Time now) const { return !renewed_ || later(*renewed_, options_.refresh_every) <= now; }

void IssuerKeys::fetch(std::unique_lock<std::mutex>& lock, Time now) {
  fetching_ = std::this_thread::get_id();
  tried_ = now;
  lock.unlock();
  std::vector<std::string> complaints;
  std::optional<std::vector<KeyPointer>> fresh;
  try {
    auto published = read_jwks(options_.fetch());
    if (published) {
      complaints = std::move(published->refused);
      fresh = std::move(published->keys);
    } else {
      complaints.push_back(published.error().message());
    }
  } catch (const std::exception& e) {
    complaints.push_back(std::string("fetching an issuer's keys failed: ") + e.what());
  } catch (...) {
    complaints.emplace_back("fetching an issuer's keys failed");
  }
  try {
    if (options_.complain)
      for (const auto& complaint : complaints) options_.complain(complaint);
  } catch (...) {  // whoever is told has no say in which keys there are
  }
  lock.lock();
  if (fresh) {
    // A key that is as it was stays the same object: what was remembered for it holds.
    for (auto& key : *fresh)
      for (const auto& old : keys_)
        if (old->jwk() == key->jwk()) key = old;
    keys_ = std::move(*fresh);
    renewed_ = now;
  }
  fetching_.reset();
  fetched_.notify_all();
}

TrustedIssuer trust(std::string name, std::shared_ptr<IssuerKeys> keys, TokenType type) {
  if (!keys) throw Error(ErrorKind::invalid, "the issuer '" + name + "' is trusted by no keys");
  return {std::move(name), [keys](std::string_view id) { return keys->find(id); }, type,
          [keys](std::string_view id) { return keys->would_wait(id); }};
}

}  // namespace troupe::auth
