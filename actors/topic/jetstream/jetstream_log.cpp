#include "topic/jetstream/jetstream_log.h"

#include <capnp/message.h>

#include <algorithm>
#include <utility>

#include "topic/words.h"
#include "troupe/error.h"
#include "troupe/table.h"

namespace troupe::topic::jetstream {
namespace {

constexpr std::string_view kUnconfirmed = "unconfirmed";
// Appends that are looked through for those that no commit knows. More than that are there when a node lost its store.
constexpr std::uint64_t kMaxUnconfirmed = 10'000;
// Messages that are asked for together, and the bytes they should not exceed by much.
constexpr std::uint64_t kMaxTogether = 128;
constexpr std::uint64_t kBytesTogether = std::uint64_t{4} << 20;
constexpr std::uint64_t kMaxSearched = 16;
// How many times more than before, while nobody knows how large they are.
constexpr std::uint64_t kGrowth = 4;
constexpr std::size_t kMaxAnchors = 4096;
// An append that finds another's before it looks again; the other is then a former owner that has lost its last race.
constexpr int kMaxRaces = 4;
// A reader may find gone what retention removes beside it; then it looks again.
constexpr int kMaxLooks = 16;

std::string place_of(const StreamName& name) { return "the stream " + name.stream; }

std::vector<AppendPtr> read_appends(Connection& connection, const StreamName& name, std::uint64_t from,
                                    std::uint64_t count) {
  std::vector<AppendPtr> appends;
  for (Message& message : connection.read(name, from, count))
    appends.push_back(std::make_shared<const Append>(message.sequence, std::move(message.words), place_of(name)));
  return appends;
}

// Null: it is not there, or a server of a cluster does not have it yet.
AppendPtr read_one(Connection& connection, const StreamName& name, std::uint64_t sequence) {
  auto appends = read_appends(connection, name, sequence, 1);
  return appends.empty() ? nullptr : appends.front();
}

[[noreturn]] void changes_too_often(const StreamName& name) {
  throw Error(ErrorKind::unavailable,
              "messages of " + place_of(name) + " are not there, or not there yet, however often it is looked at");
}

[[noreturn]] void events_are_gone(const StreamName& name, const Extent& stored, Offset next) {
  throw Error(ErrorKind::corrupt, place_of(name) + " ends before event " + std::to_string(next) +
                                      ", but its partition has appended up to " + std::to_string(stored.next) +
                                      ": the server lost what it had acknowledged, or this is another stream. Give the "
                                      "stream back, or declare a topic of another name");
}

// The newest first, down to what a commit knows.
std::vector<std::pair<RequestId, Offset>> unconfirmed_appends(Connection& connection, const StreamName& name,
                                                              const Sequences& sequences, Offset confirmed) {
  std::vector<std::pair<RequestId, Offset>> found;
  std::uint64_t end = sequences.last + 1;
  std::uint64_t together = 1;
  while (end > sequences.first && found.size() < kMaxUnconfirmed) {
    const std::uint64_t from = std::max(sequences.first, end - std::min(end, together));
    auto page = read_appends(connection, name, from, end - from);
    while (!page.empty() && page.back()->first() >= confirmed) {
      found.emplace_back(page.back()->id(), page.back()->first());
      page.pop_back();
    }
    if (!page.empty()) break;
    end = from;
    together = std::min(together * kGrowth, kMaxSearched);
  }
  return found;
}

// Nothing: the stream changed meanwhile.
std::optional<JetStreamLog::Found> look(Connection& connection, const StreamName& name, const Extent& stored) {
  JetStreamLog::Found found;
  found.sequences = connection.open(name, stored.next > 0 ? Connection::Absent::leave : Connection::Absent::make);
  if (found.sequences.messages == 0) {
    if (stored.next > 0 || found.sequences.last > 0) events_are_gone(name, stored, 0);
    return found;
  }
  const AppendPtr oldest = read_one(connection, name, found.sequences.first);
  const AppendPtr newest = read_one(connection, name, found.sequences.last);
  if (!oldest || !newest) return {};
  Extent& extent = found.extent;
  extent.next = newest->next();
  extent.next_position = newest->position(newest->next());
  extent.last_ms = newest->time_ms();
  if (extent.next < stored.next) events_are_gone(name, stored, extent.next);
  const bool trimmed = stored.first > oldest->first();
  extent.first = trimmed ? stored.first : oldest->first();
  extent.first_position = trimmed ? stored.first_position : oldest->position(oldest->first());
  if (extent.next > stored.next)
    found.unconfirmed = unconfirmed_appends(connection, name, found.sequences, stored.next);
  return found;
}

// The append that holds `offset`, between sequences `low` and `high`; every step leaves an anchor. Null: as read_one().
AppendPtr search(Connection& connection, const StreamName& name, Offset offset, std::uint64_t low, std::uint64_t high,
                 JetStreamLog::Anchors& seen) {
  while (low <= high) {
    const std::uint64_t middle = low + (high - low) / 2;
    AppendPtr append = read_one(connection, name, middle);
    if (!append) return nullptr;
    seen.insert_or_assign(append->first(), middle);
    if (offset < append->first()) {
      high = middle - 1;
    } else if (offset >= append->next()) {
      low = middle + 1;
    } else {
      return append;
    }
  }
  return nullptr;
}

struct Span {
  AppendPtr append;
  Offset from;
  Offset to;
};

// Which events of which appends a page holds, `first` holding the first of them.
std::vector<Span> spans_of_page(Connection& connection, const StreamName& name, AppendPtr first, Offset from,
                                Offset end, PageLimit limit) {
  std::vector<Span> spans;
  std::uint64_t events = 0, bytes = 0;
  std::vector<AppendPtr> appends{std::move(first)};
  while (!appends.empty()) {
    std::uint64_t read_bytes = 0;
    for (const AppendPtr& append : appends) {
      read_bytes += append->bytes();
      Span span{append, std::max(from, append->first()), std::max(from, append->first())};
      const auto publisher = words(append->stored().getPublisher());
      for (; span.to < std::min(append->next(), end) && events < limit.events; ++span.to, ++events) {
        bytes += event_bytes(append->stored().getEvents()[static_cast<unsigned>(span.to - append->first())], publisher);
        if (events > 0 && bytes > limit.bytes) break;
      }
      const bool full = span.to < append->next();
      if (!spans.empty() && span.from != spans.back().to) return spans;  // something between was removed
      if (span.from < span.to) spans.push_back(std::move(span));
      if (full || append->next() >= end || events >= limit.events) return spans;
    }
    const std::uint64_t each = std::max<std::uint64_t>(read_bytes / appends.size(), 1);
    const std::uint64_t room = std::min(limit.bytes - std::min(limit.bytes, bytes) + each, kBytesTogether) / each;
    const std::uint64_t most = std::min({kMaxTogether, appends.size() * kGrowth, limit.events - events});
    const std::uint64_t together = std::clamp<std::uint64_t>(room, 1, most);
    const std::uint64_t next = appends.back()->sequence() + 1;
    appends = read_appends(connection, name, next, std::min(together, end - appends.back()->next()));
    if (!appends.empty() && appends.front()->sequence() != next) appends.clear();
  }
  return spans;
}

// Events as the readers of any log know them.
LogPage page_of(const std::vector<Span>& spans) {
  auto message = std::make_shared<capnp::MallocMessageBuilder>();
  std::uint64_t count = 0;
  for (const Span& span : spans) count += span.to - span.from;
  auto events = message->initRoot<EventBatch>().initEvents(static_cast<unsigned>(count));
  unsigned i = 0;
  for (const Span& span : spans) {
    const auto stored = span.append->stored();
    std::uint64_t position = span.append->position(span.from);
    for (Offset offset = span.from; offset < span.to; ++offset, ++i) {
      const auto event = stored.getEvents()[static_cast<unsigned>(offset - span.append->first())];
      events[i].setOffset(offset);
      events[i].setTimeMs(stored.getTimeMs());
      events[i].setPublishedMs(event.getPublishedMs());
      events[i].setPosition(position);
      events[i].setSchema(event.getSchema());
      events[i].setKey(event.getKey());
      events[i].setType(event.getType());
      events[i].setPublisher(stored.getPublisher());
      events[i].setPayload(event.getPayload());
      position += event_bytes(event, words(stored.getPublisher()));
    }
  }
  LogPage page;
  for (const auto event : events.asReader()) page.events.push_back(event);
  page.keeps = std::move(message);
  return page;
}

}  // namespace

JetStreamLog::JetStreamLog(LogHome& home, std::shared_ptr<Connection> connection)
    : home_(home), connection_(std::move(connection)) {
  const std::string number = std::to_string(home_.partition());
  name_ = {connection_->config().prefix + "-" + home_.topic() + "-" + number,
           connection_->config().prefix + "." + home_.topic() + "." + number};
}

Task<> JetStreamLog::know_stream() {
  for (int look_again = 0; !known_; ++look_again) {
    if (look_again > kMaxLooks) changes_too_often(name_);
    Extent stored = home_.stored();
    stored.next = std::min(stored.next, confirmed_);
    const std::uint64_t changes = changes_;
    const auto work = [connection = connection_, name = name_, stored] { return look(*connection, name, stored); };
    const std::optional<Found> found = co_await home_.blocking(work);
    if (!found || known_ || changes != changes_) continue;  // a turn beside this one was faster
    known_ = true;
    extent_ = found->extent;
    sequences_ = found->sequences;
    anchors_.clear();
    unconfirmed_.clear();
    for (const auto& [id, first] : found->unconfirmed) unconfirmed_.insert_or_assign(id, first);
  }
}

void JetStreamLog::forget_stream() noexcept {
  known_ = false;
  ++changes_;
}

Task<Extent> JetStreamLog::extent() {
  co_await know_stream();
  co_return extent_;
}

// --- appending ---

Task<Appended> JetStreamLog::append(const Appending& appending) {
  drop_confirmed();
  for (int race = 0; race < kMaxRaces; ++race) {
    co_await know_stream();
    if (const auto before = find_unconfirmed(appending.id)) {
      confirm(extent_);
      (void)Table<Unconfirmed>(home_.actor(), kUnconfirmed).erase(appending.id.text());
      co_return Appended{*before, extent_};
    }
    const Extent before = extent_;
    Extent after = before;
    after.last_ms = std::max(before.last_ms, appending.now_ms);
    after.next += appending.events.size();
    for (const auto event : appending.events) after.next_position += event_bytes(event, appending.publisher);
    const auto work = [connection = connection_, name = name_, last = sequences_.last,
                       bytes = bytes_of(appending, before, after.last_ms)] {
      return connection->publish(name, last, bytes);
    };
    std::optional<std::uint64_t> sequence;
    try {
      sequence = co_await home_.blocking(work);
    } catch (const Error& e) {
      if (e.may_have_run()) forget_stream();
      throw;
    }
    if (!sequence) {
      forget_stream();
      continue;
    }
    confirm(before);
    home_.store(after);
    went_on(before.next, after, *sequence);
    unconfirmed_.insert_or_assign(appending.id, before.next);
    co_return Appended{before.next, after};
  }
  throw Error(ErrorKind::unavailable,
              "somebody else appends to " + place_of(name_) +
                  "; a partition's stream belongs to its owner alone (do two systems use one prefix?)");
}

// Turns beside the append may have looked at the stream meanwhile; what they saw does not count.
void JetStreamLog::went_on(Offset first, const Extent& extent, std::uint64_t sequence) {
  ++changes_;
  remember(first, sequence);
  extent_ = extent;
  if (sequences_.last == 0) sequences_.first = sequence;
  sequences_.last = sequence;
}

// Only before the turn stores anything: what it stores may be rolled back.
void JetStreamLog::drop_confirmed() {
  confirmed_ = home_.stored().next;
  std::erase_if(unconfirmed_, [this](const auto& one) { return one.second < confirmed_; });
}

std::optional<Offset> JetStreamLog::find_unconfirmed(const RequestId& id) const {
  const auto known = unconfirmed_.find(id);
  if (known != unconfirmed_.end() && known->second >= confirmed_) return known->second;
  const auto row = Table<Unconfirmed>(home_.actor(), kUnconfirmed).get(id.text());
  if (row) return (*row)->getFirst();
  return {};
}

// Part of the commit: the stream is known up to there, and with it the appends so far that no commit has known.
void JetStreamLog::confirm(const Extent& extent) {
  const Offset confirmed = home_.stored().next;
  Table<Unconfirmed> rows(home_.actor(), kUnconfirmed);
  for (const auto& [id, first] : unconfirmed_) {
    if (first < confirmed || first >= extent.next) continue;
    rows.put(id.text(), [&, offset = first](Unconfirmed::Builder row) { row.setFirst(offset); });
  }
  home_.store(extent);
}

// --- reading ---

// Null: it was removed.
Task<AppendPtr> JetStreamLog::find(Offset offset) {
  for (int looks = 0; looks < kMaxLooks; ++looks) {
    co_await know_stream();
    if (offset < extent_.first || offset >= extent_.next) co_return AppendPtr();
    std::uint64_t low = sequences_.first;
    std::uint64_t high = sequences_.last;
    if (const auto above = anchors_.upper_bound(offset); above != anchors_.end()) high = above->second - 1;
    if (auto below = anchors_.upper_bound(offset); below != anchors_.begin()) low = std::max(low, (--below)->second);
    auto seen = std::make_shared<Anchors>();
    const auto work = [connection = connection_, name = name_, offset, low, high, seen] {
      return search(*connection, name, offset, low, high, *seen);
    };
    const AppendPtr append = co_await home_.blocking(work);
    if (append) {
      for (const auto& [first, sequence] : *seen) remember(first, sequence);
      co_return append;
    }
    forget_stream();
  }
  changes_too_often(name_);
}

void JetStreamLog::remember(Offset first, std::uint64_t sequence) {
  if (anchors_.size() >= kMaxAnchors) anchors_.clear();
  anchors_.insert_or_assign(first, sequence);
}

Task<LogPage> JetStreamLog::read(Offset from, PageLimit limit) {
  co_await know_stream();
  AppendPtr first;
  while (!first) {
    from = std::max(from, extent_.first);
    if (from >= extent_.next || limit.events == 0) co_return LogPage();
    first = co_await find(from);
  }
  const auto work = [connection = connection_, name = name_, first, from, end = extent_.next, limit] {
    const auto spans = spans_of_page(*connection, name, first, from, end, limit);
    return std::make_pair(page_of(spans), spans.back().append);
  };
  auto read = co_await home_.blocking(work);
  const AppendPtr& last = read.second;
  remember(last->first(), last->sequence());
  if (last->sequence() < sequences_.last) remember(last->next(), last->sequence() + 1);
  co_return std::move(read.first);
}

Task<std::optional<EventMark>> JetStreamLog::mark(Offset offset) {
  const AppendPtr append = co_await find(offset);
  if (!append) co_return std::optional<EventMark>();
  co_return std::optional<EventMark>({append->time_ms(), append->position(offset)});
}

// --- removing ---

Task<Extent> JetStreamLog::trim(Offset first) {
  co_await know_stream();
  if (first <= extent_.first) co_return extent_;
  first = std::min(first, extent_.next);
  Extent extent = extent_;
  extent.first = first;
  extent.first_position = extent.next_position;
  std::uint64_t keep = sequences_.last;  // also when all events are to go: it says where the log has come to
  if (first < extent.next) {
    const AppendPtr append = co_await find(first);
    if (!append) changes_too_often(name_);  // somebody else removes, too
    keep = append->sequence();
    extent.first_position = append->position(first);
  }
  if (keep > sequences_.first) {
    const auto work = [connection = connection_, name = name_, keep] { connection->remove_before(name, keep); };
    co_await home_.blocking(work);
    ++changes_;
    sequences_.first = keep;
  }
  confirm(extent);
  extent_ = extent;
  co_return extent_;
}

}  // namespace troupe::topic::jetstream
