#include "telemetry/exporter.h"

#include <algorithm>

#include "base/random.h"
#include "troupe/duration.h"

namespace troupe::telemetry {

struct Exporter::State {
  explicit State(Options options_in) : options(std::move(options_in)) {}

  const Options options;
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::deque<SpanPtr> queue;
  bool ending = false;
  bool ended = false;
  Counts counts{};

  // What goes next, when it is time; empty: it is over.
  std::vector<SpanPtr> take() {
    std::unique_lock lock(mutex);
    const auto full = [&] { return ending || queue.size() >= options.batch; };
    while (!full()) {
      if (queue.empty()) {
        changed.wait(lock, [&] { return ending || !queue.empty(); });
      } else {
        changed.wait_until(lock, later(std::chrono::steady_clock::now(), options.every), full);
        break;
      }
    }
    std::vector<SpanPtr> out;
    const std::size_t count = std::min(queue.size(), options.batch);
    out.assign(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(count));
    queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(count));
    return out;
  }

  // True: it is ending.
  bool pause(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex);
    return changed.wait_until(lock, later(std::chrono::steady_clock::now(), time), [&] { return ending; });
  }

  void give_sink(const std::vector<SpanPtr>& batch) const {
    if (!options.sink) return;
    std::vector<SpanData> spans;
    spans.reserve(batch.size());
    for (const SpanPtr& span : batch) spans.push_back(*span);
    options.sink(spans);
  }

  void count(const std::vector<SpanPtr>& batch, bool exported, const std::string& why) {
    bool first = false;
    {
      const std::lock_guard lock(mutex);
      (exported ? counts.exported : counts.dropped) += batch.size();
      first = !exported && counts.last_error != why;
      if (!exported) counts.last_error = why;
    }
    if (first && options.log)
      options.log({LogLevel::warn, "tracing",
                   std::to_string(batch.size()) + " spans were not exported: " + why +
                       "; more of the same is only counted (troupe_spans_not_exported_total)"});
  }

  void send(const std::vector<SpanPtr>& batch) {
    if (!options.post) return count(batch, true, {});
    const std::string body = otlp_json(options.resource, batch);
    for (unsigned tries = 1;; ++tries) {
      Delivered delivered = options.post(body);
      if (delivered.done) return count(batch, true, {});
      const double chance = static_cast<double>(random_bits() >> 11) * 0x1p-53;
      const auto wait = std::max(export_pause(options.backoff, options.most_backoff, tries, chance), delivered.after);
      if (!delivered.again || tries >= kMostTries || pause(wait))
        return count(batch, false, "of the collector: " + delivered.why);
    }
  }
};

std::chrono::milliseconds export_pause(std::chrono::milliseconds first, std::chrono::milliseconds most, unsigned failed,
                                       double chance) noexcept {
  const auto whole = doubled(first, std::max(failed, 1u) - 1, most);
  return whole - std::chrono::milliseconds(
                     static_cast<std::int64_t>(static_cast<double>(whole.count()) / 2 * std::clamp(chance, 0.0, 1.0)));
}

Exporter::Exporter(Options options)
    : state_(std::make_shared<State>(std::move(options))), thread_([state = state_] { run(state); }) {}

Exporter::~Exporter() { end(); }

void Exporter::run(const std::shared_ptr<State>& state) noexcept {
  for (;;) {
    try {
      const auto batch = state->take();
      if (batch.empty()) break;
      state->give_sink(batch);
      state->send(batch);
    } catch (const std::exception& e) {  // no memory, say: the batch is gone
      const std::lock_guard lock(state->mutex);
      state->counts.last_error = e.what();
    }
  }
  const std::lock_guard lock(state->mutex);
  state->ended = true;
  state->changed.notify_all();
}

void Exporter::offer(const SpanPtr& span) noexcept {
  bool full_batch = false;
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->ending || state_->queue.size() >= state_->options.queue) {
      ++state_->counts.dropped;
      return;
    }
    try {
      state_->queue.push_back(span);
    } catch (const std::exception&) {
      ++state_->counts.dropped;
      return;
    }
    full_batch = state_->queue.size() == 1 || state_->queue.size() == state_->options.batch;
  }
  if (full_batch) state_->changed.notify_all();
}

Exporter::Counts Exporter::counts() const {
  const std::lock_guard lock(state_->mutex);
  Counts out = state_->counts;
  out.waiting = state_->queue.size();
  return out;
}

void Exporter::end() noexcept {
  if (!thread_.joinable()) return;
  bool ended = false;
  {
    std::unique_lock lock(state_->mutex);
    state_->ending = true;
    state_->changed.notify_all();
    ended = state_->changed.wait_until(lock, later(std::chrono::steady_clock::now(), kLastTry),
                                       [&] { return state_->ended; });
  }
  if (ended) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

}  // namespace troupe::telemetry
