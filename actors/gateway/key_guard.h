// Holds a request with an Idempotency-Key back until it is known that the key was used for no other request, and that
// the first is not under way. That it runs once is its actor's doing, under the id that comes of the key. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gateway/http/response.h"
#include "troupe/node.h"

namespace troupe::gateway {

class KeyGuard : public std::enable_shared_from_this<KeyGuard> {
 public:
  // `keep`: for how long it is remembered what a key was used for, kMostKeyKept at most.
  KeyGuard(Node& node, std::chrono::milliseconds keep) : node_(node), keep_(keep) {}

  // One request that came under a key.
  struct Use {
    std::string id;  // key_id()
    std::uint64_t run;
  };
  // Of a request that is about to run under the key of that id.
  [[nodiscard]] Use use(std::string id) const;

  // Nothing: it may run, and close() is to be called when it has.
  using Then = std::function<void(std::optional<http::Response> refusal)>;
  // `at_most`: how long it may run. `then` is called once, on this thread or one of the runtime's; it must not throw.
  void open(const Use& use, std::string_view fingerprint, std::chrono::milliseconds at_most, std::string trace_id,
            Then then);
  void close(const Use& use) noexcept;

 private:
  Node& node_;
  const std::chrono::milliseconds keep_;
};

}  // namespace troupe::gateway
