#include "story/visitors.h"

#include <fmt/format.h>

#include <utility>

#include "story/crowd.h"
#include "story/shopper.h"

namespace demo {

Visitors::Visitors(troupe::Node& node, unsigned count) {
  patience_.repeats = &failed_;
  for (unsigned who = 0; who < count; ++who)
    threads_.emplace_back([this, &node, who] {
      try {
        look_around(node, who);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
      }
    });
}

Visitors::~Visitors() {
  try {
    stop();
  } catch (...) {  // who wants to know calls stop()
  }
}

void Visitors::stop() {
  stop_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  const std::lock_guard lock(mutex_);
  if (const auto failure = std::exchange(failure_, nullptr)) std::rethrow_exception(failure);
}

std::chrono::milliseconds Visitors::longest_wait() { return std::chrono::milliseconds(longest_ms_.exchange(0)); }

void Visitors::look_around(troupe::Node& node, unsigned who) {
  using Clock = std::chrono::steady_clock;
  Shopper shopper(node, fmt::format("visitor-{}", who + 1), patience_);
  Clerk clerk(node, patience_);
  const auto call = [&](const auto& make) {
    const auto begun = Clock::now();
    make();
    ++calls_;
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun).count();
    for (auto longest = longest_ms_.load(); ms > longest && !longest_ms_.compare_exchange_weak(longest, ms);) {
    }
  };
  for (unsigned round = who; !stop_; ++round) {
    const auto& sku = kGoods[round % 4].sku;
    call([&] { (void)clerk.level(sku); });
    call([&] { shopper.put(sku, 1); });
    call([&] { shopper.remove(sku); });
  }
}

}  // namespace demo
