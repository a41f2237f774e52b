// Holds a request with an Idempotency-Key back until it is known that the key was used for no other request, and that
// the first is not under way. That it runs once is its actor's doing, under the id that comes of the key. Any thread.
//
// What is under way is renewed every kRenewFlights by a thread of the guard's: when the gateway is gone for good, its
// keys are in flight no longer than kFlightLease.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "gateway/flights.h"
#include "gateway/http/response.h"
#include "troupe/node.h"

namespace troupe::gateway {

class KeyGuard : public std::enable_shared_from_this<KeyGuard> {
 public:
  // `keep`: for how long it is remembered what a key was used for, kMostKeyKept at most. The node outlives it.
  KeyGuard(Node& node, std::chrono::milliseconds keep);
  ~KeyGuard();
  KeyGuard(const KeyGuard&) = delete;
  KeyGuard& operator=(const KeyGuard&) = delete;

  // One request that came under a key.
  struct Use {
    std::string id;  // key_id()
    std::uint64_t run;
  };
  // Of a request that is about to run under the key of that id.
  [[nodiscard]] Use use(std::string id) const;

  struct Verdict {
    enum class Is : std::uint8_t {
      free,       // it may run, and close() is to be called when it has
      in_flight,  // the first request under this key is the same one, and under way
      other,      // the key was used for another request
      unknown     // that cannot be looked up now; `why` says more
    };
    Is is = Is::free;
    std::string why{};
  };
  using Then = std::function<void(Verdict)>;
  // `at_most`: how long it may run. `then` is called once, on this thread or one of the runtime's; it must not throw.
  void open(const Use& use, std::string_view fingerprint, std::chrono::milliseconds at_most, Then then);
  void close(const Use& use) noexcept;
  // Renews nothing any more. Once the gateway takes no requests; once is enough.
  void stop() noexcept;

 private:
  void forget(const Use& use) noexcept;
  void renew_as_long_as_it_runs();
  void renew(const std::vector<Flights::Flight>& flights) noexcept;

  Node& node_;
  const std::chrono::milliseconds keep_;
  std::mutex gate_;  // guards what follows
  std::condition_variable changed_;
  bool stopped_ = false;
  Flights flights_;
  std::thread renews_;
};

// What a gateway answers; nothing: the request may run.
[[nodiscard]] std::optional<http::Response> refusal_of(const KeyGuard::Verdict& verdict, std::string_view trace_id);

}  // namespace troupe::gateway
