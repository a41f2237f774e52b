#include "contract/coordinator/ground.h"

#include <signal.h>
#include <sys/wait.h>

#include <atomic>
#include <cerrno>
#include <stdexcept>
#include <thread>

#include "coordinator/open.h"
#include "support/scratch_directory.h"
#ifdef TROUPE_ETCD
#include "support/etcd_server.h"
#endif

namespace troupe::coordinator_test {
namespace {

class FileGround final : public Ground {
 public:
  std::unique_ptr<Coordinator> open() override { return open_from(words()); }
  std::vector<std::string> words() const override { return {"file", (directory_ / "coordinator").string()}; }
  bool sessions_end_at_once() const override { return true; }

 private:
  testing::ScratchDirectory directory_;
};

#ifdef TROUPE_ETCD
// One server for all cases, each with a prefix of its own.
class EtcdGround final : public Ground {
 public:
  std::unique_ptr<Coordinator> open() override { return open_from(words()); }
  std::vector<std::string> words() const override {
    static testing::EtcdServer server;
    return {"etcd", prefix_, server.url()};
  }
  bool sessions_end_at_once() const override { return false; }

 private:
  static std::string next() {
    static std::atomic<int> last{0};
    return "test/" + std::to_string(++last);
  }
  const std::string prefix_ = next();
};
#endif

}  // namespace

std::unique_ptr<Coordinator> open_from(const std::vector<std::string>& words) {
  CoordinatorConfig config;
  config.kind = kind_of(words.at(0)).value();
  if (config.kind == Kind::file) config.directory = words.at(1);
  if (config.kind == Kind::etcd) {
    config.prefix = words.at(1);
    config.endpoints.assign(words.begin() + 2, words.end());
  }
  return coordinator::open(config).value();
}

void at_every_coordinator(void (*body)(Ground& ground)){{INFO("in a directory");
FileGround ground;
body(ground);
}  // namespace troupe::coordinator_test
#ifdef TROUPE_ETCD
{
  INFO("in an etcd");
  EtcdGround ground;
  body(ground);
}
#endif
}

Version put(Coordinator& coordinator, const std::string& key, const std::string& value, SessionId session) {
  const auto outcome = coordinator.commit({.conditions = {}, .writes = {{key, value, session}}}, kPatience);
  if (!outcome) FAIL(outcome.error().what());
  CHECK(outcome.value().applied);
  return outcome.value().version;
}

Version erase(Coordinator& coordinator, const std::string& key) {
  return coordinator.commit({.conditions = {}, .writes = {{key}}}, kPatience).value().version;
}

std::string value_of(Coordinator& coordinator, const std::string& key) {
  const auto record = coordinator.get(key, kPatience).value();
  return record ? record->value : "(none)";
}

void Listener::on_changes(std::span<const Change> changes) noexcept {
  const std::lock_guard lock(mutex_);
  heard_.insert(heard_.end(), changes.begin(), changes.end());
  calls_.push_back(changes.size());
  changed_.notify_all();
}

void Listener::on_lost(const Error& why) noexcept {
  const std::lock_guard lock(mutex_);
  lost_ += why.what();
  changed_.notify_all();
}

bool Listener::until(const std::function<bool(const Listener&)>& holds, std::chrono::milliseconds within) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, std::chrono::steady_clock::now() + within, [&] { return holds(*this); });
}

std::vector<Change> Listener::heard() {
  const std::lock_guard lock(mutex_);
  return heard_;
}

std::vector<std::size_t> Listener::calls() {
  const std::lock_guard lock(mutex_);
  return calls_;
}

std::string Listener::lost() {
  const std::lock_guard lock(mutex_);
  return lost_;
}

void Losses::on_session_lost(SessionId session, const Error& why) noexcept {
  const std::lock_guard lock(mutex_);
  lost_.push_back(session);
  why_ = why.what();
  changed_.notify_all();
}

SessionId Losses::next(std::chrono::milliseconds within) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_until(lock, std::chrono::steady_clock::now() + within, [&] { return !lost_.empty(); })) return 0;
  const SessionId session = lost_.front();
  lost_.erase(lost_.begin());
  return session;
}

std::string Losses::why() {
  const std::lock_guard lock(mutex_);
  return why_;
}

bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds within) {
  const auto end = std::chrono::steady_clock::now() + within;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

Child::Child(const Ground& ground, std::vector<std::string> part) {
  std::vector<std::string> words = {"test", "--child", std::to_string(part.size())};
  words.insert(words.end(), part.begin(), part.end());
  const auto where = ground.words();
  words.insert(words.end(), where.begin(), where.end());
  process_ = testing::spawn_self(words);
}

Child::~Child() {
  kill();
  ::close(process_.to);
  ::close(process_.from);
}

std::string Child::says() {
  for (;;) {
    if (const auto end = unread_.find('\n'); end != unread_.npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    char bytes[256];
    const auto count = ::read(process_.from, bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return {};
    unread_.append(bytes, static_cast<std::size_t>(count));
  }
}

void Child::tell(const std::string& line) {
  const std::string bytes = line + "\n";
  if (::write(process_.to, bytes.data(), bytes.size()) < 0) throw std::runtime_error("the child ended");
}

void Child::signal(int number) { ::kill(process_.pid, number); }

void Child::kill() {
  if (process_.pid < 0) return;
  ::kill(process_.pid, SIGKILL);
  while (::waitpid(process_.pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  process_.pid = -1;
}

}  // namespace troupe::coordinator_test
