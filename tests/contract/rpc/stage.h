// A node with the services of jotter.capnp and an RPC port before them; and clients by Cap'n Proto's own library.
#pragma once

#include <capnp/rpc-twoparty.h>
#include <doctest/doctest.h>
#include <kj/async-io.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "jotter.capnp.troupe.h"
#include "rpc/directory.capnp.h"
#include "rpc/server.h"
#include "support/scratch_directory.h"
#include "troupe/actor.h"
#include "troupe/node.h"

namespace troupe::rpc {

constexpr std::chrono::seconds kPatience{20};

// What Jotter.wait() waits for.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait_until(lock, later(std::chrono::steady_clock::now(), kPatience), [&] { return open_; });
    --waiting_;
  }
  // Until so many wait; false: not in time.
  [[nodiscard]] bool is_waited_for(int by = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, later(std::chrono::steady_clock::now(), kPatience),
                               [&] { return waiting_ >= by; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int waiting_ = 0;
};

// "alice:reader,clerk:jotters:burn": the name, roles and scopes, taken at its word. "old" is a token that has ended.
[[nodiscard]] Result<Bearer> believe(std::string_view token);

class Stage {
 public:
  enum class Shares : bool { nothing, keys_and_rates };
  explicit Stage(ServerOptions options = {.check_token = believe, .anonymous = true}, OfferOptions vault = {},
                 Shares shares = Shares::keys_and_rates);
  ~Stage();

  [[nodiscard]] Node& node() { return *node_; }
  [[nodiscard]] Server& server() { return *server_; }
  [[nodiscard]] Gate& gate() { return *gate_; }
  [[nodiscard]] std::string log() const;

 private:
  testing::ScratchDirectory directory_;
  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
  struct Log;
  std::shared_ptr<Log> log_;
  std::unique_ptr<Node> node_;
  std::unique_ptr<Server> server_;
};

// Looks again and again until it is so.
template <class Is>
bool soon(Is&& is) {
  const auto end = later(std::chrono::steady_clock::now(), kPatience);
  while (!is()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

inline bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// The event loop of a test's clients.
struct Loop {
  kj::AsyncIoContext io = kj::setupAsyncIo();
  // Throws kj::Exception when it takes too long.
  template <class T>
  auto wait(kj::Promise<T> promise) {
    return io.provider->getTimer().timeoutAfter(kPatience.count() * kj::SECONDS, kj::mv(promise)).wait(io.waitScope);
  }
  // What a call fails with; the empty text when it does not.
  template <class P>
  std::string failure(P&& promise) {
    KJ_IF_MAYBE (error, kj::runCatchingExceptions([&] { wait(promise.ignoreResult()); }))
      return error->getDescription().cStr();
    return {};
  }
  kj::Own<kj::AsyncIoStream> connect(std::uint16_t port) {
    auto& network = io.provider->getNetwork();
    auto address = network.parseAddress("127.0.0.1", port).wait(io.waitScope);
    return address->connect().wait(io.waitScope);
  }
};

// A client, its connection, and the directory that it is bootstrapped with.
class Client {
 public:
  Client(Loop& loop, std::uint16_t port) : Client(loop, loop.connect(port)) {}
  Client(Loop& loop, kj::Own<kj::AsyncIoStream> stream)
      : loop_(loop), stream_(kj::mv(stream)), rpc_(*stream_), directory(rpc_.bootstrap().castAs<Directory>()) {}

  // Of whoever the token names.
  [[nodiscard]] Directory::Client as(const std::string& token) {
    auto request = directory.authenticateRequest();
    request.setToken(token.c_str());
    return request.send().getDirectory();
  }
  template <class Interface>
  [[nodiscard]] static typename Interface::Client service(
      Directory::Client from, const char* name, const char* key,
      const std::function<void(CallOptions::Builder)>& options = {}) {
    auto request = from.serviceRequest();
    request.setName(name);
    request.setKey(key);
    if (options) options(request.initOptions());
    return request.send().getService().template castAs<Interface>();
  }
  [[nodiscard]] jotter::Jotter::Client jotter(const char* key) {
    return service<jotter::Jotter>(directory, "Jotter", key);
  }
  [[nodiscard]] kj::Promise<void> until_closed() { return rpc_.onDisconnect(); }
  [[nodiscard]] kj::AsyncIoStream& stream() { return *stream_; }

 private:
  Loop& loop_;
  kj::Own<kj::AsyncIoStream> stream_;
  capnp::TwoPartyClient rpc_;

 public:
  Directory::Client directory;
};

}  // namespace troupe::rpc
