#include "dashboard/watch.h"

#include <algorithm>
#include <chrono>

#include "dashboard/asking.h"
#include "dashboard/limits.h"

namespace troupe::dashboard {
namespace {

http::Response stream_head() {
  return {.headers = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}}, .compress = false};
}

std::string event_text(std::string_view name, std::string_view data) {
  return http::to_text({.name = name, .data = data});
}

}  // namespace

// One stream. Its functions may be called from any thread, one at a time.
class Watch::Viewer {
 public:
  explicit Viewer(std::set<std::string> followed) : paths(std::move(followed)) {}

  // False: it is behind by too much from now on. What comes after that is not for it.
  bool send(const std::string& event) {
    const std::lock_guard lock(mutex_);
    if (behind_ || ended_ || !open_) return true;
    if (stream_.send(event) != http::Sent::full) return true;
    behind_ = true;
    return false;
  }
  void open(http::Stream stream) {
    const std::lock_guard lock(mutex_);
    stream_ = std::move(stream);
    open_ = true;
  }
  // There is room again for who was behind: for a last word.
  bool part() {
    const std::lock_guard lock(mutex_);
    if (!behind_ || ended_) return false;
    ended_ = true;
    (void)stream_.send(event_text("dropped", R"({"why": "slow"})"));
    stream_.end();
    return true;
  }
  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    if (open_) stream_.end();
  }

  const std::set<std::string> paths;

 private:
  std::mutex mutex_;
  http::Stream stream_;
  bool open_ = false;
  bool behind_ = false;
  bool ended_ = false;
};

void Watch::add(const std::set<std::string>& paths, http::Responder responder) {
  auto viewer = std::make_shared<Viewer>(paths);
  std::uint64_t id = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!stopped_ && viewers_.size() < settings_.most_viewers) {
      id = next_id_++;
      viewers_.emplace(id, viewer);
    } else {
      ++refused_;
    }
  }
  if (id == 0) {
    auto stream = responder.stream(stream_head());
    (void)stream.send(event_text("refused", R"({"most": )" + std::to_string(settings_.most_viewers) + "}"));
    stream.end();
    return;
  }
  const std::weak_ptr<Watch> self = weak_from_this();
  const auto gone = [self, id] {
    if (const auto watch = self.lock()) watch->remove(id);
  };
  const auto writable = [self, id, weak = std::weak_ptr(viewer)] {
    const auto behind = weak.lock();
    const auto watch = self.lock();
    if (behind && behind->part() && watch) watch->remove(id);
  };
  viewer->open(responder.stream(stream_head(), {.writable = writable, .gone = gone, .draining = gone}));
  begin();
}

void Watch::count(DashboardCounts& into) const {
  const std::lock_guard lock(mutex_);
  into.viewers = viewers_.size();
  into.asking = running_;
  into.rounds = rounds_;
  into.dropped = dropped_;
  into.refused = refused_;
}

void Watch::remove(std::uint64_t id) {
  std::shared_ptr<Viewer> gone;
  {
    const std::lock_guard lock(mutex_);
    const auto found = viewers_.find(id);
    if (found == viewers_.end()) return;
    gone = std::move(found->second);
    viewers_.erase(found);
  }
  wake_.notify_all();
  gone->end();
}

// A thread that found nobody has ended, or is about to: joining it waits for that moment alone.
void Watch::begin() {
  {
    const std::lock_guard lock(mutex_);
    fresh_ = true;
    if (!running_ && !stopped_ && !viewers_.empty()) {
      if (thread_.joinable()) thread_.join();
      try {
        thread_ = std::thread([this] { run(); });
        running_ = true;
      } catch (const std::exception& e) {
        if (settings_.log)
          settings_.log({LogLevel::error, "dashboard", std::string("cannot ask nodes for live pages: ") + e.what()});
      }
    }
  }
  wake_.notify_all();
}

void Watch::run() noexcept {
  using Clock = std::chrono::steady_clock;
  std::unique_lock lock(mutex_);
  while (!stopped_ && !viewers_.empty()) {
    std::set<std::string> paths;
    for (const auto& [id, viewer] : viewers_) paths.insert(viewer->paths.begin(), viewer->paths.end());
    fresh_ = false;
    ++rounds_;
    const auto begun = Clock::now();
    lock.unlock();
    try {
      round(paths);
    } catch (const std::exception& e) {  // no memory or no thread: the next round is tried all the same
      if (settings_.log) settings_.log({LogLevel::warn, "dashboard", std::string("cannot ask nodes: ") + e.what()});
    }
    lock.lock();
    const auto nobody = [this] { return stopped_ || viewers_.empty(); };
    wake_.wait_until(lock, later(begun, kLeastPause), nobody);
    wake_.wait_until(lock, later(begun, settings_.refresh), [&] { return fresh_ || nobody(); });
  }
  running_ = false;
}

void Watch::round(const std::set<std::string>& paths) {
  auto nodes = settings_.nodes();
  if (nodes.size() > kMaxNodes) nodes.resize(kMaxNodes);
  ask_all(nodes, {paths.begin(), paths.end()}, settings_.patience,
          [this](const std::string& path, const std::string& answer) { tell(&path, event_text("answer", answer)); });
  tell(nullptr, event_text("round", R"({"nodes": )" + std::to_string(nodes.size()) + "}"));
}

// Those who follow `path`; null: everybody.
void Watch::tell(const std::string* path, const std::string& event) {
  for (const auto& viewer : viewers()) {
    if (path != nullptr && !viewer->paths.contains(*path)) continue;
    if (viewer->send(event)) continue;
    const std::lock_guard lock(mutex_);
    ++dropped_;
  }
}

std::vector<std::shared_ptr<Watch::Viewer>> Watch::viewers() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Viewer>> all;
  for (const auto& [id, viewer] : viewers_) all.push_back(viewer);
  return all;
}

void Watch::stop() noexcept {
  std::map<std::uint64_t, std::shared_ptr<Viewer>> left;
  std::thread thread;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    left.swap(viewers_);
    thread.swap(thread_);
  }
  wake_.notify_all();
  for (auto& [id, viewer] : left) viewer->end();
  if (thread.joinable()) thread.join();
}

}  // namespace troupe::dashboard
