// Reads how a gateway offers a method, and to whom, and finds what no gateway could serve.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "annotations.h"
#include "model.h"

namespace troupe::schema {

class RouteReading {
 public:
  // All outlive it.
  RouteReading(const Nodes& nodes, SourceFiles& sources, Diagnostics& diagnostics)
      : nodes_(nodes), sources_(sources), diagnostics_(diagnostics) {}

  // What is said of a service holds for its methods, which follow.
  void begin_service(const Node& node, const Service& service);
  void read(const Node& node, capnp::schema::Method::Reader source, Method& method);
  // An interface that is no service.
  void refuse_on_plain(const Node& node);

 private:
  using Fields = capnp::List<capnp::schema::Field>::Reader;
  // Of the method that is read.
  struct At {
    const Node& node;
    const SourceMap& text;
    std::string path;  // "Stock.reserve"
    Annotations annotations;
    Fields parameters;
    Fields results;
  };

  void read_verb(const At& at, Method& method);
  void read_key(const At& at, Route& route, const Access& access, const std::string& method);
  void read_rest(const At& at, Route& route);
  void read_deprecation(Annotations annotations, const std::string& path, const SourceMap& text, Route& route);
  // `path`: what the annotations stand on. Whether they say anything.
  bool read_access(Annotations annotations, const std::string& path, const SourceMap& text, Access& access);
  void check_bytes(const At& at, const Route& route);
  void check_idempotency_key(const At& at, const Route& route);
  void check_limit(Annotations annotations, const std::string& path, const SourceMap& text);
  void check_parameters(const At& at, const Route& route);
  void check_results(const At& at);
  void check_names(const At& at, Fields fields, bool of_results);
  void refuse_without_route(const At& at);
  void claim(const Route& route, const Place& place);
  [[nodiscard]] Fields fields_of(std::uint64_t type) const;
  [[nodiscard]] bool travels_as_text(capnp::schema::Field::Reader field) const;
  [[nodiscard]] bool travels_in_query(capnp::schema::Field::Reader field) const;
  void wrong(const Place& place, const std::optional<std::string>& complaint);
  [[nodiscard]] std::string version_of(const Node& node);
  const SourceMap& source(const Node& node) { return sources_.map(nodes_.file_of(node).getDisplayName()); }

  const Nodes& nodes_;
  SourceFiles& sources_;
  Diagnostics& diagnostics_;
  std::map<std::string, Place> taken_;

  // Of the service that is read.
  std::string placement_;
  Route common_;
  Access access_;
  std::string version_;
};

}  // namespace troupe::schema
