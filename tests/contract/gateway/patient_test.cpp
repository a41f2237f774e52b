// Who sends a request where that takes time, as when keys are fetched from elsewhere.
#include <atomic>
#include <thread>

#include "gateway/bearer.h"
#include "stage.h"
#include "unit/http/stage.h"

using namespace troupe;
using namespace troupe::bazaar;

namespace {

// Opened once, for all who wait before it.
class Barrier {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    REQUIRE(opened_.wait_until(lock, later(std::chrono::steady_clock::now(), http::RawClient::kPatience),
                               [this] { return open_; }));
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
};

std::string ask(const std::string& token) { return http::get("/mirror/me", "Authorization: Bearer " + token + "\r\n"); }

Caller named(std::string_view name) { return {.name = std::string(name), .roles = {}, .scopes = {}}; }

std::string refusal(gateway::GatewayOptions options) {
  try {
    Stage stage(std::move(options));
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("a request whose sender must be waited for holds up nobody else, and is answered when it is known") {
  Barrier fetched;
  http::Box<std::string> waiting;
  gateway::GatewayOptions options;
  options.server.threads = 1;
  options.patient_threads = 1;
  options.patient_requests = 1;
  options.authenticate_patiently =
      gateway::bearer_patiently([&](std::string_view token, bool may_wait) -> std::optional<Result<Caller>> {
        if (token == "nobody") return Error(ErrorKind::unauthenticated, "token_expired", "it is old");
        if (token == "mark") waiting.put("mark");
        if (!token.starts_with("slow")) return named(token);
        if (!may_wait) return std::nullopt;
        waiting.put(std::string(token));
        fetched.pass();
        if (token == "slow-broken") throw std::runtime_error("a bug");
        if (token == "slow-unknown") return std::nullopt;
        return named(token);
      });
  Stage stage(options);
  const std::uint16_t port = stage.gateway().port();
  http::RawClient first(port), second(port), third(port);

  first.send(ask("slow-one"));
  CHECK(waiting.take() == "slow-one");
  CHECK(nlohmann::json::parse(third.ask(ask("quick")).body)["name"] == "quick");
  CHECK(third.ask(ask("nobody")).status == 401);
  // One runs and one waits: the next finds no room.
  second.send(ask("slow-two") + ask("slow-three") + ask("mark"));
  CHECK(waiting.take() == "mark");
  fetched.open();
  CHECK(nlohmann::json::parse(first.answer().body)["name"] == "slow-one");
  CHECK(nlohmann::json::parse(second.answer().body)["name"] == "slow-two");
  CHECK(second.answer().status == 503);
  CHECK(waiting.take() == "slow-two");
  CHECK(third.ask(ask("slow-broken")).status == 500);
  const auto unknown = third.ask(ask("slow-unknown"));
  CHECK(unknown.status == 503);
  CHECK(unknown.headers.has("Retry-After"));
}

TEST_CASE("a gateway that stops while senders are waited for ends, and answers nobody twice") {
  Barrier fetched;
  http::Box<int> waiting;
  gateway::GatewayOptions options;
  options.patient_threads = 1;
  options.authenticate_patiently = [&](const http::Request&, bool may_wait) -> std::optional<Result<Caller>> {
    if (!may_wait) return std::nullopt;
    waiting.put(1);
    fetched.pass();
    return named("late");
  };
  auto stage = std::make_unique<Stage>(options);
  http::RawClient one(stage->gateway().port()), two(stage->gateway().port());

  one.send(ask("a"));
  two.send(ask("b"));
  (void)waiting.take();
  std::thread opens([&] { fetched.open(); });
  stage.reset();
  opens.join();
  CHECK(waiting.size() <= 2);
}

TEST_CASE("options of a gateway that cannot be are refused at its start, by name") {
  const auto patiently = [](const http::Request&, bool) -> std::optional<Result<Caller>> { return Caller(); };
  const auto with = [&](auto set) {
    gateway::GatewayOptions options;
    options.authenticate_patiently = patiently;
    set(options);
    return refusal(options);
  };

  CHECK(with([](auto& o) { o.authenticate = believe; }).find("authenticate_patiently") != std::string::npos);
  CHECK(with([](auto& o) { o.patient_threads = 0; }).find("patient_threads") != std::string::npos);
  CHECK(with([](auto& o) { o.patient_threads = gateway::kMaxPatientThreads + 1; }).find("patient_threads") !=
        std::string::npos);
  CHECK(with([](auto& o) { o.patient_requests = 0; }).find("patient_requests") != std::string::npos);
  CHECK(with([](auto& o) { o.patient_requests = gateway::kMaxPatientRequests + 1; }).find("patient_requests") !=
        std::string::npos);
  CHECK(with([](auto& o) { o.timeout = std::chrono::milliseconds(-1); }).find("timeout") != std::string::npos);
  CHECK(with([](auto&) {}) == "");
  CHECK_THROWS_AS((void)gateway::bearer_patiently(nullptr), Error);
}
