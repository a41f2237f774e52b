// The limits of tokens, keys and passwords, each with its reason. Read-only values.
#pragma once

#include <chrono>
#include <cstddef>

namespace troupe::auth::limits {

// Of a compact token, the three parts and their dots: a header field of HTTP servers is commonly 8 KiB.
inline constexpr std::size_t kMaxTokenBytes = 8 * 1024;
// Of a JSON document within a token: arrays and objects within each other.
inline constexpr std::size_t kMaxJsonDepth = 8;
// Names in a token: kid, jti; issuer, subject, audience, client, one role, one scope.
inline constexpr std::size_t kMaxKidBytes = 128;
inline constexpr std::size_t kMaxNameBytes = 256;
// Entries of a list of a token: audiences, roles, scopes.
inline constexpr std::size_t kMaxListEntries = 64;
// By how much the clocks of issuer and verifier may differ; more would only lengthen the life of every token.
inline constexpr std::chrono::seconds kMaxClockSkew{300};
// Moments in a token, since 1970: the end of the year 9999.
inline constexpr long long kMaxMoment = 253'402'300'799;

// RFC 7518 wants 2048 bits at least; past the most a check costs milliseconds, by whoever names the key.
inline constexpr int kMinRsaBits = 2'048;
inline constexpr int kMaxRsaBits = 8'192;
// Of a published set of keys.
inline constexpr std::size_t kMaxJwksBytes = 256 * 1024;
inline constexpr std::size_t kMaxJwksKeys = 64;
// Tokens that a check remembers as good.
inline constexpr std::size_t kMaxRemembered = 1'000'000;
// Keys that an issuer holds at once: the one that signs, one that will, and those that still verify.
inline constexpr std::size_t kMaxHeldKeys = 16;

// Of passwords, in bytes of UTF-8. The least is the default of PasswordRules and may be raised; the most bounds what a
// stranger can have hashed.
inline constexpr std::size_t kMinPasswordBytes = 8;
inline constexpr std::size_t kMaxPasswordBytes = 1'024;
// What a stored hash may ask for; more is taken for damage.
inline constexpr unsigned kMinArgonMemoryKib = 8;
inline constexpr unsigned kMaxArgonMemoryKib = 1024 * 1024;
inline constexpr unsigned kMaxArgonPasses = 64;
inline constexpr unsigned kMaxArgonLanes = 16;

// Of what a token endpoint is asked: parameters, and the bytes of one of them.
inline constexpr std::size_t kMaxParameters = 32;
inline constexpr std::size_t kMaxParameterBytes = 8 * 1024;
// Of a client's address as its gateway names it.
inline constexpr std::size_t kMaxAddressBytes = 128;
// Clients of a configuration, and redirect addresses of one of them.
inline constexpr std::size_t kMaxClients = 10'000;
inline constexpr std::size_t kMaxRedirects = 32;
// Uses of the refresh tokens of one log-in. After the last one its user logs in anew.
inline constexpr unsigned kMaxRotations = 10'000;
// How long tokens and codes may live by configuration.
inline constexpr std::chrono::seconds kMaxAccessLife{24 * 3600};
inline constexpr std::chrono::seconds kMaxCodeLife{600};
inline constexpr std::chrono::seconds kMaxRefreshLife{400L * 24 * 3600};
// A bucket's size, and the time that one attempt takes to come back.
inline constexpr unsigned kMaxBurst = 1'000'000;
inline constexpr std::chrono::hours kMaxRefill{24};

}  // namespace troupe::auth::limits
