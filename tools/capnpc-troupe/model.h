// What was read from the schemas and found good: all that the emitters need, and nothing they must check.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "diagnostics.h"
#include "nodes.h"
#include "source_files.h"

namespace troupe::schema {

// As troupe::HttpRoute, as text where that is an enumeration.
struct Route {
  std::string verb;  // empty: the method has none
  std::string path;
  std::string key_name = "key";
  std::string key = "path";  // "path", "fixed", "own", "fresh" or "none"
  std::string key_text;
  std::uint16_t status = 0;
  std::string body;
  std::string location;
  std::string deprecated;
  std::string sunset;
  std::string instead;
};

// As troupe::AccessRule.
struct Access {
  std::string who = "nobody";  // "nobody", "everybody", "known" or "some"
  bool own = false;
  std::string roles;
  std::string scopes;
};

struct Comment {
  std::uint64_t type = 0;
  int member = -1;
  std::string text;
};

struct Method {
  std::string name;         // as in the schema: "reserve"
  std::string cpp_name;     // as in C++: "reserve", "delete_"
  std::string title;        // what capnpc-c++ builds type names from: "Reserve"
  std::string params_type;  // "::shop::Stock::ReserveParams"
  std::string results_type;
  std::string doc;
  bool has_params = false;  // false: the parameter struct has no fields
  bool read_only = false;
  bool reentrant = false;
  bool retry = false;
  std::uint32_t timeout_ms = 0;  // 0: the runtime's default
  Route route;
  Access access;
};

struct Service {
  std::string name;           // "Stock"
  std::string path;           // "Stock", or "Outer.Stock" when nested
  std::string file;           // as the schema compiler shows it: "stock.capnp"
  std::string cpp_type;       // "::shop::Stock"
  std::string cpp_namespace;  // "shop", or empty
  std::string actor_class;    // "StockActor"
  std::string doc;
  std::uint64_t id = 0;
  std::uint64_t state_id = 0;  // 0: the actor keeps nothing
  std::string state_type;      // "::shop::StockState", or empty
  std::uint16_t remember = 0;
  std::uint32_t remember_seconds = 0;
  std::uint16_t history = 0;
  std::uint32_t state_version = 0;
  std::string placement = "keyed";
  std::string balance = "least_outstanding";
  std::uint16_t instances = 0;  // of a pool, on each node; 0: the node's own number
  std::vector<Method> methods;  // by ordinal, without gaps
};

struct SchemaFile {
  std::string filename;  // "sub/stock.capnp"; outputs are named after it
  std::vector<Service> services;
  std::vector<Comment> comments;     // where a service has routes
  std::vector<std::string> structs;  // C++ names of its structs, those of no generic scope: "::shop::OrderLine"
};

// Reads the requested files. Every mistake lands in `diagnostics`; with any there, the result is not to be used.
[[nodiscard]] std::vector<SchemaFile> read_schemas(capnp::schema::CodeGeneratorRequest::Reader request,
                                                   SourceFiles& sources, Diagnostics& diagnostics);

}  // namespace troupe::schema
