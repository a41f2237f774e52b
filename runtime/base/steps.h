// What a node does besides running, as steps that somebody else picks: in a simulation no part of a node has a thread
// of its own. Outside of one there are no Steps, and each part starts its thread.
//
// A part that is given Steps names what its thread would do as one Step: how many ways there are to go on at this
// moment, and how to go one of them. Everything happens on the thread that picks.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <string_view>

namespace troupe {

enum class Pace : std::uint8_t {
  soon,      // it waits to be done
  sometime,  // it may be done, and nobody waits for it
};

struct Step {
  std::string_view name;                  // what happens: "the commit queue writes a batch"; a literal
  std::function<std::size_t()> ways;      // 0: there is nothing to do
  std::function<void(std::size_t)> take;  // one of them
  Pace pace = Pace::soon;
};

class Steps {
 public:
  virtual void add(const void* owner, Step step) = 0;
  // No step of that owner is taken any more. Not from within one.
  virtual void drop(const void* owner) noexcept = 0;
  // Where a thread would sleep until others have done something: some step of the node is taken, or time passes.
  virtual void wait() = 0;

 protected:
  ~Steps() = default;
};

// Waits for what others bring about: they are threads, or steps where there are any.
template <class Future>
void wait_until_ready(const Future& awaited, Steps* steps) {
  while (steps && awaited.wait_for(std::chrono::seconds(0)) != std::future_status::ready) steps->wait();
  awaited.wait();
}

}  // namespace troupe
