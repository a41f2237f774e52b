#include "coordinator/file/file_coordinator.h"

#include <unistd.h>

#include <system_error>
#include <utility>

#include "coordinator/checks.h"
#include "coordinator/file/follower.h"
#include "coordinator/file/writes.h"

namespace troupe::coordinator::file {
namespace {

// How long the end of a session may take; its lock goes anyway, and others end it.
constexpr std::chrono::seconds kClosing{2};

class FileWatch final : public Watch {
 public:
  FileWatch(Follower& follower, std::shared_ptr<Follower::Watched> watched)
      : follower_(follower), watched_(std::move(watched)) {}
  ~FileWatch() override { follower_.end(watched_); }

 private:
  Follower& follower_;
  const std::shared_ptr<Follower::Watched> watched_;
};

class FileSession final : public Session {
 public:
  FileSession(SharedEnvironment& environment, Writes& writes, Follower& follower, SessionId id, SessionEvents& events)
      : environment_(environment), writes_(writes), follower_(follower), kept_(std::make_shared<Follower::Kept>()) {
    kept_->id = id;
    kept_->events = &events;
    follower_.keep(kept_);
  }
  ~FileSession() override {
    follower_.end(kept_);
    const SessionId id = kept_->id;
    (void)writes_.run({"cannot end a session", [id](Book& book) { return book.end_session(id), Result<void>(); }},
                      kClosing);
    environment_.processes().let_go(id);
  }
  SessionId id() const noexcept override { return kept_->id; }
  bool alive() const noexcept override { return kept_->alive.load(std::memory_order_acquire); }

 private:
  SharedEnvironment& environment_;
  Writes& writes_;
  Follower& follower_;
  const std::shared_ptr<Follower::Kept> kept_;
};

class FileCoordinator final : public Coordinator {
 public:
  explicit FileCoordinator(std::shared_ptr<SharedEnvironment> environment)
      : environment_(std::move(environment)),
        description_("the coordinator in " + environment_->directory().string()),
        writes_(environment_),
        follower_(*environment_, writes_) {}

  const std::string& describe() const noexcept override { return description_; }

  Result<std::optional<Record>> get(std::string_view key, Milliseconds timeout) override {
    if (auto checked = check_key(key); !checked) return checked.error();
    std::optional<Record> record;
    const auto read =
        this->read("cannot read " + std::string(key), timeout, [&](const Book& book) { record = book.get(key); });
    if (!read) return read.error();
    return record;
  }

  Result<Range> range(std::string_view prefix, Milliseconds timeout) override {
    if (auto checked = check_prefix(prefix); !checked) return checked.error();
    Range range;
    const auto read = this->read("cannot read the records " + std::string(prefix), timeout,
                                 [&](const Book& book) { range = book.range(prefix); });
    if (!read) return read.error();
    return range;
  }

  Result<Outcome> commit(const Transaction& transaction, Milliseconds timeout) override {
    const std::string tried = "cannot commit a transaction";
    if (auto checked = check_transaction(transaction); !checked) return checked.error();
    if (auto checked = check_timeout(tried, timeout); !checked) return checked.error();
    // The caller may leave before it is done.
    struct Given {
      Transaction transaction;
      Outcome outcome;
    };
    const auto given = std::make_shared<Given>(Given{transaction, {}});
    const auto done = writes_.run({tried,
                                   [given](Book& book) -> Result<void> {
                                     auto outcome = book.commit(given->transaction);
                                     if (!outcome) return outcome.error();
                                     given->outcome = outcome.value();
                                     return {};
                                   }},
                                  timeout);
    if (!done) return done.error();
    return given->outcome;
  }

  std::unique_ptr<Watch> watch(std::string_view prefix, Version after, Watcher& watcher) override {
    return std::make_unique<FileWatch>(follower_, follower_.watch(prefix, after, watcher));
  }

  Result<std::unique_ptr<Session>> open_session(std::string_view name, Milliseconds ttl, SessionEvents& events,
                                                Milliseconds timeout) override {
    const std::string tried = "cannot open a session";
    const auto lives = check_session(name, ttl);
    if (!lives) return lives.error();
    if (auto checked = check_timeout(tried, timeout); !checked) return checked.error();
    const auto id = std::make_shared<SessionId>(0);
    WriteJob job{.tried = tried,
                 .body = [this, id, shown = std::string(name)](Book& book) { return begin(book, shown, *id); },
                 // Nobody has it: without its lock, whoever looks next ends it.
                 .unwanted = [this, id] { environment_->processes().let_go(*id); }};
    if (const auto done = writes_.run(std::move(job), timeout); !done) return done.error();
    return std::unique_ptr<Session>(std::make_unique<FileSession>(*environment_, writes_, follower_, *id, events));
  }

 private:
  // The lock first: from the commit on the session is looked at.
  Result<void> begin(Book& book, const std::string& name, SessionId& id) {
    id = book.begin_session(name + " (process " + std::to_string(::getpid()) + ")");
    const int code = environment_->processes().keep(id);
    if (code == 0) return {};
    return Error(ErrorKind::unavailable, "cannot lock a session's byte in " + environment_->directory().string() +
                                             ": " + std::system_category().message(code));
  }

  Result<void> read(const std::string& tried, std::chrono::milliseconds timeout,
                    const std::function<void(const Book&)>& body) {
    if (auto checked = check_timeout(tried, timeout); !checked) return checked;
    return environment_->read(tried, later(std::chrono::steady_clock::now(), timeout), body);
  }

  const std::shared_ptr<SharedEnvironment> environment_;
  const std::string description_;
  Writes writes_;
  Follower follower_;
};

}  // namespace

Result<std::unique_ptr<Coordinator>> open_file(const EnvironmentOptions& options) {
  auto environment = SharedEnvironment::open(options);
  if (!environment) return environment.error();
  try {
    return std::unique_ptr<Coordinator>(std::make_unique<FileCoordinator>(std::move(environment).value()));
  } catch (const std::system_error& failed) {
    return Error(ErrorKind::unavailable, std::string("cannot start a thread for the coordinator: ") + failed.what() +
                                             "; raise the limit (ulimit -u)");
  }
}

}  // namespace troupe::coordinator::file
