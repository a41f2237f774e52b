// What is used twice, or after it was moved from, says so and ends nothing else.
#include <doctest/doctest.h>

#include <chrono>

#include "contract/distance.h"
#include "script.h"

using namespace troupe;
using namespace troupe::contract;
using namespace std::chrono_literals;

namespace {

template <class Use>
void check_invalid(Use&& use) {
  const Error error = error_of(use);
  CHECK(error.kind() == ErrorKind::invalid);
  CHECK(error.message().find("waited for already") != std::string::npos);
}

Task<int> one() { co_return 1; }

}  // namespace

TEST_CASE("a Call that is waited for twice outside actors says so, whichever way") {
  ScriptStage stage;
  auto call = stage.actor().ping();
  (void)std::move(call).get();

  check_invalid([&] { (void)std::move(call).get(); });
  check_invalid([&] { std::move(call).then([](auto) {}); });
  check_invalid([&] { (void)std::move(call).future(); });
  call.cancel();
  call.canceller().cancel();
  std::move(call).forget();

  auto heard = stage.actor().ping();
  std::move(heard).then([](auto) {});
  check_invalid([&] { (void)std::move(heard).get(); });
  auto given = stage.actor().ping();
  const auto taken = std::move(given);
  check_invalid([&] { (void)std::move(given).get(); });
}

TEST_CASE("a Call that is awaited twice in a handler throws there, and its actor lives on") {
  ScriptStage stage;
  std::optional<Error> second, third;

  const auto end = stage.ends_with([&](ScriptRole& actor) -> Task<> {
    auto call = actor.ref<Script>("other").ping();
    co_await std::move(call);
    try {
      co_await std::move(call);
    } catch (const Error& e) {
      second = e;
    }
    try {
      auto outcome = co_await std::move(call).result();
      third = outcome.ok() ? std::nullopt : std::optional(outcome.error());
    } catch (const Error& e) {
      third = e;
    }
  });

  CHECK_FALSE(end);
  REQUIRE(second);
  CHECK(second->kind() == ErrorKind::invalid);
  REQUIRE(third);
  CHECK(third->kind() == ErrorKind::invalid);
  CHECK_NOTHROW((void)stage.actor().ping().get());
}

TEST_CASE("a call that is sent twice, or through another Ref, is refused") {
  ScriptStage stage;
  const auto actor = stage.actor();
  const auto call = actor.begin_call(2);
  actor.start_call(call);

  CHECK(error_of([&] { actor.start_call(call); }).message().find("sent already") != std::string::npos);
  CHECK(error_of([&] { (void)call.params(); }).message().find("after it was sent") != std::string::npos);
  CHECK(error_of([&] { stage.actor("b").start_call(actor.begin_call(2)); }).message().find("another Ref") !=
        std::string::npos);
  call.wait(10s);
  CHECK(call.error() == nullptr);
}

TEST_CASE("an empty Ref is named and refused, and never followed") {
  const Ref<Script> empty;

  CHECK(empty.key().empty());
  CHECK(empty.text() == "an empty Ref");
  CHECK(error_of([&] { (void)empty.service(); }).kind() == ErrorKind::invalid);
  CHECK(error_of([&] { (void)empty.ping(); }).kind() == ErrorKind::invalid);
  CHECK(error_of([&] { Ref<Script>(empty).idempotency_key("k"); }).kind() == ErrorKind::invalid);
}

TEST_CASE("a Task that is awaited twice, or is empty, throws where it is awaited") {
  ScriptStage stage;
  std::optional<Error> twice, moved_from, empty;
  const auto caught = [](std::optional<Error>& into) {
    try {
      throw;
    } catch (const Error& e) {
      into = e;
    }
  };

  const auto end = stage.ends_with([&](ScriptRole&) -> Task<> {
    auto task = one();
    (void)co_await std::move(task);
    try {
      (void)co_await std::move(task);
    } catch (...) {
      caught(twice);
    }
    auto other = one();
    const auto taken = std::move(other);
    try {
      (void)co_await std::move(other);
    } catch (...) {
      caught(moved_from);
    }
    Task<> none;
    try {
      co_await std::move(none);
    } catch (...) {
      caught(empty);
    }
  });

  CHECK_FALSE(end);
  for (const auto* error : {&twice, &moved_from, &empty}) {
    REQUIRE(*error);
    CHECK((*error)->kind() == ErrorKind::invalid);
  }
}

TEST_CASE("a handler or a timer that returns an empty Task ends its turn and no more") {
  ScriptStage stage;

  const auto end = stage.ends_with([](ScriptRole&) { return Task<>{}; });
  REQUIRE(end);
  CHECK(end->kind() == ErrorKind::invalid);

  std::promise<void> next;
  CHECK_FALSE(stage.ends_with([&](ScriptRole& actor) -> Task<> {
    actor.after(0ms, [] { return Task<>{}; });
    auto then = [&]() -> Task<> {
      next.set_value();
      co_return;
    };
    actor.after(1ms, then);
    co_return;
  }));
  CHECK(next.get_future().wait_for(10s) == std::future_status::ready);
}
