#include "gateway/streams/topic_streams.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <random>
#include <utility>

#include "gateway/access.h"
#include "gateway/client_address.h"
#include "gateway/problem.h"
#include "gateway/streams/feed.h"
#include "gateway/streams/live_stream.h"
#include "gateway/streams/loop.h"
#include "gateway/streams/opening.h"
#include "gateway/streams/outlet.h"

namespace troupe::gateway {
namespace {

using std::chrono::milliseconds;

[[noreturn]] void refuse_option(const std::string& why) { throw Error(ErrorKind::invalid, why); }

// So that all clients of a gateway that goes do not come again at once.
milliseconds spread(milliseconds retry) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return retry + milliseconds(std::uniform_int_distribution<std::int64_t>(0, retry.count())(random));
}

}  // namespace

// What one route shows. Feeds are the loop's.
struct Shown {
  StreamOptions options;
  FeedSourcePtr source;
  std::map<std::uint32_t, std::shared_ptr<Feed>> feeds{};

  const std::shared_ptr<Feed>& feed(std::uint32_t partition) {
    auto& feed = feeds[partition];
    if (!feed) feed = std::make_shared<Feed>(source, partition);
    return feed;
  }
  [[nodiscard]] Result<void> admits(const Caller& asks, std::string_view key) const {
    const StreamRule& who = options.who;
    return allows({who.who, who.own, who.roles.c_str(), who.scopes.c_str()}, asks, key,
                  "the stream of topic '" + source->topic.name + "'");
  }
};

class TopicStreams::Core final : public std::enable_shared_from_this<TopicStreams::Core> {
 public:
  Core(Node& node, StreamLimits limits) : node_(node), limits_(limits), loop_(std::make_shared<Loop>()) {}

  void start() {
    loop_->after(limits_.heartbeat, [weak = weak_from_this()] {
      if (const auto alive = weak.lock()) alive->beat();
    });
  }
  void stop() {
    loop_->stop();
    for (const auto& [stream, open] : std::exchange(open_, {})) open.stream->send_away(limits_.retry);
  }

  Serve serve(StreamOptions options, topic::TopicConfig topic, std::shared_ptr<const EventShapes> shapes) {
    auto shown = std::make_shared<Shown>(
        Shown{std::move(options), std::make_shared<const FeedSource>(FeedSource{
                                      node_, loop_, std::move(topic), std::move(shapes), limits_.look_every})});
    return [weak = weak_from_this(), shown](http::Request request, http::Responder&& responder, Visit visit) {
      const auto core = weak.lock();
      if (!core) throw Error(ErrorKind::unavailable, "there are no streams here any more");
      core->take(shown, std::move(request), std::move(responder), std::move(visit));
    };
  }

  [[nodiscard]] std::size_t open() const noexcept { return count_; }

 private:
  struct Open {
    std::shared_ptr<LiveStream> stream;
    std::string client;
    std::chrono::steady_clock::time_point since;
  };
  // A stream that is about to be: where the partitions end is asked first.
  struct Pending {
    std::shared_ptr<Shown> shown;
    http::Request request;
    http::Responder responder;
    std::string trace_id;
    std::string client;
    std::optional<std::string> key;
    Beginning beginning;
    Cursor cursor{};
    std::size_t unread = 0;
    bool failed = false;
  };

  // On the connection's thread. What is wrong is thrown while the responder is still the gateway's.
  void take(const std::shared_ptr<Shown>& shown, http::Request request, http::Responder&& responder, Visit visit) {
    std::optional<std::string> key;
    if (shown->options.keys == StreamKeys::named) key = visit.names["key"];
    if (shown->options.keys == StreamKeys::own) {
      if (!visit.asks.known()) throw Error(ErrorKind::unauthenticated, "this stream is of one's own: send a token");
      key = visit.asks.name;
    }
    shown->admits(visit.asks, key.value_or(std::string())).value();
    if (request.wants_websocket() && !may_open(request, shown->options.origins))
      throw Error(ErrorKind::denied, "pages of this origin may not open a WebSocket here");
    auto beginning = beginning_of(request).value();
    std::string client =
        visit.asks.known() ? "caller " + visit.asks.name : "address " + client_of(request.peer.address);
    if (request.method == "HEAD") return void(responder.answer(head()));
    auto pending = std::make_shared<Pending>(Pending{shown, std::move(request), std::move(responder), visit.trace_id,
                                                     std::move(client), std::move(key), std::move(beginning)});
    loop_->post([core = shared_from_this(), pending] { core->look_up(pending); });
  }

  [[nodiscard]] static http::Response head() {
    http::Response out{.compress = false};
    out.headers.add("Content-Type", "text/event-stream");
    out.headers.add("Cache-Control", "no-store");
    out.headers.add("X-Accel-Buffering", "no");  // of proxies that would collect what is to go at once
    return out;
  }

  // --- on the loop from here on ---

  void look_up(const std::shared_ptr<Pending>& pending) {
    const std::size_t of_client = per_client_[pending->client];
    if (of_client == 0) per_client_.erase(pending->client);
    if (count_ >= limits_.streams)
      return refuse(*pending, 503, "there are " + std::to_string(limits_.streams) + " streams open here; try again");
    if (of_client >= limits_.streams_per_client)
      return refuse(*pending, 429,
                    std::to_string(limits_.streams_per_client) + " streams of yours are open; close one first");
    ++count_;
    ++per_client_[pending->client];
    const topic::TopicConfig& topic = pending->shown->source->topic;
    std::vector<std::uint32_t> partitions;
    if (pending->key)
      partitions.push_back(topic::partition_of(topic, *pending->key));
    else
      for (std::uint32_t i = 0; i < topic.partitions; ++i) partitions.push_back(i);
    pending->unread = partitions.size();
    for (const std::uint32_t partition : partitions)
      pending->shown->feed(partition)->read(0, false,
                                            [core = shared_from_this(), pending, partition](const FeedPagePtr& page) {
                                              core->looked(pending, partition, page);
                                            });
  }

  void looked(const std::shared_ptr<Pending>& pending, std::uint32_t partition, const FeedPagePtr& page) {
    if (!page) pending->failed = true;
    if (page) {
      const auto& given = pending->beginning.cursor;
      const auto known = given.find(partition);
      pending->cursor[partition] = known != given.end()                          ? known->second
                                   : pending->beginning.at == Beginning::At::end ? page->log_next
                                                                                 : page->begin;
    }
    if (--pending->unread > 0) return;
    if (!pending->failed) return begin(pending);
    let_go(pending->client);
    refuse(*pending, 503, "the topic cannot be read now; try again");
  }

  void begin(const std::shared_ptr<Pending>& pending) {
    LiveStream::Source source{{}, loop_, pending->key};
    for (const auto& [partition, next] : pending->cursor) source.feeds[partition] = pending->shown->feed(partition);
    const std::string id = to_text(pending->cursor);
    auto stream = std::make_shared<LiveStream>(std::move(source), std::move(pending->cursor),
                                               [weak = weak_from_this()](LiveStream& ended) {
                                                 if (const auto alive = weak.lock()) alive->forget(ended);
                                               });
    open_.emplace(stream.get(), Open{stream, pending->client, std::chrono::steady_clock::now()});
    if (pending->request.wants_websocket()) return open_websocket(*pending, stream, id);
    http::Response first = head();
    first.body = "retry: " + std::to_string(limits_.retry.count()) + "\nid: " + id + "\n\n";
    const std::weak_ptr<LiveStream> weak = stream;
    http::StreamEvents events{
        .writable = later(weak, [](LiveStream& one) { one.on_writable(); }),
        .gone = later(weak, [](LiveStream& one) { one.on_gone(); }),
        .draining = later(weak, [retry = limits_.retry](LiveStream& one) { one.send_away(spread(retry)); })};
    stream->begin(std::make_unique<EventStreamOutlet>(pending->responder.stream(std::move(first), std::move(events))));
  }

  void open_websocket(Pending& pending, const std::shared_ptr<LiveStream>& stream, const std::string& id) {
    const std::weak_ptr<LiveStream> weak = stream;
    http::WebSocketEvents events{.writable = later(weak, [](LiveStream& one) { one.on_writable(); }),
                                 .closed = [gone = later(weak, [](LiveStream& one) { one.on_gone(); })](
                                               std::uint16_t, std::string_view) { gone(); }};
    auto outlet = std::make_unique<WebSocketOutlet>(pending.responder.accept({}, std::move(events)));
    (void)outlet->still(id);
    stream->begin(std::move(outlet));
  }

  // On a connection's thread; what is to be done is done on the loop.
  template <class Do>
  std::function<void()> later(std::weak_ptr<LiveStream> stream, Do run) {
    return [loop = loop_, stream = std::move(stream), run] {
      loop->post([stream, run] {
        if (const auto alive = stream.lock()) run(*alive);
      });
    };
  }

  void refuse(Pending& pending, int status, const std::string& why) {
    auto response = problem(status, why, pending.trace_id);
    response.headers.add("Retry-After", std::to_string(std::max<std::int64_t>(1, limits_.retry.count() / 1'000)));
    pending.responder.answer(std::move(response));
  }

  void let_go(const std::string& client) {
    --count_;
    if (const auto known = per_client_.find(client); known != per_client_.end() && --known->second == 0)
      per_client_.erase(known);
  }
  void forget(LiveStream& stream) {
    const auto open = open_.find(&stream);
    if (open == open_.end()) return;
    let_go(open->second.client);
    // Within a call of the stream's own: it goes when that has returned.
    loop_->post([last = std::move(open->second.stream)] {});
    open_.erase(open);
  }

  void beat() {
    const auto now = std::chrono::steady_clock::now();
    std::vector<std::pair<std::shared_ptr<LiveStream>, bool>> all;
    for (const auto& [stream, open] : open_) all.emplace_back(open.stream, now - open.since >= limits_.longest);
    for (const auto& [stream, is_over] : all) is_over ? stream->send_away(limits_.retry) : stream->tell_place();
    start();
  }

  Node& node_;
  const StreamLimits limits_;
  const std::shared_ptr<Loop> loop_;
  std::map<LiveStream*, Open> open_;
  std::map<std::string, std::size_t, std::less<>> per_client_;
  std::atomic<std::size_t> count_{0};
};

TopicStreams::TopicStreams(Node& node, StreamLimits limits) {
  const auto check = [](const char* name, std::int64_t value, std::int64_t least) {
    if (value < least)
      refuse_option("StreamLimits::" + std::string(name) + " is " + std::to_string(value) + "; at least " +
                    std::to_string(least) + " is possible");
  };
  check("streams", static_cast<std::int64_t>(std::min<std::size_t>(limits.streams, INT64_MAX)), 1);
  check("streams_per_client", static_cast<std::int64_t>(std::min<std::size_t>(limits.streams_per_client, INT64_MAX)),
        1);
  check("heartbeat", limits.heartbeat.count(), 10);
  check("longest", limits.longest.count(), 10);
  check("retry", limits.retry.count(), 0);
  check("look_every", limits.look_every.count(), 1);
  // Times that never come are as good as a year.
  constexpr milliseconds kYear = std::chrono::hours(24 * 365);
  for (milliseconds* one : {&limits.heartbeat, &limits.longest, &limits.retry, &limits.look_every})
    *one = std::min(*one, kYear);
  core_ = std::make_shared<Core>(node, limits);
  core_->start();
}

TopicStreams::~TopicStreams() { core_->stop(); }

ServedStream TopicStreams::of(topic::TopicConfig topic, StreamOptions options,
                              std::vector<capnp::StructSchema> events) {
  const std::string what = "the stream of topic '" + topic.name + "' ";
  topic::check(topic);
  if (options.who.who == AccessRule::Who::nobody) refuse_option(what + "has no rule; say who may see it");
  if (options.who.own && options.keys == StreamKeys::all)
    refuse_option(what + "shows events of all keys, which are nobody's own; say StreamKeys::own or named");
  if (options.who.who == AccessRule::Who::some && !options.who.own && options.who.roles.empty())
    refuse_option(what + "is for some, and does not say for whom; give roles, or own");
  if (events.empty()) refuse_option(what + "shows no struct; name those that its events are");
  if (options.keys == StreamKeys::all && topic.partitions > kMaxStreamPartitions)
    refuse_option(what + "would read " + std::to_string(topic.partitions) + " partitions; at most " +
                  std::to_string(kMaxStreamPartitions) + " for events of all keys");
  const auto shapes = std::make_shared<EventShapes>();
  for (const auto& schema : events) shapes->add(schema);
  StreamDocument document{.summary = options.summary.empty() ? "Events of topic '" + topic.name + "'" : options.summary,
                          .events = std::move(events),
                          .who = options.who.who,
                          .scopes = options.who.scopes};
  return {core_->serve(std::move(options), std::move(topic), shapes), std::move(document)};
}

std::size_t TopicStreams::open() const noexcept { return core_->open(); }

}  // namespace troupe::gateway
