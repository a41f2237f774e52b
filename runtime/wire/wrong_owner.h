// The answer of a node that does not own the called actor. To the caller it is an error like any other; to the caller's
// router it says where the call belongs.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "troupe/error.h"

namespace troupe::wire {

class WrongOwner final : public Error {
 public:
  // `owner`: the node that owns the actor's partition, and since `epoch`, as the answering node knows it.
  WrongOwner(std::string message, std::string owner, std::uint64_t epoch)
      : Error(ErrorKind::unavailable, std::move(message)), owner_(std::move(owner)), epoch_(epoch) {}
  [[nodiscard]] const std::string& owner() const noexcept { return owner_; }
  [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_; }

 private:
  std::string owner_;
  std::uint64_t epoch_;
};

}  // namespace troupe::wire
