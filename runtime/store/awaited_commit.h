// A write set that is waited for, by threads that have nothing else to do: at start, and in tools.
#pragma once

#include <future>
#include <memory>
#include <optional>

#include "store/commit.h"
#include "store/commit_queue.h"

namespace troupe::store {

class AwaitedCommit final : public Commit {
 public:
  void durable() noexcept override { end(std::nullopt); }
  void failed(const Error& error) noexcept override { end(error); }
  // Submits it, and waits for its end. Once.
  [[nodiscard]] Result<void> through(CommitQueue& queue) {
    auto end = ended_->get_future();
    queue.submit(this);
    queue.help();
    if (const std::optional<Error> error = end.get()) return *error;
    return {};
  }

 private:
  // What it touches is its own: whoever waits may be gone, and this object with it, before it returns.
  void end(std::optional<Error> error) noexcept {
    const auto ended = ended_;
    ended->set_value(std::move(error));
  }
  std::shared_ptr<std::promise<std::optional<Error>>> ended_ = std::make_shared<std::promise<std::optional<Error>>>();
};

}  // namespace troupe::store
