// One client that is told of events, however slowly it reads: what it has not taken is read again from the log, and not
// kept for it. On the loop.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "gateway/streams/cursor.h"
#include "gateway/streams/feed.h"
#include "gateway/streams/outlet.h"

namespace troupe::gateway {

class LiveStream final : public FeedReader, public std::enable_shared_from_this<LiveStream> {
 public:
  struct Source {
    std::map<std::uint32_t, std::shared_ptr<Feed>> feeds;  // of the partitions it is told of
    std::shared_ptr<Loop> loop;
    std::optional<std::string> key;  // of the events it is told of; nothing: any
  };
  // `begins`: where, in each partition. `on_end`: once, when it has come to its end by itself.
  LiveStream(Source source, Cursor begins, std::function<void(LiveStream&)> on_end);
  ~LiveStream() override;

  // What it is told goes there, from now on.
  void begin(std::unique_ptr<Outlet> outlet);
  void on_page(std::uint32_t partition, const FeedPage& page) override;
  // The client takes more again.
  void on_writable();
  // Says how far it is, so that a client to which nothing happens need not look at all again.
  void tell_place();
  // The client has gone, or is sent away.
  void on_gone() { end(std::nullopt); }
  void send_away(std::chrono::milliseconds retry) { end(retry); }
  [[nodiscard]] const Cursor& cursor() const noexcept { return cursor_; }

 private:
  void catch_up(std::uint32_t partition);
  void on_read(std::uint32_t partition, const FeedPagePtr& page);
  bool jump(std::uint32_t partition, std::uint64_t to);
  bool went(http::Sent sent);
  void end(std::optional<std::chrono::milliseconds> retry);

  const Source source_;
  Cursor cursor_;
  std::function<void(LiveStream&)> on_end_;
  std::unique_ptr<Outlet> outlet_;
  std::map<std::uint32_t, bool> reading_;
  bool is_full_ = false;
};

}  // namespace troupe::gateway
