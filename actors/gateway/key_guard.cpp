#include "gateway/key_guard.h"

#include <algorithm>
#include <functional>
#include <random>

#include "gateway/problem.h"
#include "gateway/shared.capnp.troupe.h"
#include "gateway/used_keys.h"
#include "troupe/duration.h"

namespace troupe::gateway {
namespace {

using Opened = Result<Reply<IdempotencyKeys::OpenResults>>;

KeyGuard::Verdict verdict_of(const Opened& opened) {
  using Is = KeyGuard::Verdict::Is;
  if (!opened.ok()) return {Is::unknown, opened.error().message()};
  const auto& told = opened.value();
  switch (told->getMay()) {
    case IdempotencyKeys::May::RUN: return {Is::free};
    case IdempotencyKeys::May::IS_OTHER: return {Is::other};
    case IdempotencyKeys::May::IS_IN_FLIGHT: break;
  }
  return {Is::in_flight};
}

}  // namespace

KeyGuard::KeyGuard(Node& node, std::chrono::milliseconds keep) : node_(node), keep_(keep) {
  renews_ = std::thread([this] { renew_as_long_as_it_runs(); });
}

KeyGuard::~KeyGuard() { stop(); }

void KeyGuard::stop() noexcept {
  {
    const std::lock_guard lock(gate_);
    stopped_ = true;
  }
  changed_.notify_all();
  if (renews_.joinable()) renews_.join();
}

void KeyGuard::forget(const Use& use) noexcept {
  const std::lock_guard lock(gate_);
  flights_.end(use.run);
}

void KeyGuard::renew_as_long_as_it_runs() {
  std::unique_lock lock(gate_);
  while (!stopped_) {
    changed_.wait_until(lock, later(std::chrono::steady_clock::now(), kRenewFlights), [&] { return stopped_; });
    if (stopped_) break;
    const auto due = flights_.due(std::chrono::steady_clock::now());
    lock.unlock();
    for (const auto& flights : due) renew(flights);
    lock.lock();
  }
}

void KeyGuard::renew(const std::vector<Flights::Flight>& flights) noexcept {
  try {
    auto ref = node_.ref<IdempotencyKeys>(key_shard(flights.front().id));
    ref.timeout(kRenewFlights);
    ref.renew([&](auto params) {
         params.setForMs(static_cast<std::uint32_t>(kFlightLease.count()));
         auto list = params.initFlights(static_cast<unsigned>(flights.size()));
         for (unsigned i = 0; i < flights.size(); ++i) {
           list[i].setId(flights[i].id);
           list[i].setRun(flights[i].run);
         }
       })
        .then([](const Result<Reply<IdempotencyKeys::RenewResults>>&) {});
  } catch (const std::exception&) {
    // It is said again soon. A key that is in flight no more lets the same request on, which repeats nothing.
  }
}

KeyGuard::Use KeyGuard::use(std::string id) const {
  static const auto life = static_cast<std::uint16_t>(std::random_device{}());
  thread_local std::mt19937 random{std::random_device{}()};
  const auto name = static_cast<std::uint32_t>(std::hash<std::string>()(node_.name()));
  return {std::move(id), run_number(name, life, static_cast<std::uint32_t>(random()))};
}

void KeyGuard::open(const Use& use, std::string_view fingerprint, std::chrono::milliseconds at_most, Then then) {
  {
    const std::lock_guard lock(gate_);
    const auto now = std::chrono::steady_clock::now();
    flights_.begin(use.id, use.run, now, later(now, at_most));
  }
  // Of what is thrown before it is under way `then` hears as well.
  const auto end = [self = shared_from_this(), then = std::make_shared<Then>(std::move(then)),
                    use](const Opened& opened) {
    auto verdict = verdict_of(opened);
    if (verdict.is != Verdict::Is::free) self->forget(use);
    (*then)(std::move(verdict));
  };
  try {
    node_.ref<IdempotencyKeys>(key_shard(use.id))
        .open([&](auto params) {
          params.setId(use.id);
          params.setRun(use.run);
          params.setFingerprint({reinterpret_cast<const kj::byte*>(fingerprint.data()), fingerprint.size()});
          params.setForMs(
              static_cast<std::uint32_t>(std::clamp<std::int64_t>(at_most.count(), 1, kFlightLease.count())));
          params.setKeepMs(static_cast<std::uint64_t>(keep_.count()));
        })
        .then(end);
  } catch (const Error& error) {
    end(error);
  }
}

// Sent before the answer is: what the client sends next comes after it.
void KeyGuard::close(const Use& use) noexcept {
  forget(use);
  try {
    node_.ref<IdempotencyKeys>(key_shard(use.id))
        .close([&](auto params) {
          params.setId(use.id);
          params.setRun(use.run);
        })
        .then([](const Result<Reply<IdempotencyKeys::CloseResults>>&) {});
  } catch (const std::exception&) {
    // The key stays in flight until its time is over.
  }
}

std::optional<http::Response> refusal_of(const KeyGuard::Verdict& verdict, std::string_view trace_id) {
  using Is = KeyGuard::Verdict::Is;
  switch (verdict.is) {
    case Is::free: return std::nullopt;
    case Is::other:
      return problem(422, "this Idempotency-Key was used for another request; a new request needs a new key", trace_id);
    case Is::unknown:
      return problem(Error(ErrorKind::unavailable,
                           "it cannot be looked up what this Idempotency-Key was used for: " + verdict.why),
                     trace_id);
    case Is::in_flight: break;
  }
  auto out =
      problem(409, "the request that came first under this Idempotency-Key still runs; send it again later", trace_id);
  out.headers.add("Retry-After", "1");
  return out;
}

}  // namespace troupe::gateway
