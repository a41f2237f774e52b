#include "coordinator/etcd/etcd_coordinator.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

#include "base/private_files.h"
#include "coordinator/checks.h"
#include "coordinator/etcd/calls.h"
#include "coordinator/etcd/etcd_session.h"
#include "coordinator/etcd/etcd_watch.h"

namespace troupe::coordinator::etcd {
namespace {

// Of a range, at a time: an answer with so many of the largest records is below kMaxAnswerBytes.
constexpr std::size_t kRangePage = 64;
constexpr std::size_t kMaxPasswordBytes = 1024;
// How often a session's number may be taken, or a range cut by a compaction, before that is an error.
constexpr int kTries = 8;

class NoWatch final : public Watch {};

class EtcdCoordinator final : public Coordinator {
 public:
  EtcdCoordinator(std::vector<Endpoint> endpoints, std::unique_ptr<Network> network, Credentials credentials,
                  const std::string& prefix)
      : keys_(prefix),
        calls_(std::move(endpoints), std::move(network), std::move(credentials)),
        description_("etcd at " + calls_.shown()) {}

  const std::string& describe() const noexcept override { return description_; }

  Result<std::optional<Record>> get(std::string_view key, Milliseconds timeout) override {
    const std::string tried = "cannot read " + std::string(key);
    if (auto checked = check_key(key); !checked) return checked.error();
    if (auto checked = check_timeout(tried, timeout); !checked) return checked.error();
    const auto body = calls_.ask(
        {.path = "/v3/kv/range", .body = ask_range({.first = keys_.record(key)}), .tried = tried}, end_of(timeout));
    if (!body) return body.error();
    auto answer = read_range(body.value(), keys_.records());
    if (!answer) return answer.error();
    if (answer->records.empty()) return std::optional<Record>();
    return std::optional<Record>(std::move(answer->records.front()));
  }

  Result<Range> range(std::string_view prefix, Milliseconds timeout) override {
    const std::string tried = "cannot read the records " + std::string(prefix);
    if (auto checked = check_prefix(prefix); !checked) return checked.error();
    if (auto checked = check_timeout(tried, timeout); !checked) return checked.error();
    const TimePoint until = end_of(timeout);
    Result<Range> range = pages(tried, keys_.record(prefix), until);
    // A compaction between two pages: what was begun cannot be ended, and is begun anew.
    for (int i = 1; i < kTries && !range && range.error().message().find("compacted") != std::string::npos; ++i)
      range = pages(tried, keys_.record(prefix), until);
    return range;
  }

  Result<Outcome> commit(const Transaction& transaction, Milliseconds timeout) override {
    const std::string tried = "cannot commit a transaction";
    if (auto checked = check_transaction(transaction); !checked) return checked.error();
    if (auto checked = check_timeout(tried, timeout); !checked) return checked.error();
    const auto body = calls_.ask(
        {.path = "/v3/kv/txn", .body = ask_transaction(keys_, transaction), .tried = tried, .repeatable = false},
        end_of(timeout));
    if (!body) return lease_named(transaction, body.error());
    auto outcome = read_transaction(body.value());
    // It answered, and what it answered cannot be read.
    if (!outcome) return Error(ErrorKind::unknown_outcome, outcome.error().message());
    return outcome;
  }

  std::unique_ptr<Watch> watch(std::string_view prefix, Version after, Watcher& watcher) override {
    if (!check_prefix(prefix)) return std::make_unique<NoWatch>();
    try {
      return std::make_unique<EtcdWatch>(calls_, keys_, prefix, after, watcher);
    } catch (const std::system_error& failed) {
      watcher.on_lost(no_thread(failed));
      return std::make_unique<NoWatch>();
    }
  }

  Result<std::unique_ptr<Session>> open_session(std::string_view name, Milliseconds ttl, SessionEvents& events,
                                                Milliseconds timeout) override {
    const std::string tried = "cannot open a session";
    const auto lives = check_session(name, ttl);
    if (!lives) return lives.error();
    if (auto checked = check_timeout(tried, timeout); !checked) return checked.error();
    const TimePoint until = end_of(timeout);
    const std::int64_t seconds = std::chrono::ceil<std::chrono::seconds>(lives.value()).count();
    Result<Granted> granted = grant(tried, name, seconds, until);
    // Another program's lease may have that number.
    for (int i = 1; i < kTries && !granted && granted.error().message().find("already exists") != std::string::npos;
         ++i)
      granted = grant(tried, name, seconds, until);
    if (!granted) return granted.error();
    const auto row = calls_.ask(
        {.path = "/v3/kv/put", .body = ask_put(keys_.session(granted->id), name, granted->id), .tried = tried}, until);
    if (!row) return row.error();
    try {
      return std::unique_ptr<Session>(
          std::make_unique<EtcdSession>(calls_, granted->id, granted->ttl, granted->asked, events));
    } catch (const std::system_error& failed) {
      return no_thread(failed);
    }
  }

 private:
  struct Granted {
    SessionId id = 0;
    std::chrono::milliseconds ttl{0};
    std::int64_t asked = 0;
  };

  static Error no_thread(const std::system_error& failed) {
    return {ErrorKind::unavailable, std::string("cannot start a thread for the coordinator: ") + failed.what() +
                                        "; raise the limit (ulimit -u)"};
  }

  static TimePoint end_of(std::chrono::milliseconds timeout) {
    return later(std::chrono::steady_clock::now(), timeout);
  }

  // The number is the version of a write: it grows, and no other session gets it.
  Result<Granted> grant(const std::string& tried, std::string_view name, std::int64_t seconds, TimePoint until) {
    const auto counted =
        calls_.ask({.path = "/v3/kv/put", .body = ask_put(keys_.session_counter(), name, 0), .tried = tried}, until);
    if (!counted) return counted.error();
    const auto id = read_revision(counted.value());
    if (!id) return id.error();
    const std::int64_t asked = boot_time();
    const auto leased =
        calls_.ask({.path = "/v3/lease/grant", .body = ask_lease(id.value(), seconds), .tried = tried}, until);
    if (!leased) return leased.error();
    const auto ttl = read_ttl(leased.value());
    if (!ttl) return ttl.error();
    if (ttl.value() <= 0) return Error(ErrorKind::unavailable, tried + ": etcd gave it no time");
    return Granted{id.value(), std::chrono::seconds(std::min(ttl.value(), std::int64_t{2} * kMaxTtl.count() * 3600)),
                   asked};
  }

  Result<Range> pages(const std::string& tried, const std::string& first, TimePoint until) {
    Range range;
    RangeQuestion question{.first = first, .past = behind(first), .limit = kRangePage};
    for (;;) {
      const auto body = calls_.ask({.path = "/v3/kv/range", .body = ask_range(question), .tried = tried}, until);
      if (!body) return body.error();
      auto answer = read_range(body.value(), keys_.records());
      if (!answer) return answer.error();
      if (question.at == 0) range.version = question.at = answer->version;
      std::move(answer->records.begin(), answer->records.end(), std::back_inserter(range.records));
      if (!answer->more || answer->records.empty()) return range;
      question.first = keys_.record(range.records.back().key) + '\0';
    }
  }

  // etcd does not say which lease it was.
  static Error lease_named(const Transaction& transaction, const Error& error) {
    if (error.message().find("requested lease not found") == std::string::npos) return error;
    std::string named;
    for (const Write& write : transaction.writes)
      if (const std::string id = std::to_string(write.session); write.session != 0 && named.find(id) == named.npos)
        named += (named.empty() ? "" : ", ") + id;
    return {ErrorKind::invalid, error.message() + ": session " + named + " has ended, or never was; open another one"};
  }

  const KeySpace keys_;
  Calls calls_;
  const std::string description_;
};

Error misconfigured(const std::string& what) {
  return {ErrorKind::invalid, "the coordinator's configuration: " + what};
}

Result<void> check_prefix_of(const std::string& prefix) {
  const bool printable = std::all_of(prefix.begin(), prefix.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (prefix.empty() || prefix.size() > kMaxPrefixBytes || !printable)
    return misconfigured(
        "an etcd wants a prefix for the cluster's keys, such as \"troupe/shop\": printable ASCII without "
        "spaces, 1 to " +
        std::to_string(kMaxPrefixBytes) + " bytes, and it has " + std::to_string(prefix.size()));
  return {};
}

Result<Credentials> credentials(const CoordinatorConfig& config, const std::vector<Endpoint>& endpoints) {
  if (config.user.empty() != config.password_file.empty())
    return misconfigured("a user and a password_file come together");
  if (config.user.empty()) return Credentials{};
  for (const Endpoint& endpoint : endpoints)
    if (!endpoint.tls && !is_loopback(endpoint.host))
      return misconfigured("a password is not sent in clear to " + endpoint.shown + "; write \"https://" +
                           endpoint.shown + "\"");
  auto password = read_secret(fixed(config.password_file), "the coordinator's password", kMaxPasswordBytes);
  if (!password) return password.error();
  while (!password->empty() && (password->back() == '\n' || password->back() == '\r')) password->pop_back();
  return Credentials{config.user, std::move(password).value()};
}

}  // namespace

Result<std::unique_ptr<Coordinator>> open_etcd(const CoordinatorConfig& config) {
  auto endpoints = parse_endpoints(config.endpoints);
  if (!endpoints) return endpoints.error();
  if (auto checked = check_prefix_of(config.prefix); !checked) return checked.error();
  const bool tls = endpoints->front().tls;
  if (config.certificate_file.empty() != config.key_file.empty())
    return misconfigured("a certificate_file and a key_file come together");
  if (!tls && !(config.ca_file.empty() && config.certificate_file.empty()))
    return misconfigured("certificates are for endpoints with https, and " + config.endpoints.front() + " has none");
  auto given = credentials(config, endpoints.value());
  if (!given) return given.error();
  auto network = Network::make(config, tls);
  if (!network) return network.error();
  return std::unique_ptr<Coordinator>(std::make_unique<EtcdCoordinator>(
      std::move(endpoints).value(), std::move(network).value(), std::move(given).value(), config.prefix));
}

}  // namespace troupe::coordinator::etcd
