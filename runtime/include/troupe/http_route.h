// How a gateway offers a method, and to whom: what the annotations of troupe/http.capnp and troupe/auth.capnp say, as
// constants. The generator has checked all of it. Read-only, any thread.
#pragma once

#include <cstdint>

namespace troupe {

struct HttpRoute {
  // Which actor is called.
  enum class Key : std::uint8_t {
    path,   // the one that the path names
    fixed,  // always the same
    own,    // the one whose key is the caller's name
    fresh,  // a new one, whose key the gateway makes
    none    // the service is a pool or a singleton
  };
  const char* verb;      // "POST"
  const char* path;      // "/v1/products/{sku}"
  const char* key_name;  // what the key is called in the path: "sku"
  Key key;
  const char* key_text;    // fixed: the key; fresh: what the new key begins with; else ""
  std::uint16_t status;    // of a success; 0: 200, or 204 when the results have no fields
  const char* body;        // the field of the parameters that the whole body is, or ""
  const char* location;    // of a success, or ""
  const char* deprecated;  // since when: "2026-11-01", or ""
  const char* sunset;      // when it ends, or ""
  const char* instead;     // what to call instead, or ""
};

// Who may call a method from outside.
struct AccessRule {
  enum class Who : std::uint8_t {
    nobody,     // the schema says nothing
    everybody,  // also who is not known
    known,      // whoever is known
    some        // who is known and has one of the roles, or is the actor's own, where `own` is set
  };
  Who who;
  bool own;            // the actor's key is the caller's name
  const char* roles;   // "admin clerk", or ""
  const char* scopes;  // all of which the caller's token has, or ""
};

// A comment of the schema.
struct SchemaComment {
  std::uint64_t type;   // whose type id
  std::int32_t member;  // the how manieth field, method or enumerant in its schema; -1: the type itself
  const char* text;
};

}  // namespace troupe
