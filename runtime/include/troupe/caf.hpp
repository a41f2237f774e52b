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

struct CafBridgeState {
  std::uint64_t calls = 0;
  std::map<std::uint64_t, caf::response_promise> waiting;
  static inline const char* name = "troupe.bridge";
};

using CafAnswerAtom = caf::atom_constant<caf::atom("tr_answer")>;

}  // namespace detail

// A CAF actor that stands for a Troupe actor: takes (method name, parameters as JSON) and answers with the results as
// JSON, or with caf::sec::runtime_error whose context is the Error's text. Lives until nobody refers to it.
inline caf::actor as_caf_actor(caf::actor_system& system, RefBase ref,
                               std::chrono::milliseconds timeout = std::chrono::milliseconds(0)) {
  return system.spawn([ref = std::move(ref), timeout](caf::stateful_actor<detail::CafBridgeState>* self) {
    return caf::behavior{
        [=](const std::string& method, const std::string& json) -> caf::result<std::string> {
          const auto number = ++self->state.calls;
          auto promise = self->make_response_promise();
          self->state.waiting.emplace(number, promise);
          auto home = caf::actor_cast<caf::actor>(self);
          call_json(ref, method, json, timeout, [home, number](Result<std::string> result) {
            const bool ok = result.ok();
            caf::anon_send(home, detail::CafAnswerAtom::value, number, ok,
                           ok ? std::move(result).value() : std::string(result.error().what()));
          });
          return caf::delegated<std::string>{};
        },
        [=](detail::CafAnswerAtom, std::uint64_t number, bool ok, std::string& text) {
          auto at = self->state.waiting.find(number);
          if (at == self->state.waiting.end()) return;
          if (ok) {
            at->second.deliver(std::move(text));
          } else {
            at->second.deliver(caf::make_error(caf::sec::runtime_error, std::move(text)));
          }
          self->state.waiting.erase(at);
        },
    };
  });
}

}  // namespace troupe
