// What is known of one connection, and what it has taken of the limits. Its loop's thread; it outlives the connection
// as long as a capability does.
#pragma once

#include <kj/async.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "rpc/limits.h"
#include "rpc/shared.h"

namespace troupe::rpc {

using Moment = std::chrono::steady_clock::time_point;

// What the limits of time are held against.
struct Times {
  Moment opened{};
  Moment last_message{};
  std::optional<Moment> message_since{};  // one is here in part
  std::optional<Moment> write_since{};    // the peer takes none
  bool handshaken = true;
  bool authenticated = false;
  bool token_wanted = false;
  bool busy = false;  // a call is under way
};

// Which limit the connection is past, by its name; empty: none. Pure.
[[nodiscard]] std::string_view overdue(const Times& times, const Limits& limits, Moment now) noexcept;

class Standing {
 public:
  Standing(std::shared_ptr<Shared> all, std::string peer_address);

  [[nodiscard]] const Limits& limits() const noexcept { return shared->options.limits; }

  // The peer asks something, and is to get an answer. Throws kj::Exception past `answers`.
  void asked();
  // An answer has left.
  void answered() noexcept;
  // The peer is done with one.
  void finished() noexcept;
  // Nothing is owed to the peer.
  [[nodiscard]] bool owes_nothing() const noexcept { return unanswered_ == 0; }

  // A call of an actor, as long as what it gives lives. An error: a limit.
  class UnderWay {
   public:
    explicit UnderWay(std::shared_ptr<Standing> of) noexcept : of_(std::move(of)) { ++of_->calls_; }
    ~UnderWay() {
      --of_->calls_;
      --of_->shared->counts.calls;
    }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;
    [[nodiscard]] const Standing& of() const noexcept { return *of_; }

   private:
    const std::shared_ptr<Standing> of_;
  };
  [[nodiscard]] static Result<std::unique_ptr<UnderWay>> begin_call(const std::shared_ptr<Standing>& self);
  // One token more that is being looked at, as long as what it gives lives. An error: a limit.
  class Looking {
   public:
    explicit Looking(std::shared_ptr<Standing> of) noexcept : of_(std::move(of)) { ++of_->tokens_; }
    ~Looking() { --of_->tokens_; }
    Looking(const Looking&) = delete;
    Looking& operator=(const Looking&) = delete;

   private:
    const std::shared_ptr<Standing> of_;
  };
  [[nodiscard]] static Result<std::unique_ptr<Looking>> look_at_token(const std::shared_ptr<Standing>& self);
  // One capability more, as long as what it gives lives. An error: a limit.
  class Held {
   public:
    explicit Held(std::shared_ptr<Standing> of) noexcept : of_(std::move(of)) { ++of_->capabilities_; }
    ~Held() { --of_->capabilities_; }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    [[nodiscard]] const std::shared_ptr<Standing>& of() const noexcept { return of_; }

   private:
    const std::shared_ptr<Standing> of_;
  };
  [[nodiscard]] static Result<std::unique_ptr<Held>> hold(const std::shared_ptr<Standing>& self);

  // Closes the connection; the peer is told why, if it reads. The first reason counts.
  void close(kj::Exception why);
  // The same when the server goes.
  void leave();
  // The peer broke the protocol, or what it sent is past a limit; it is being told so.
  void broke(std::string_view why);
  // Fails with that reason when the connection is to be closed.
  [[nodiscard]] kj::Promise<void> until_closed();
  [[nodiscard]] bool closing() const noexcept { return closing_; }

  const std::shared_ptr<Shared> shared;
  const std::string peer;
  Times times;
  std::size_t bad_tokens = 0;

 private:
  std::size_t unanswered_ = 0;
  std::size_t unfinished_ = 0;
  std::size_t calls_ = 0;
  std::size_t capabilities_ = 0;
  std::size_t tokens_ = 0;
  bool closing_ = false;
  kj::Own<kj::PromiseFulfiller<void>> close_;
  kj::ForkedPromise<void> closed_;
};

}  // namespace troupe::rpc
