#include "coordinator/etcd/calls.h"

#include <string.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace troupe::coordinator::etcd {
namespace {

constexpr std::size_t kIdleConnections = 4;  // kept of each endpoint
// How long one that may be gone is waited for before the next is tried.
constexpr std::chrono::milliseconds kConnecting{1000};
constexpr std::chrono::milliseconds kRepeatAfter{1000};
constexpr std::chrono::milliseconds kLeastTry{50};
// Between two rounds over all of them.
constexpr std::chrono::milliseconds kPause{50};

TimePoint soonest(TimePoint until, std::chrono::milliseconds longest) {
  return std::min(until, later(std::chrono::steady_clock::now(), longest));
}

// Half of what is left, so that the next one has as much.
TimePoint share_of(TimePoint until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  return soonest(until, std::clamp(left / 2, kLeastTry, kRepeatAfter));
}

bool says(const Refusal& refusal, std::string_view part) { return refusal.message.find(part) != std::string::npos; }

std::string list(const std::vector<Endpoint>& endpoints) {
  std::string all;
  for (const Endpoint& endpoint : endpoints) all += (all.empty() ? "" : ", ") + endpoint.shown;
  return all;
}

}  // namespace

Credentials::~Credentials() { ::explicit_bzero(password.data(), password.size()); }

Calls::Calls(std::vector<Endpoint> endpoints, std::unique_ptr<Network> network, Credentials credentials)
    : endpoints_(std::move(endpoints)),
      shown_(list(endpoints_)),
      network_(std::move(network)),
      credentials_(std::move(credentials)),
      idle_(endpoints_.size()) {}

Result<std::string> Calls::ask(const Question& question, TimePoint until) {
  std::string why = "there was no time for it";
  int tokens = 0;
  const std::size_t first = preferred();
  for (std::size_t i = 0; std::chrono::steady_clock::now() < until; ++i) {
    const std::size_t endpoint = (first + i) % count();
    const bool last_chance = count() == 1 || !question.repeatable;
    Try tried = try_one(question, endpoint, last_chance ? until : share_of(until));
    if (tried.body) {
      preferred_.store(endpoint, std::memory_order_relaxed);
      return std::move(*tried.body);
    }
    // Not the one to ask first the next time.
    if (!tried.token && (!tried.error || tried.error->kind() == ErrorKind::unknown_outcome))
      preferred_.store((endpoint + 1) % count(), std::memory_order_relaxed);
    if (tried.error) return *tried.error;
    why = endpoints_[endpoint].shown + ": " + tried.why;
    if (tried.token && tokens++ == 0) {
      --i;  // the same one, with another token
      continue;
    }
    if ((i + 1) % count() == 0) std::this_thread::sleep_until(soonest(until, kPause));
  }
  return Error(ErrorKind::unavailable, question.tried + " at etcd (" + shown_ + "): " + why +
                                           "; see that most of its members run and can be reached");
}

Calls::Try Calls::try_one(const Question& question, std::size_t endpoint, TimePoint until) {
  Try tried;
  std::string token;
  if (!credentials_.user.empty()) {
    auto got = this->token(endpoint, until);
    if (!got && got.error().kind() == ErrorKind::unavailable) return tried.why = got.error().message(), tried;
    if (!got) return tried.error = got.error(), tried;
    token = std::move(got).value();
  }
  auto connection = take(endpoint, until, tried.why);
  if (!connection) return tried;
  Broken broken;
  auto answer = connection->ask({question.path, std::move(token), question.body}, until, broken);
  if (!answer) {
    tried.why = broken.why;
    if (!question.repeatable)
      tried.error = Error(ErrorKind::unknown_outcome,
                          question.tried + " at etcd (" + endpoints_[endpoint].shown + "): " + broken.why +
                              "; it may have been done, or may be: read before trying again");
    return tried;
  }
  if (connection->open()) give_back(endpoint, std::move(connection));
  if (answer->status == 200) return tried.body = std::move(answer->body), tried;
  Verdict judged = verdict(question, endpoint, *answer);
  if (judged.token) forget_token();
  tried.token = judged.token;
  tried.why = judged.error.message();
  if (!judged.elsewhere && !judged.token) tried.error = std::move(judged.error);
  return tried;
}

std::unique_ptr<Connection> Calls::take(std::size_t endpoint, TimePoint until, std::string& why) {
  for (;;) {
    std::unique_ptr<Connection> idle;
    {
      const std::lock_guard lock(mutex_);
      if (idle_[endpoint].empty()) break;
      idle = std::move(idle_[endpoint].back());
      idle_[endpoint].pop_back();
    }
    if (idle->open()) return idle;
  }
  return Connection::open(*network_, endpoints_[endpoint], nullptr, soonest(until, kConnecting), why);
}

void Calls::give_back(std::size_t endpoint, std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  if (idle_[endpoint].size() < kIdleConnections) idle_[endpoint].push_back(std::move(connection));
}

void Calls::forget_token() {
  const std::lock_guard lock(mutex_);
  token_.clear();
}

// Whoever needs it first gets it; two at a moment get two, which are as good.
Result<std::string> Calls::token(std::size_t endpoint, TimePoint until) {
  {
    const std::lock_guard lock(mutex_);
    if (!token_.empty()) return token_;
  }
  const Question question{
      .path = "/v3/auth/authenticate", .body = {}, .tried = "cannot show the password of " + credentials_.user};
  std::string why;
  auto connection = take(endpoint, until, why);
  if (!connection) return Error(ErrorKind::unavailable, why);
  Broken broken;
  std::string body = ask_token(credentials_.user, credentials_.password);
  auto answer = connection->ask({question.path, {}, body}, until, broken);
  ::explicit_bzero(body.data(), body.size());
  if (!answer) return Error(ErrorKind::unavailable, broken.why);
  if (answer->status != 200) {
    const Verdict judged = verdict(question, endpoint, *answer);
    return judged.elsewhere ? Error(ErrorKind::unavailable, judged.error.message()) : judged.error;
  }
  auto token = read_token(answer->body);
  if (!token) return token.error();
  if (connection->open()) give_back(endpoint, std::move(connection));
  const std::lock_guard lock(mutex_);
  token_ = token.value();
  return token;
}

Calls::Verdict Calls::verdict(const Question& question, std::size_t endpoint, const HttpAnswer& answer) const {
  const std::string tried = question.tried + " at etcd (" + endpoints_[endpoint].shown + ")";
  if (const auto refusal = read_refusal(answer.body)) return judge(tried, *refusal, question.repeatable);
  return {
      Error(ErrorKind::invalid, tried + ": it answered " + std::to_string(answer.status) +
                                    " and is no etcd 3.4 or later with its JSON gateway; look at the endpoint, and at "
                                    "--enable-grpc-gateway"),
      false, false};
}

Calls::Verdict Calls::judge(const std::string& tried, const Refusal& refusal, bool repeatable) {
  const auto error = [&](ErrorKind kind, const char* advice) {
    return Error(kind, tried + ": " + refusal.message + advice);
  };
  if (says(refusal, "database space exceeded"))
    return {error(ErrorKind::overloaded,
                  "; compact and defragment it, or raise --quota-backend-bytes, then: etcdctl alarm disarm")};
  if (says(refusal, "too many requests")) return {error(ErrorKind::overloaded, "; slow down")};
  if (says(refusal, "no leader") || says(refusal, "not leader")) return {error(ErrorKind::unavailable, ""), true};
  if (says(refusal, "invalid auth token") || says(refusal, "revision of auth store is old"))
    return {error(ErrorKind::unavailable, ""), false, true};
  if (says(refusal, "user name is empty"))
    return {
        error(ErrorKind::unauthenticated, "; it wants a user and a password_file in the coordinator's configuration")};
  if (says(refusal, "invalid user ID or password"))
    return {error(ErrorKind::unauthenticated, "; look at user and password_file")};
  if (says(refusal, "authentication is not enabled"))
    return {error(ErrorKind::invalid, "; take user and password_file out of the coordinator's configuration")};
  if (says(refusal, "CommonName of client sending a request"))
    return {error(ErrorKind::invalid, "; its JSON gateway wants a client certificate without a common name")};
  if (says(refusal, "permission denied")) return {error(ErrorKind::denied, "; grant the user all keys of the prefix")};
  if (says(refusal, "too large"))
    return {error(ErrorKind::invalid, "; raise --max-request-bytes of etcd to its default")};
  if (says(refusal, "too many operations"))
    return {error(ErrorKind::invalid, "; raise --max-txn-ops of etcd to its default, 128")};
  constexpr int kInvalidArgument = 3, kNotFound = 5, kExists = 6, kPrecondition = 9, kOutOfRange = 11,
                kUnimplemented = 12;
  switch (refusal.code) {
    case kInvalidArgument:
    case kNotFound:
    case kExists:
    case kPrecondition:
    case kOutOfRange: return {error(ErrorKind::invalid, "")};
    case kUnimplemented: return {error(ErrorKind::unimplemented, "")};
    default: break;
  }
  // A leader that went, a proposal that timed out: what was asked may be done still.
  if (repeatable) return {error(ErrorKind::unavailable, ""), true};
  return {error(ErrorKind::unknown_outcome, "; it may have been done, or may be: read before trying again")};
}

Result<Calls::Stream> Calls::stream(const Question& question, Stop& stop, std::size_t first, TimePoint until) {
  const std::size_t endpoint = first % count();
  const auto refuse = [&](const std::string& why) {
    return Error(ErrorKind::unavailable, question.tried + " at etcd (" + endpoints_[endpoint].shown + "): " + why);
  };
  std::string token, why;
  if (!credentials_.user.empty()) {
    auto got = this->token(endpoint, until);
    if (!got) return got.error();
    token = std::move(got).value();
  }
  Stream stream{Connection::open(*network_, endpoints_[endpoint], &stop, soonest(until, kConnecting), why), endpoint};
  if (!stream.connection) return refuse(why);
  Broken broken;
  const auto answer = stream.connection->begin_stream({question.path, std::move(token), question.body}, until, broken);
  if (!answer) return refuse(broken.why);
  if (answer->status == 200) return stream;
  const Verdict judged = verdict(question, endpoint, *answer);
  if (judged.token) forget_token();
  return judged.error;
}

bool Calls::answers(std::size_t endpoint, TimePoint until) {
  std::string why;
  const auto connection = Connection::open(*network_, endpoints_[endpoint], nullptr, until, why);
  Broken broken;
  return connection && connection->ask({"/v3/maintenance/status", {}, "{}"}, until, broken).has_value();
}

}  // namespace troupe::coordinator::etcd
