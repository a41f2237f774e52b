// Links with TLS 1.3: a session for each connection, made by the credentials of the moment, and a thread that looks at
// their files.
//
//   files --look--> Credentials --swap--> new sessions
//                        '--------------> standing() of those there are: is its peer denied now?
//
// What a look finds wrong is logged once, and the credentials before stay.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "net/transport.h"
#include "tls/credentials.h"
#include "tls/session.h"
#include "troupe/log.h"
#include "troupe/tls.h"

namespace troupe::tls {

class TlsTransport final : public net::Transport {
 public:
  // Reads the files. `invalid` says which file, what is wrong, and what to do; `log`: any thread, may be empty.
  [[nodiscard]] static Result<std::shared_ptr<const TlsTransport>> load(const TlsConfig& config, const PeerName& self,
                                                                        LogSink log);
  // From the first credentials on; looks at `files` every `look_every`.
  TlsTransport(Files files, std::shared_ptr<const Credentials> first, std::chrono::milliseconds look_every,
               LogSink log);
  ~TlsTransport() override;
  TlsTransport(const TlsTransport&) = delete;
  TlsTransport& operator=(const TlsTransport&) = delete;

  [[nodiscard]] Result<void> check_address(const std::string& host) const override;
  [[nodiscard]] Result<std::unique_ptr<net::SecureSession>> session_to(const std::string& peer,
                                                                       wire::Bytes& to_socket) const override;
  [[nodiscard]] Result<std::unique_ptr<net::SecureSession>> session_from_anyone() const override;
  [[nodiscard]] bool seals() const noexcept override { return true; }

 private:
  void look_again(const std::stop_token& stop);
  void look();

  const Files files_;
  const LogSink log_;
  const std::shared_ptr<Present> present_ = std::make_shared<Present>();
  Stamps seen_;       // the looking thread's own
  std::string said_;  // the same: what was wrong the last time
  std::mutex mutex_;
  std::condition_variable_any wake_;
  const std::chrono::milliseconds look_every_;
  std::jthread thread_;  // last: it uses the rest
};

}  // namespace troupe::tls
