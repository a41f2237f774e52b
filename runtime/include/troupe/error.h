// What can go wrong with a call, sorted by what the caller should do next.
//
// A `Refusal` is the business saying no: the turn is rolled back and the actor lives on. An `Error` is the
// runtime saying no. Any other exception that leaves a handler is a crash of the activation.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace troupe {

// The numbers travel on the wire and stay as they are.
enum class ErrorKind : std::uint8_t {
  refused = 1,          // the actor's own rules say no; `code()` says which
  invalid = 2,          // the request can never work as it stands
  not_found = 3,        // no such service or method
  unauthenticated = 4,  // who is asking is not known
  denied = 5,           // who is asking may not
  unavailable = 6,      // did not run; may work later
  overloaded = 7,       // did not run; slow down
  deadline = 8,         // no answer in time; `may_have_run()` says what is known
  unknown_outcome = 9,  // may have run, and nobody can say
  unimplemented = 10,   // the method exists but this actor does not have it
  corrupt = 11,         // bytes on disk or on the wire are not what they should be
  failed = 12,          // the handler crashed; its turn was rolled back
  cancelled = 13,       // its caller gave it up; `may_have_run()` says what is known
};

// The kind's name as it stands in logs and JSON: "unknown_outcome".
[[nodiscard]] std::string_view to_string(ErrorKind kind) noexcept;
// The HTTP status a gateway answers with.
[[nodiscard]] int http_status(ErrorKind kind) noexcept;

class Error : public std::exception {
 public:
  // `message` says what was tried, on what, what came back, and what to do if that is known.
  Error(ErrorKind kind, std::string message) : Error(kind, {}, std::move(message)) {}
  Error(ErrorKind kind, std::string code, std::string message);

  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
  // For programs: a refusal's reason ("out_of_stock"), or a word of a component's ("token_expired"); mostly empty.
  [[nodiscard]] const std::string& code() const noexcept { return code_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  // "refused(out_of_stock): 2 wanted, 1 on hand"
  [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }
  // Whether an effect of the call may exist. False means it is safe to try again under a new id.
  [[nodiscard]] bool may_have_run() const noexcept { return may_have_run_; }
  Error& may_have_run(bool yes) noexcept {
    may_have_run_ = yes;
    return *this;
  }
  // `overloaded`: when it is worth trying again, as far as whoever refused can tell; zero: nobody can. It travels with
  // the error. Who retries waits at least that long, and a little more by chance, or all come back together.
  [[nodiscard]] std::chrono::milliseconds retry_after() const noexcept { return retry_after_; }
  Error& retry_after(std::chrono::milliseconds wait) noexcept {
    retry_after_ = wait;
    return *this;
  }

 private:
  ErrorKind kind_;
  bool may_have_run_;
  std::chrono::milliseconds retry_after_{0};
  std::string code_;
  std::string message_;
  std::string what_;
};

class Refusal : public Error {
 public:
  // `code`: one stable word for programs ("out_of_stock"); `message`: a sentence for people.
  Refusal(std::string code, std::string message) : Error(ErrorKind::refused, std::move(code), std::move(message)) {}
};

// A value or the Error that stands in its place.
template <class T = void>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit on purpose
  Result(Error error) : held_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  [[nodiscard]] bool ok() const noexcept { return held_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }
  // Throws the Error when there is no value.
  T& value() & { return require(), std::get<0>(held_); }
  T value() && { return require(), std::get<0>(std::move(held_)); }
  const T& value() const& { return require(), std::get<0>(held_); }
  T& operator*() & { return value(); }
  T* operator->() { return &value(); }
  // Only when !ok().
  [[nodiscard]] const Error& error() const { return std::get<1>(held_); }

 private:
  void require() const {
    if (!ok()) throw std::get<1>(held_);
  }
  std::variant<T, Error> held_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : held_(std::move(error)) {}  // NOLINT: implicit on purpose

  [[nodiscard]] bool ok() const noexcept { return held_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }
  void value() const {
    if (!ok()) throw std::get<1>(held_);
  }
  [[nodiscard]] const Error& error() const { return std::get<1>(held_); }

 private:
  std::variant<std::monostate, Error> held_;
};

}  // namespace troupe
