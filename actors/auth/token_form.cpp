#include "auth/token_form.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "auth/encoding.h"
#include "auth/limits.h"
#include "auth/words.h"

namespace troupe::auth {
namespace {

constexpr std::size_t kFamilyChars = 22;
constexpr std::size_t kSecretChars = 43;

[[noreturn]] void deny_request(std::string why) { throw Denial{400, "invalid_request", std::move(why)}; }

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// What application/x-www-form-urlencoded stands for; nothing: it is none.
std::optional<std::string> form_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return decoded;
}

// The ordinary base64, with its padding.
std::optional<std::string> from_base64(std::string text) {
  if (text.empty() || text.size() % 4 != 0 || text.find_first_of("-_") != text.npos) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.pop_back();
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return from_base64url(text);
}

std::optional<ClientWord> basic_word(std::string_view authorization) {
  constexpr std::string_view kBasic = "basic ";
  if (authorization.size() < kBasic.size() || authorization.size() > limits::kMaxParameterBytes) return std::nullopt;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  for (std::size_t i = 0; i < kBasic.size(); ++i)
    if (lower(authorization[i]) != kBasic[i]) return std::nullopt;
  const auto pair = from_base64(std::string(authorization.substr(kBasic.size())));
  const auto colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  auto id = form_decoded(std::string_view(*pair).substr(0, colon));
  auto secret = form_decoded(std::string_view(*pair).substr(colon + 1));
  if (!id || !secret) return std::nullopt;
  return ClientWord{std::move(*id), std::move(*secret), true};
}

}  // namespace

Form::Form(capnp::List<Parameter>::Reader parameters) {
  if (parameters.size() > limits::kMaxParameters)
    deny_request("there are more than " + std::to_string(limits::kMaxParameters) + " parameters");
  for (const auto parameter : parameters) {
    std::string name = text_of(parameter.getName());
    std::string value = text_of(parameter.getValue());
    if (name.size() > limits::kMaxNameBytes || value.size() > limits::kMaxParameterBytes)
      deny_request("a parameter has more than " + std::to_string(limits::kMaxParameterBytes) + " bytes");
    if (!values_.emplace(std::move(name), std::move(value)).second) deny_request("a parameter is there twice");
  }
}

const std::string& Form::get(std::string_view name) const {
  static const std::string kNone;
  const auto it = values_.find(name);
  return it == values_.end() ? kNone : it->second;
}

const std::string& Form::need(std::string_view name) const {
  const std::string& value = get(name);
  if (value.empty()) deny_request("the parameter " + std::string(name) + " is missing");
  return value;
}

ClientWord client_word(const Form& form, std::string_view authorization) {
  if (!authorization.empty()) {
    auto word = basic_word(authorization);
    if (!word)
      throw Denial{401, "invalid_client", "the header Authorization is not Basic with an id and a secret", 0, true};
    if (!form.get("client_secret").empty())
      deny_request("the client says who it is both by the header Authorization and by client_secret");
    if (!form.get("client_id").empty() && form.get("client_id") != word->id)
      deny_request("client_id is not the client of the header Authorization");
    return *word;
  }
  if (form.get("client_id").empty())
    throw Denial{401, "invalid_client", "the client does not say who it is: client_id is missing", 0, true};
  ClientWord word{form.get("client_id"), std::nullopt, false};
  if (!form.get("client_secret").empty()) word.secret = form.get("client_secret");
  return word;
}

void write_denial(const Denial& denial, TokenAnswer::Builder answer) {
  answer.setStatus(denial.status);
  answer.setBody(nlohmann::json{{"error", denial.code}, {"error_description", denial.description}}.dump());
  answer.setRetryAfterMs(denial.retry_after_ms);
  if (denial.challenge) answer.setAuthenticate("Basic realm=\"token\"");
}

std::optional<RefreshToken> read_refresh_token(std::string_view token) {
  if (token.size() != kFamilyChars + 1 + kSecretChars || token[kFamilyChars] != '.') return std::nullopt;
  if (!from_base64url(token.substr(0, kFamilyChars)) || !from_base64url(token.substr(kFamilyChars + 1)))
    return std::nullopt;
  return RefreshToken{std::string(token.substr(0, kFamilyChars)), sha256(token)};
}

std::string address_group(std::string_view address) {
  constexpr std::size_t kNetworkBytes = 8;
  constexpr std::array<unsigned char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const std::string text(address);
  std::array<unsigned char, 16> six{};
  if (inet_pton(AF_INET6, text.c_str(), six.data()) != 1) return text;
  // An IPv4 address in IPv6's clothes is one host.
  if (std::equal(kMapped.begin(), kMapped.end(), six.begin())) {
    std::array<char, INET_ADDRSTRLEN> four{};
    return inet_ntop(AF_INET, six.data() + kMapped.size(), four.data(), four.size()) ? four.data() : text;
  }
  return to_base64url({reinterpret_cast<const char*>(six.data()), kNetworkBytes});
}

}  // namespace troupe::auth
