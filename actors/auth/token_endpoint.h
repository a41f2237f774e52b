// What an issuer answers to clients: the grants of RFC 6749 with the practice of RFC 9700. It keeps nothing itself;
// what must last is in RefreshFamilies, AuthorizationCodes, LoginBuckets and TokenKeys.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/config.h"
#include "auth/token_form.h"
#include "auth/users.h"

namespace troupe::auth {

// What all actors of an issuer on one node share.
struct IssuerFacts {
  IssuerConfig config;
  Users users;
};

class TokenEndpointRole final : public AskingActor {
 public:
  explicit TokenEndpointRole(std::shared_ptr<const IssuerFacts> facts) : facts_(std::move(facts)) {}

 private:
  Task<> token(TokenParams::Reader in, TokenResults::Builder out) override;
  Task<> revoke(RevokeParams::Reader in, RevokeResults::Builder out) override;
  Task<> authorize(AuthorizeParams::Reader in, AuthorizeResults::Builder out) override;
  Task<> logIn(LogInParams::Reader in, LogInResults::Builder out) override;

  // Who a token is for, and what it says.
  struct Holder {
    std::string subject;
    std::vector<std::string> roles;
    std::vector<std::string> scope;
  };
  // Of a log-in that its user was verified for just now.
  struct Attempt {
    std::optional<UserFacts> facts;    // nothing: no such user, or not their password
    std::uint64_t retry_after_ms = 0;  // not 0: too many attempts, and nobody was asked
  };

  [[nodiscard]] const IssuerConfig& config() const noexcept { return facts_->config; }
  // The client that the request is of; throws a Denial, and counts what is wrong against the address.
  [[nodiscard]] Task<const ClientConfig*> known_client(const Form& form, std::string authorization,
                                                       std::string address);
  // Each gives the body of an answer, or throws a Denial.
  [[nodiscard]] Task<std::string> grant(const Form& form, const ClientConfig& client, std::string address);
  [[nodiscard]] Task<std::string> grant_by_password(const Form& form, const ClientConfig& client, std::string address);
  [[nodiscard]] Task<std::string> grant_by_code(const Form& form, const ClientConfig& client);
  [[nodiscard]] Task<std::string> grant_by_refresh(const Form& form, const ClientConfig& client);
  // Begins a log-in, with a refresh token if the client may have one.
  [[nodiscard]] Task<std::string> begin(const ClientConfig& client, Holder holder, std::string family);
  [[nodiscard]] Task<std::string> sign(const ClientConfig& client, const Holder& holder);
  [[nodiscard]] std::string body(const std::string& access_token, const Holder& holder,
                                 const std::string& refresh_token) const;
  // What a code would be for; throws a Denial.
  [[nodiscard]] static std::vector<std::string> scope_for_code(const Form& form, const ClientConfig& client);
  [[nodiscard]] Task<std::string> new_code(const Form& form, const ClientConfig& client, std::string user,
                                           std::vector<std::string> scope);
  [[nodiscard]] Task<Attempt> try_password(std::string user, std::string password, std::string address);
  // How long to wait, or 0: the attempt is taken.
  [[nodiscard]] Task<std::uint64_t> take(std::string bucket, Attempts attempts);
  [[nodiscard]] std::string bucket_of(std::string_view kind, std::string_view name) const;

  std::shared_ptr<const IssuerFacts> facts_;
};

}  // namespace troupe::auth
