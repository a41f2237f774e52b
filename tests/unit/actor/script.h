// A node with one actor whose turns are functions of the test.
#pragma once

#include <troupe/actor.h>
#include <troupe/node.h>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "script.capnp.troupe.h"

namespace troupe::contract {

class ScriptRole;

// What the turns of `run` and `beside` do. Set before they are called; outlives the node.
struct ScriptPlan {
  std::function<Task<>(ScriptRole&)> run;
  std::function<Task<>(ScriptRole&)> beside;
};

class ScriptRole final : public ScriptActor {
 public:
  explicit ScriptRole(ScriptPlan& plan) : plan_(plan) {}
  using ScriptActor::after;
  using ScriptActor::cancel_timer;
  using ScriptActor::every;
  using ScriptActor::ref;
  using ScriptActor::sleep_for;

 private:
  Task<> run(RunParams::Reader, RunResults::Builder) override { return plan_.run(*this); }
  Task<> beside(BesideParams::Reader, BesideResults::Builder) override { return plan_.beside(*this); }
  Task<> ping(PingParams::Reader, PingResults::Builder) override { co_return; }

  ScriptPlan& plan_;
};

class ScriptStage {
 public:
  ScriptStage() : node_({.name = "n", .threads = 2, .overload = {.target = {}}}) {
    node_.host<ScriptRole>([this] { return std::make_unique<ScriptRole>(plan); });
    node_.start();
  }
  [[nodiscard]] Node& node() noexcept { return node_; }
  [[nodiscard]] Ref<Script> actor(std::string_view key = "a") { return node_.ref<Script>(key); }
  // What a turn of that ends with, or null.
  [[nodiscard]] std::optional<Error> ends_with(std::function<Task<>(ScriptRole&)> turn) {
    plan.run = std::move(turn);
    try {
      (void)actor().run().get();
      return std::nullopt;
    } catch (const Error& e) {
      return e;
    }
  }

  ScriptPlan plan;

 private:
  Node node_;
};

}  // namespace troupe::contract
