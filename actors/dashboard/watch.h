// Live pages: each viewer follows some paths of the admin API, and a thread asks every node for what anybody follows,
// once a round for all viewers. The thread is there while a viewer is, and ends with the last one. Any thread.
//
// The events of a stream: `answer` (asking.h), `round` when every node was asked, `dropped` when the viewer was too
// slow, `refused` when there are too many. After the last two the stream ends.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "dashboard/dashboard.h"
#include "gateway/http/responder.h"

namespace troupe::dashboard {

class Watch : public std::enable_shared_from_this<Watch> {
 public:
  struct Settings {
    Dashboard::Listing nodes;
    Milliseconds refresh;
    Milliseconds patience;
    std::size_t most_viewers;
    LogSink log;
  };
  explicit Watch(Settings settings) : settings_(std::move(settings)) {}
  ~Watch() { stop(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Answers with a stream. `paths` are good ones, at most kMaxLivePaths.
  void add(const std::set<std::string>& paths, http::Responder responder);
  // Into the fields of it that are about viewers.
  void count(DashboardCounts& into) const;
  // Ends every stream, and the round under way. Not from a callback.
  void stop() noexcept;

 private:
  class Viewer;

  void remove(std::uint64_t id);
  void begin();
  void run() noexcept;
  void round(const std::set<std::string>& paths);
  void tell(const std::string* path, const std::string& event);
  [[nodiscard]] std::vector<std::shared_ptr<Viewer>> viewers() const;

  const Settings settings_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::map<std::uint64_t, std::shared_ptr<Viewer>> viewers_;
  std::uint64_t next_id_ = 1;
  std::uint64_t rounds_ = 0, dropped_ = 0, refused_ = 0;
  bool fresh_ = false;  // somebody came since the round began
  bool running_ = false;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace troupe::dashboard
