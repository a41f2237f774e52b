// Which method of which service a verb and a path name. Built once, then read by any number of threads.
#pragma once

#include <capnp/schema.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "gateway/json_shape.h"
#include "gateway/rate_limit.h"
#include "troupe/error.h"
#include "troupe/service.h"
#include "troupe/shape.h"

namespace troupe::gateway {

// A method as it is offered: where each of its parameters comes from, and where each result goes.
struct Route {
  const ServiceInfo* service = nullptr;
  const MethodInfo* method = nullptr;
  const HttpRoute* http = nullptr;
  capnp::StructSchema parameters;
  capnp::StructSchema results;

  struct InPath {
    std::size_t segment;
    capnp::StructSchema::Field field;
  };
  struct Named {
    std::string name;
    capnp::StructSchema::Field field;
    bool required = false;
  };
  std::vector<std::string> segments;       // of the path, "" where a {name} stands
  std::optional<std::size_t> key_segment;  // that the actor's key is
  std::vector<InPath> in_path;
  std::vector<Named> in_query;
  std::vector<Named> in_headers;
  const JsonShape* body = nullptr;                // null: it takes none
  const JsonShape::Member* whole_body = nullptr;  // the field that the body is; null: the body has the fields
  const JsonShape* answer = nullptr;              // of the results that are not headers
  std::vector<Named> out_headers;
  bool tells = false;  // the answer has members
  // Of what goes as it is, in lower case; empty: all is JSON.
  std::vector<std::string> media_types;
  std::optional<capnp::StructSchema::Field> raw_body;    // the parameter that the body's bytes are
  std::optional<capnp::StructSchema::Field> raw_answer;  // the result whose bytes the answer is
  bool wants_idempotency_key = false;
  RateLimit limit{};  // of each caller, or address
  // What answers must have; null: the node has looked already.
  std::unique_ptr<const Shape> result_shape{};

  [[nodiscard]] std::string name() const { return std::string(service->name) + "." + method->name; }
};

// What the host answers by itself.
struct HostRoute {
  std::string verb;
  std::string path;
  std::vector<std::pair<std::string, std::size_t>> names;  // and the segments they stand for
  std::size_t number = 0;                                  // in the order of adding
};

// Paths that the gateway itself answers, to GET and HEAD.
[[nodiscard]] bool is_own_path(std::string_view path) noexcept;

class RouteTable {
 public:
  // All methods of the service that have a route. `invalid`: there is none, a path is taken, or the service was added
  // before.
  [[nodiscard]] Result<void> add(const ServiceInfo& service);
  // The same of a service whose schema is known at run time alone, and outlives this. `invalid`: it is of another one.
  [[nodiscard]] Result<void> add(const ServiceInfo& service, capnp::InterfaceSchema schema);
  // Gives its number. `invalid`: it is taken, or no verb or path that can be served.
  [[nodiscard]] Result<std::size_t> add(std::string_view verb, std::string_view path);

  struct Found {
    const Route* route = nullptr;  // both null: the path is known, and not with this verb
    const HostRoute* host = nullptr;
    std::string allowed;  // if neither is: "GET, HEAD, PUT", the verbs of the path; empty: the path is not known
  };
  // HEAD finds the route of GET. A literal segment goes before a {name}. `segments`: decoded.
  [[nodiscard]] Found find(std::string_view verb, const std::vector<std::string>& segments) const;

  [[nodiscard]] const std::vector<std::unique_ptr<Route>>& routes() const noexcept { return routes_; }
  [[nodiscard]] const std::vector<std::unique_ptr<HostRoute>>& host_routes() const noexcept { return host_routes_; }

 private:
  using Target = std::variant<const Route*, const HostRoute*>;
  struct Step {
    std::map<std::string, std::unique_ptr<Step>, std::less<>> literal;
    std::unique_ptr<Step> any;
    std::map<std::string, Target, std::less<>> verbs;
  };
  [[nodiscard]] Result<void> put(std::string_view verb, std::string_view path, Target target);
  void plan_fields(Route& route);
  static void plan_options(Route& route, capnp::InterfaceSchema schema, capnp::InterfaceSchema::Method declared);
  static void plan_bytes(Route& route, std::string_view types);
  static const Step* walk(const Step& from, const std::vector<std::string>& segments, std::size_t at,
                          std::string_view verb, bool& has_verb);

  Step root_;
  JsonShapes shapes_;
  std::vector<std::unique_ptr<Route>> routes_;
  std::vector<std::unique_ptr<HostRoute>> host_routes_;
};

}  // namespace troupe::gateway
