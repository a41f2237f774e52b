// Requests to an etcd of several members: whichever answers. Keeps connections, fails over, renews the token. Any
// thread.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/etcd/connection.h"
#include "coordinator/etcd/messages.h"

namespace troupe::coordinator::etcd {

struct Credentials {
  std::string user;
  std::string password;
  ~Credentials();
};

struct Question {
  const char* path;
  std::string body;
  std::string tried;  // "cannot read members/a"
  // Asking twice does no harm: it is asked elsewhere when an answer does not come. Otherwise that is `unknown_outcome`.
  bool repeatable = true;
};

class Calls {
 public:
  Calls(std::vector<Endpoint> endpoints, std::unique_ptr<Network> network, Credentials credentials);
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  [[nodiscard]] Result<std::string> ask(const Question& question, TimePoint until);

  // For a watch: a stream from one of them, and which; the next one each time.
  struct Stream {
    std::unique_ptr<Connection> connection;
    std::size_t endpoint = 0;
  };
  [[nodiscard]] Result<Stream> stream(const Question& question, Stop& stop, std::size_t first, TimePoint until);
  // Whether that one answers at all.
  [[nodiscard]] bool answers(std::size_t endpoint, TimePoint until);
  // The one that answered last.
  [[nodiscard]] std::size_t preferred() const noexcept { return preferred_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t count() const noexcept { return endpoints_.size(); }
  [[nodiscard]] const std::string& shown() const noexcept { return shown_; }
  // The token is no longer taken: the next call gets another.
  void forget_token();

  // What etcd's refusal means. `elsewhere`: it did not run, and another member, or the same one a little later, may
  // take it.
  struct Verdict {
    Error error;
    bool elsewhere = false;
    bool token = false;
  };
  [[nodiscard]] static Verdict judge(const std::string& tried, const Refusal& refusal, bool repeatable);

 private:
  struct Try {
    std::optional<std::string> body;
    std::optional<Error> error;  // final
    std::string why;             // otherwise: why another may be tried
    bool token = false;
  };
  [[nodiscard]] Try try_one(const Question& question, std::size_t endpoint, TimePoint until);
  [[nodiscard]] std::unique_ptr<Connection> take(std::size_t endpoint, TimePoint until, std::string& why);
  void give_back(std::size_t endpoint, std::unique_ptr<Connection> connection);
  [[nodiscard]] Result<std::string> token(std::size_t endpoint, TimePoint until);
  [[nodiscard]] Verdict verdict(const Question& question, std::size_t endpoint, const HttpAnswer& answer) const;

  const std::vector<Endpoint> endpoints_;
  const std::string shown_;
  const std::unique_ptr<Network> network_;
  const Credentials credentials_;
  std::atomic<std::size_t> preferred_{0};

  std::mutex mutex_;
  std::vector<std::vector<std::unique_ptr<Connection>>> idle_;
  std::string token_;
};

}  // namespace troupe::coordinator::etcd
