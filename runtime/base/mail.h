// What a mailbox holds: an intrusive node, so that posting allocates nothing.
#pragma once

#include <cstdint>

namespace troupe {

class Mail {
 public:
  enum class Kind : std::uint8_t {
    call,     // an Envelope on its way to the callee
    reply,    // the same Envelope on its way back
    control,  // for the runtime itself: never behind a full mailbox, never behind a running turn
  };

  explicit Mail(Kind kind) noexcept : kind_(kind) {}
  Mail(const Mail&) = delete;
  Mail& operator=(const Mail&) = delete;

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  void kind(Kind kind) noexcept { kind_ = kind; }

  // Called instead of delivery when the mailbox it sits in closes for ever.
  virtual void discard() noexcept = 0;

  Mail* next_mail = nullptr;

 protected:
  virtual ~Mail() = default;

 private:
  Kind kind_;
};

}  // namespace troupe
