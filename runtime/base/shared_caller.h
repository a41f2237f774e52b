// Who is asking, as it travels in envelopes: shared by all that one call leads to, as a trace is.
#pragma once

#include <utility>

#include "base/mail.h"
#include "troupe/caller.h"
#include "troupe/error.h"

namespace troupe {

// An envelope without one pays for a null pointer, a nested call for a count. It never changes. Any thread.
class SharedCaller final : public Counted {
 public:
  explicit SharedCaller(Caller caller) noexcept : caller_(std::move(caller)) {}
  [[nodiscard]] const Caller& caller() const noexcept { return caller_; }

 private:
  const Caller caller_;
};
using CallerPtr = Ptr<SharedCaller>;

// `invalid`: past the limits of its parts.
[[nodiscard]] Result<void> check_caller(const Caller& caller);

// Whether `word` is one of `words`, which are parted by spaces. No words hold an empty one.
[[nodiscard]] bool has_word(std::string_view words, std::string_view word) noexcept;
// The first of `words`, which are parted by spaces, that is not among `others`; empty: all are.
[[nodiscard]] std::string_view first_missing(std::string_view words, std::string_view others) noexcept;
// Whether any of `words` is among `others`.
[[nodiscard]] bool any_word(std::string_view words, std::string_view others) noexcept;

}  // namespace troupe
