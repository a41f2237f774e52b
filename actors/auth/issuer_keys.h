// The keys of an issuer elsewhere, as its published set has them: fetched by a function that the host gives, kept, and
// fetched again when they grow old or a token names a key that is not among them. However many such tokens come, the
// issuer is asked once in a while. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "auth/jwks.h"
#include "auth/jwt.h"

namespace troupe::auth {

struct IssuerKeysOptions {
  // Gives the document; may block, as long as its own timeout says, and throw.
  std::function<std::string()> fetch;
  // Keys older than this are fetched again by the next find(); the old ones serve the others meanwhile.
  std::chrono::milliseconds refresh_every{15 * 60'000};
  // Between the begins of two fetches, whatever is looked for.
  std::chrono::milliseconds min_interval{10'000};
  // When fetching fails for so long, the keys that are there are dropped: one of them may have been withdrawn.
  std::chrono::milliseconds keep{24 * 3'600'000};
  // Is told why a fetch failed, and which published keys are refused. Called on the thread that fetches; may be empty.
  std::function<void(const std::string&)> complain{};
  // The time that passes; empty: the machine's.
  std::function<std::chrono::steady_clock::time_point()> now{};
};

class IssuerKeys {
 public:
  // Throws `invalid` for an empty `fetch`, and for times that are negative.
  explicit IssuerKeys(IssuerKeysOptions options);

  // May fetch, on this thread, or wait for another's fetch: for threads that may block.
  [[nodiscard]] KeyPointer find(std::string_view key_id);
  // Never blocks for longer than a lock.
  [[nodiscard]] KeyPointer known(std::string_view key_id) const;
  // Whether find() would fetch or wait now.
  [[nodiscard]] bool would_wait(std::string_view key_id) const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  [[nodiscard]] KeyPointer look_up(std::string_view key_id, Time now) const;
  [[nodiscard]] bool may_fetch(Time now) const;
  [[nodiscard]] bool stale(Time now) const;
  // Gives the lock up while it fetches.
  void fetch(std::unique_lock<std::mutex>& lock, Time now);

  IssuerKeysOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable fetched_;
  std::vector<KeyPointer> keys_;
  std::optional<Time> tried_;    // when the last fetch began
  std::optional<Time> renewed_;  // when the last one that succeeded began
  std::optional<std::thread::id> fetching_;
};

// An issuer whose keys are those.
[[nodiscard]] TrustedIssuer trust(std::string name, std::shared_ptr<IssuerKeys> keys,
                                  TokenType type = TokenType::access);

}  // namespace troupe::auth
