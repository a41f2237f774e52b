// It asks from the version that it knows already, and leaves that one out: etcd then says if that was compacted away,
// where a watch from the next one may miss what was erased by just that version.
#include "coordinator/etcd/etcd_watch.h"

#include <algorithm>
#include <utility>

namespace troupe::coordinator::etcd {
namespace {

constexpr std::chrono::milliseconds kFirstPause{20};
constexpr std::chrono::milliseconds kLongestPause{1000};
constexpr std::chrono::seconds kBeginning{2};
// A stream that says nothing for so long is asked whether its server is there: one that was stopped or cut off says
// nothing, too.
constexpr std::chrono::seconds kQuiet{2};
constexpr std::chrono::seconds kAnswering{1};

}  // namespace

EtcdWatch::EtcdWatch(Calls& calls, const KeySpace& keys, std::string_view prefix, Version after, Watcher& watcher)
    : calls_(calls),
      records_(keys.records()),
      first_(keys.record(prefix)),
      past_(behind(first_)),
      watcher_(watcher),
      position_(after),
      thread_([this] { run(); }) {}

EtcdWatch::~EtcdWatch() {
  stop_->stop();
  thread_.join();
}

Question EtcdWatch::question() const {
  return {.path = "/v3/watch",
          .body = ask_watch(first_, past_, std::max<Version>(position_, 1)),
          .tried = "cannot watch " + first_.substr(records_.size())};
}

void EtcdWatch::run() {
  auto pause = kFirstPause;
  for (std::size_t next = calls_.preferred(); !stop_->stopped(); ++next) {
    auto stream = calls_.stream(question(), *stop_, next, later(std::chrono::steady_clock::now(), kBeginning));
    created_ = false;
    gathered_.clear();  // they come again
    if (stream) {
      if (follow(stream.value()) == End::over) return;
    } else if (const ErrorKind kind = stream.error().kind();
               kind != ErrorKind::unavailable && kind != ErrorKind::corrupt) {
      (void)lose(stream.error());
      return;
    }
    if (created_) pause = kFirstPause;
    const auto until = later(std::chrono::steady_clock::now(), pause);
    while (!stop_->stopped() && stop_->wait(until)) {
    }
    pause = std::min(pause * 2, kLongestPause);
  }
}

EtcdWatch::End EtcdWatch::follow(Calls::Stream& stream) {
  Lines lines;
  for (std::string bytes; !stop_->stopped(); bytes.clear()) {
    switch (stream.connection->read_some(bytes, later(std::chrono::steady_clock::now(), kQuiet))) {
      case Connection::Heard::end: return End::again;
      case Connection::Heard::nothing:
        if (stop_->stopped()) return End::over;
        if (!calls_.answers(stream.endpoint, later(std::chrono::steady_clock::now(), kAnswering))) return End::again;
        continue;
      case Connection::Heard::bytes: break;
    }
    lines.feed(bytes);
    while (const auto line = lines.next()) {
      const auto read = read_watch(*line, records_);
      if (!read) return End::again;  // what is garbage is not believed, and asked for again
      if (take(read.value()) == End::over) return End::over;
      if (read.value().refusal || read.value().answer.canceled) return End::again;
    }
    if (lines.too_long()) return End::again;
  }
  return End::over;
}

EtcdWatch::End EtcdWatch::take(const WatchLine& line) {
  if (line.refusal) return take_refusal(*line.refusal);
  const WatchAnswer& answer = line.answer;
  if (answer.canceled && answer.compact_revision != 0)
    return lose({ErrorKind::unavailable, question().tried + " at etcd (" + calls_.shown() + ") after version " +
                                             std::to_string(position_) + ": it was compacted up to " +
                                             std::to_string(answer.compact_revision) +
                                             "; read the records anew and watch from there"});
  if (answer.canceled) return take_refusal({.code = 0, .message = answer.reason});
  if (answer.created && take_created(answer) == End::over) return End::over;
  take_changes(answer);
  return End::again;
}

// A member that lags behind has a lower version than one that was answered; so the majority is asked.
EtcdWatch::End EtcdWatch::take_created(const WatchAnswer& answer) {
  created_ = true;
  Version now = answer.version;
  if (now < position_) {
    const auto range = calls_.ask(
        {.path = "/v3/kv/range", .body = ask_range({.first = records_, .limit = 1}), .tried = "cannot read a version"},
        later(std::chrono::steady_clock::now(), kBeginning));
    if (!range) return End::again;
    if (const auto read = read_revision(range.value())) now = read.value();
  }
  const bool another = cluster_ != 0 && answer.cluster != cluster_;
  if (now >= position_ && !another) {
    cluster_ = answer.cluster;
    return End::again;
  }
  return lose({ErrorKind::unavailable, question().tried + " at etcd (" + calls_.shown() + ") after version " +
                                           std::to_string(position_) + ": it has come to " + std::to_string(now) +
                                           (another ? " and is another cluster" : "") +
                                           ", so it was restored; read the records anew and watch from there"});
}

EtcdWatch::End EtcdWatch::take_refusal(const Refusal& refusal) {
  const Calls::Verdict verdict = Calls::judge(question().tried + " at etcd (" + calls_.shown() + ")", refusal, true);
  if (verdict.token) calls_.forget_token();
  const ErrorKind kind = verdict.error.kind();
  if (kind == ErrorKind::denied || kind == ErrorKind::unauthenticated) return lose(verdict.error);
  return End::again;
}

void EtcdWatch::take_changes(const WatchAnswer& answer) {
  for (const Change& change : answer.changes) {
    if (change.version <= position_) continue;
    if (!gathered_.empty() && gathered_.back().version != change.version) tell_gathered();
    gathered_.push_back(change);
  }
  if (!answer.fragment) tell_gathered();
}

void EtcdWatch::tell_gathered() {
  if (gathered_.empty() || stop_->stopped()) return;
  watcher_.on_changes(gathered_);
  position_ = gathered_.back().version;
  gathered_.clear();
}

EtcdWatch::End EtcdWatch::lose(const Error& why) {
  if (!stop_->stopped()) watcher_.on_lost(why);
  return End::over;
}

}  // namespace troupe::coordinator::etcd
