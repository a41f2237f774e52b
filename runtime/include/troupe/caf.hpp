// Native CAF, one step away. The only public header that includes CAF; link CAF yourself to use it.
//
//   caf::actor counter = troupe::as_caf_actor(node.system(), node.ref<app::Counter>("a"));
//   self->request(counter, caf::infinite, std::string("add"), std::string(R"({"amount": 2})"))
//     .then([](const std::string& results) { ... }, [](const caf::error& e) { ... });
//
// The other way round, a host runs the node on its own actor_system: NodeConfig::system.
#pragma once

#include <caf/all.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "troupe/json.h"

namespace troupe {

namespace detail {

using CafAnswerAtom = caf::atom_constant<caf::atom("tr_answer")>;

// Turns messages into calls, and their outcomes into responses.
class CafBridge final : public caf::event_based_actor {
 public:
  CafBridge(caf::actor_config& config, RefBase ref, std::chrono::milliseconds timeout)
      : caf::event_based_actor(config), ref_(std::move(ref)), timeout_(timeout) {}

  caf::behavior make_behavior() override {
    return {
        [this](const std::string& method, const std::string& json) -> caf::result<std::string> {
          const std::uint64_t number = ++calls_;
          waiting_.emplace(number, make_response_promise());
          auto home = caf::actor_cast<caf::actor>(this);
          call_json(ref_, method, json, timeout_, [home, number](Result<std::string> result) {
            const bool ok = result.ok();
            caf::anon_send(home, CafAnswerAtom::value, number, ok,
                           ok ? std::move(result).value() : std::string(result.error().what()));
          });
          return caf::delegated<std::string>{};
        },
        [this](CafAnswerAtom, std::uint64_t number, bool ok, std::string& text) {
          auto at = waiting_.find(number);
          if (at == waiting_.end()) return;
          if (ok) {
            at->second.deliver(std::move(text));
          } else {
            at->second.deliver(caf::make_error(caf::sec::runtime_error, std::move(text)));
          }
          waiting_.erase(at);
        },
    };
  }

 private:
  const RefBase ref_;
  const std::chrono::milliseconds timeout_;
  std::uint64_t calls_ = 0;
  std::map<std::uint64_t, caf::response_promise> waiting_;
};

}  // namespace detail

// A CAF actor that stands for a Troupe actor: takes (method name, parameters as JSON) and answers with the results as
// JSON, or with caf::sec::runtime_error whose context is the Error's text. Lives until nobody refers to it.
inline caf::actor as_caf_actor(caf::actor_system& system, RefBase ref, Milliseconds timeout = {}) {
  return system.spawn<detail::CafBridge>(std::move(ref), std::chrono::milliseconds(timeout));
}

}  // namespace troupe
