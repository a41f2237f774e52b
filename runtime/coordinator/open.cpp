#include "coordinator/open.h"

#include <string>

#include "base/private_files.h"
#include "coordinator/etcd/etcd_coordinator.h"
#include "coordinator/file/file_coordinator.h"

namespace troupe::coordinator {
namespace {

Error misconfigured(const std::string& what) {
  return {ErrorKind::invalid, "the coordinator's configuration: " + what};
}

// What another kind would take is a mistake here: somebody believes that it has an effect.
Result<void> check_spare(const CoordinatorConfig& config) {
  const bool etcd = config.kind == Kind::etcd;
  const std::string kind(to_string(config.kind));
  if (config.kind != Kind::file && !config.directory.empty())
    return misconfigured("kind '" + kind + "' takes no directory (" + config.directory.string() +
                         "); that is of kind 'file'");
  if (!etcd && !config.endpoints.empty())
    return misconfigured("kind '" + kind + "' takes no endpoints (" + config.endpoints.front() +
                         "); these are of kind 'etcd'");
  if (!etcd && !(config.prefix.empty() && config.ca_file.empty() && config.certificate_file.empty() &&
                 config.key_file.empty() && config.user.empty() && config.password_file.empty()))
    return misconfigured("kind '" + kind + "' takes no prefix, certificates or user; these are of kind 'etcd'");
  return {};
}

}  // namespace

std::optional<Kind> kind_of(std::string_view word) noexcept {
  for (const Kind kind : {Kind::none, Kind::file, Kind::etcd})
    if (word == to_string(kind)) return kind;
  return std::nullopt;
}

std::string_view to_string(Kind kind) noexcept {
  switch (kind) {
    case Kind::none: return "static";
    case Kind::file: return "file";
    case Kind::etcd: return "etcd";
  }
  return "?";
}

Result<std::unique_ptr<Coordinator>> open(const CoordinatorConfig& config) {
  if (auto checked = check_spare(config); !checked) return checked.error();
  switch (config.kind) {
    case Kind::none:
      return misconfigured(
          "kind 'static' has no coordinator: the list of members in the configuration stands, and nothing moves; for "
          "members that come and go choose 'file' (one machine) or 'etcd'");
    case Kind::file: return file::open_file({.directory = fixed(config.directory)});
    case Kind::etcd: return etcd::open_etcd(config);
  }
  return misconfigured("there is no kind " + std::to_string(static_cast<int>(config.kind)));
}

}  // namespace troupe::coordinator
