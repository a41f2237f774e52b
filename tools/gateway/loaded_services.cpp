#include "loaded_services.h"

#include <capnp/message.h>
#include <capnp/schema-loader.h>
#include <capnp/serialize.h>
#include <kj/exception.h>
#include <kj/io.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <set>
#include <system_error>

#include "comments.h"
#include "compile_schemas.h"
#include "diagnostics.h"
#include "failure.h"
#include "model.h"
#include "source_files.h"
#include "troupe/error.h"

namespace troupe::edge {

namespace fs = std::filesystem;

namespace {

// What a ServiceInfo points to. A deque keeps it where it is.
struct Made {
  std::vector<HttpRoute> routes;  // of each method; without a verb: it has none
  std::vector<MethodInfo> methods;
  std::vector<SchemaComment> comments;
  ServiceInfo info{};
};

HttpRoute::Key key_of(const std::string& word) {
  using Key = HttpRoute::Key;
  return word == "fixed"   ? Key::fixed
         : word == "own"   ? Key::own
         : word == "fresh" ? Key::fresh
         : word == "none"  ? Key::none
                           : Key::path;
}

AccessRule::Who who_of(const std::string& word) {
  using Who = AccessRule::Who;
  return word == "everybody" ? Who::everybody : word == "known" ? Who::known : word == "some" ? Who::some : Who::nobody;
}

Placement placement_of(const std::string& word) {
  for (const Placement one : {Placement::pool, Placement::pinned, Placement::singleton})
    if (to_string(one) == word) return one;
  return Placement::keyed;
}

HttpRoute route_of(const schema::Route& route) {
  return {.verb = route.verb.c_str(),
          .path = route.path.c_str(),
          .key_name = route.key_name.c_str(),
          .key = key_of(route.key),
          .key_text = route.key_text.c_str(),
          .status = route.status,
          .body = route.body.c_str(),
          .location = route.location.c_str(),
          .deprecated = route.deprecated.c_str(),
          .sunset = route.sunset.c_str(),
          .instead = route.instead.c_str()};
}

MethodInfo method_of(const schema::Method& method, std::size_t ordinal, const HttpRoute& route) {
  const schema::Access& access = method.access;
  return {.name = method.name.c_str(),
          .ordinal = static_cast<std::uint16_t>(ordinal),
          .read_only = method.read_only,
          .reentrant = method.reentrant,
          .retry = method.retry,
          .timeout_ms = method.timeout_ms,
          .route = method.route.verb.empty() ? nullptr : &route,
          .access = {who_of(access.who), access.own, access.roles.c_str(), access.scopes.c_str()}};
}

// `service` and `file` outlive what is made.
void make(const schema::Service& service, const schema::SchemaFile& file, Made& out) {
  for (const auto& method : service.methods) out.routes.push_back(route_of(method.route));
  for (std::size_t i = 0; i < service.methods.size(); ++i)
    out.methods.push_back(method_of(service.methods[i], i, out.routes[i]));
  for (const auto& comment : file.comments)
    out.comments.push_back({comment.type, static_cast<std::int32_t>(comment.member), comment.text.c_str()});
  ServiceInfo& info = out.info;
  info.name = service.name.c_str();
  info.schema_file = service.file.c_str();
  info.id = service.id;
  info.state_type = service.state_id;
  info.remember = service.remember;
  info.remember_seconds = service.remember_seconds;
  info.history = service.history;
  info.state_version = service.state_version;
  info.methods = out.methods.data();
  info.method_count = static_cast<std::uint16_t>(out.methods.size());
  info.placement = placement_of(service.placement);
  info.balance = balance_from(service.balance).value_or(Balance::least_outstanding);
  info.instances = service.instances;
  info.comments = out.comments.data();
  info.comment_count = static_cast<std::uint32_t>(out.comments.size());
}

// Below a folder, in order of path.
std::vector<std::string> files_below(const fs::path& folder) {
  std::vector<std::string> out;
  std::error_code problem;
  for (const auto& entry : fs::recursive_directory_iterator(folder, problem))
    if (entry.path().extension() == ".capnp") out.push_back(entry.path().string());
  std::sort(out.begin(), out.end());
  if (out.empty()) throw Error(ErrorKind::not_found, "there is no .capnp file in " + folder.string());
  return out;
}

// Each once, also where a folder and a file in it are named.
std::vector<std::string> files_of(const std::vector<fs::path>& places) {
  std::vector<std::string> out;
  std::set<fs::path> known;
  const auto add = [&](std::string file) {
    std::error_code unknown;
    if (known.insert(fs::weakly_canonical(file, unknown)).second) out.push_back(std::move(file));
  };
  for (const fs::path& place : places) {
    std::error_code unknown;
    if (fs::is_directory(place, unknown)) {
      for (auto& file : files_below(place)) add(std::move(file));
    } else if (fs::exists(place, unknown)) {
      add(place.string());
    } else {
      throw Error(ErrorKind::not_found, "there is no schema " + place.string());
    }
  }
  return out;
}

// What the schemas of Troupe's components are imported from, as "/topic/topic.capnp", where this program is installed.
fs::path installed_schemas() {
  std::error_code unknown;
  const auto place = fs::read_symlink("/proc/self/exe", unknown).parent_path() / "../include/troupe/actors";
  return fs::is_directory(place, unknown) ? fs::weakly_canonical(place, unknown) : fs::path();
}

std::string compiled(const std::vector<std::string>& files, const std::vector<std::string>& import_paths) {
  try {
    return tool::compile_schemas(files, {}, import_paths);
  } catch (const tool::Failure& failed) {
    if (failed.code != tool::kUsage) throw Error(ErrorKind::unavailable, failed.message());
    throw Error(ErrorKind::invalid,
                "`capnp compile` refuses the schemas; its own words are above. Folders that imports beginning with '/' "
                "are looked for in are named by 'import_paths'");
  }
}

}  // namespace

struct LoadedServices::Parts {
  std::vector<schema::SchemaFile> files;
  capnp::SchemaLoader loader;
  std::deque<Made> made;
  std::vector<LoadedService> offered;

  void read(const std::vector<std::string>& names, const std::vector<std::string>& import_paths) {
    const std::string request = compiled(names, import_paths);
    kj::ArrayInputStream input(kj::arrayPtr(reinterpret_cast<const kj::byte*>(request.data()), request.size()));
    // As large as the schemas of the person who runs this: trusted.
    capnp::ReaderOptions trusting;
    trusting.traversalLimitInWords = std::uint64_t{1} << 40;
    capnp::InputStreamMessageReader message(input, trusting);
    const auto root = message.getRoot<capnp::schema::CodeGeneratorRequest>();
    auto import_places = import_paths;
    import_places.insert(import_places.end(), {"/usr/local/include", "/usr/include"});
    schema::SourceFiles sources(schema::SourceFiles::Search{
        .directory = fs::current_path(), .files = names, .prefixes = {}, .import_path = import_places});
    schema::Diagnostics diagnostics;
    files = schema::read_schemas(root, sources, diagnostics);
    if (!diagnostics.empty()) throw Error(ErrorKind::invalid, "the schemas cannot be served:\n" + diagnostics.text());
    for (auto node : root.getNodes()) loader.load(node);
  }

  void offer() {
    for (const auto& file : files)
      for (const auto& service : file.services) {
        if (!schema::any_route({service})) continue;
        make(service, file, made.emplace_back());
        offered.push_back({&made.back().info, loader.get(service.id).asInterface()});
      }
  }
};

LoadedServices::LoadedServices(const SchemaPlaces& places) : parts_(std::make_unique<Parts>()) {
  std::vector<std::string> import_paths;
  for (const auto& path : places.import_paths) import_paths.push_back(path.string());
  if (const auto installed = installed_schemas(); !installed.empty()) import_paths.push_back(installed.string());
  try {
    parts_->read(files_of(places.schemas), import_paths);
    parts_->offer();
  } catch (const kj::Exception& unreadable) {
    throw Error(ErrorKind::corrupt,
                std::string("what `capnp compile` wrote cannot be read: ") + unreadable.getDescription().cStr());
  }
}
LoadedServices::~LoadedServices() = default;
LoadedServices::LoadedServices(LoadedServices&&) noexcept = default;

const std::vector<LoadedService>& LoadedServices::offered() const noexcept { return parts_->offered; }

}  // namespace troupe::edge
