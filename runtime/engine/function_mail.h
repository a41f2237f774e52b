// A function that runs where its recipient receives mail.
#pragma once

#include <functional>
#include <future>
#include <memory>

#include "base/mail.h"
#include "base/steps.h"

namespace troupe::engine {

class FunctionMail final : public Mail {
 public:
  // False: the recipient is closed for ever, and the function is destroyed unrun. Any thread.
  static bool post(Recipient& to, std::function<void()> function) {
    auto* mail = new FunctionMail(std::move(function));
    if (to.post(mail)) return true;
    mail->discard();
    return false;
  }

  // Waits until the scheduled actor has run it; not for one that is closed. Any thread but an actor's.
  template <class ScheduledActor>
  static void done_by(ScheduledActor& to, std::function<void()> function) {
    auto done = std::make_shared<std::promise<void>>();
    auto ended = done->get_future();
    // Let go of unrun when the recipient is closed: then nothing waits.
    post(to, [function = std::move(function), done = std::move(done)] {
      function();
      done->set_value();
    });
    wait_until_ready(ended, to.engine().steps());
  }

  // For a recipient whose mail of kind `control` is all of this class. Runs and destroys it.
  static void run(Mail* mail) {
    std::unique_ptr<FunctionMail> owned(static_cast<FunctionMail*>(mail));
    owned->function_();
  }

  void discard() noexcept override { delete this; }
  ~FunctionMail() override = default;

 private:
  explicit FunctionMail(std::function<void()> function) : Mail(Kind::control), function_(std::move(function)) {}

  const std::function<void()> function_;
};

}  // namespace troupe::engine
