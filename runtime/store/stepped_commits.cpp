// The commit queue without a thread: its batches are steps that a simulation picks.
#include <utility>

#include "store/commit_queue.h"

namespace troupe::store {

// What is submitted before the step is picked goes into one batch.
void CommitQueue::run_by_steps() {
  options_.steps->add(this, {.name = "the commit queue writes a batch",
                             .ways = [this] { return gathered_ != nullptr || inbox_.unwritten() > 0 ? 1u : 0u; },
                             .take =
                                 [this](std::size_t) {
                                   if (gathered_ == nullptr) gathered_ = inbox_.take();
                                   (void)write_batch();
                                 }});
}

void CommitQueue::help() noexcept {
  if (!options_.steps) return;
  do {
    if (gathered_ == nullptr) gathered_ = inbox_.take();
  } while (write_batch());
  teller_.finish();
}

void CommitQueue::end_steps() noexcept {
  if (std::exchange(ended_steps_, true)) return;
  options_.steps->drop(this);
  do {
    help();
    if (replication_) replication_->give_up();
    teller_.finish();
  } while (!inbox_.close());
}

}  // namespace troupe::store
