#include "coordinator/file/follower.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace troupe::coordinator::file {
namespace {

// Of history, read at a time: an LMDB read that takes long keeps old pages.
constexpr std::size_t kHistoryPageBytes = std::size_t{1} << 20;
// How long a look may wait for its turn to read or write; it comes again.
constexpr std::chrono::milliseconds kPatience{500};
constexpr std::chrono::seconds kReadersLook{10};

TimePoint soon() { return later(std::chrono::steady_clock::now(), kPatience); }

}  // namespace

Follower::Follower(SharedEnvironment& environment, Writes& writes)
    : environment_(environment), writes_(writes), thread_([this] { run(); }) {}

Follower::~Follower() {
  stopping_.store(true, std::memory_order_relaxed);
  environment_.processes().tell();
  thread_.join();
}

std::shared_ptr<Follower::Watched> Follower::watch(std::string_view prefix, Version after, Watcher& watcher) {
  const auto watched = std::make_shared<Watched>();
  watched->prefix = prefix;
  watched->position = after;
  watched->watcher = &watcher;
  {
    const std::lock_guard lock(mutex_);
    watched_.push_back(watched);
  }
  environment_.processes().tell();
  return watched;
}

void Follower::end(const std::shared_ptr<Watched>& watched) {
  {
    const std::lock_guard lock(mutex_);
    watched_.remove(watched);
  }
  const std::lock_guard lock(watched->telling);
  watched->over = true;
}

void Follower::keep(std::shared_ptr<Kept> kept) {
  const std::lock_guard lock(mutex_);
  kept_.push_back(std::move(kept));
}

void Follower::end(const std::shared_ptr<Kept>& kept) {
  {
    const std::lock_guard lock(mutex_);
    kept_.remove(kept);
  }
  const std::lock_guard lock(kept->telling);
  kept->over = true;
  kept->alive.store(false, std::memory_order_release);
}

std::list<std::shared_ptr<Follower::Kept>> Follower::kept() {
  const std::lock_guard lock(mutex_);
  return kept_;
}

std::list<std::shared_ptr<Follower::Watched>> Follower::watched() {
  const std::lock_guard lock(mutex_);
  return watched_;
}

void Follower::run() {
  auto next_look = std::chrono::steady_clock::now();
  auto next_readers = next_look;
  while (!stopping_.load(std::memory_order_relaxed)) {
    const std::uint32_t news = environment_.processes().news();
    tell_watchers();
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_look) {
      look();
      next_look = later(now, kLook);
    }
    if (now >= next_readers) {
      environment_.drop_dead_readers();
      next_readers = later(now, kReadersLook);
    }
    environment_.processes().await(news, std::chrono::duration_cast<std::chrono::microseconds>(next_look - now));
  }
}

void Follower::tell_watchers() {
  for (const auto& watched : watched()) tell(*watched);
}

void Follower::tell(Watched& watched) {
  for (bool more = true; more && !stopping_.load(std::memory_order_relaxed);) {
    State state;
    Book::Page page;
    const auto read = environment_.read("cannot read the coordinator's history", soon(), [&](const Book& book) {
      state = book.state();
      if (watched.position < state.version && watched.position >= state.forgotten)
        page = book.changes_after(watched.position, kHistoryPageBytes);
    });
    // What cannot be read now is read later; look() says when it never will be.
    if (!read) return;
    const std::lock_guard lock(watched.telling);
    if (watched.over || watched.position == state.version) return;
    if (watched.position < state.forgotten || watched.position > state.version) {
      const bool past = watched.position < state.forgotten;
      watched.over = true;
      watched.watcher->on_lost(
          {ErrorKind::unavailable,
           "a watch of the coordinator in " + environment_.directory().string() + " after version " +
               std::to_string(watched.position) + " may have missed changes: " +
               (past ? "its history begins after " + std::to_string(state.forgotten)
                     : "it has come to " + std::to_string(state.version) + " only, so it was restored") +
               "; read the records anew and watch from there"});
      return;
    }
    for (auto first = page.changes.begin(); first != page.changes.end();) {
      const auto past = std::find_if(first, page.changes.end(),
                                     [&](const Change& change) { return change.version != first->version; });
      std::vector<Change> wanted;
      std::copy_if(first, past, std::back_inserter(wanted),
                   [&](const Change& change) { return change.key.starts_with(watched.prefix); });
      if (!wanted.empty()) watched.watcher->on_changes(wanted);
      first = past;
    }
    watched.position = page.upto;
    more = page.upto < state.version;
  }
}

void Follower::look() {
  if (!environment_.in_place()) {
    const Error why(
        ErrorKind::unavailable,
        "the coordinator's directory " + environment_.directory().string() +
            " was deleted, moved or replaced while it was in use; end all nodes that use it, put it back, and "
            "start them");
    for (const auto& kept : kept()) lose(*kept, why);
    lose_watches(why);
    return;
  }
  bool dead = false;
  std::vector<SessionId> sessions;
  // Taken before the read: a session that is kept by then has its row.
  const auto own = kept();
  const auto read = environment_.read("cannot look at the coordinator's sessions", soon(),
                                      [&](const Book& book) { sessions = book.sessions(); });
  if (!read) return;
  for (const SessionId session : sessions) dead = dead || !environment_.processes().lives(session);
  for (const auto& kept : own)
    if (!std::binary_search(sessions.begin(), sessions.end(), kept->id))
      lose(*kept, {ErrorKind::unavailable, "session " + std::to_string(kept->id) + " of the coordinator in " +
                                               environment_.directory().string() +
                                               " was ended by another process; what it held is gone"});
  // Every write begins with that; this one has nothing else to do. Whether it could is seen by the next look.
  if (dead)
    (void)writes_.run({"cannot end the session of a dead process", [](Book&) { return Result<void>(); }}, kPatience);
}

void Follower::lose_watches(const Error& why) {
  for (const auto& watched : watched()) {
    const std::lock_guard lock(watched->telling);
    if (std::exchange(watched->over, true)) continue;
    watched->watcher->on_lost(why);
  }
}

void Follower::lose(Kept& kept, const Error& why) {
  const std::lock_guard lock(kept.telling);
  if (std::exchange(kept.over, true)) return;
  kept.alive.store(false, std::memory_order_release);
  kept.events->on_session_lost(kept.id, why);
}

}  // namespace troupe::coordinator::file
