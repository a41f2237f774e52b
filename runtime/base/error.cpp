#include "troupe/error.h"

namespace troupe {

std::string_view to_string(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::refused: return "refused";
    case ErrorKind::invalid: return "invalid";
    case ErrorKind::not_found: return "not_found";
    case ErrorKind::unauthenticated: return "unauthenticated";
    case ErrorKind::denied: return "denied";
    case ErrorKind::unavailable: return "unavailable";
    case ErrorKind::overloaded: return "overloaded";
    case ErrorKind::deadline: return "deadline";
    case ErrorKind::unknown_outcome: return "unknown_outcome";
    case ErrorKind::unimplemented: return "unimplemented";
    case ErrorKind::corrupt: return "corrupt";
    case ErrorKind::failed: return "failed";
    case ErrorKind::cancelled: return "cancelled";
  }
  return "failed";
}

int http_status(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::refused: return 409;
    case ErrorKind::invalid: return 400;
    case ErrorKind::not_found: return 404;
    case ErrorKind::unauthenticated: return 401;
    case ErrorKind::denied: return 403;
    case ErrorKind::unavailable: return 503;
    case ErrorKind::overloaded: return 429;
    case ErrorKind::deadline: return 504;
    case ErrorKind::unknown_outcome: return 502;
    case ErrorKind::unimplemented: return 501;
    case ErrorKind::corrupt: return 500;
    case ErrorKind::failed: return 500;
    case ErrorKind::cancelled: return 499;  // what proxies say of a client that went away
  }
  return 500;
}

Error::Error(ErrorKind kind, std::string code, std::string message)
    : kind_(kind),
      may_have_run_(kind == ErrorKind::unknown_outcome || kind == ErrorKind::deadline),
      code_(std::move(code)),
      message_(std::move(message)) {
  what_ = to_string(kind_);
  if (!code_.empty()) what_ += "(" + code_ + ")";
  what_ += ": " + message_;
}

}  // namespace troupe
