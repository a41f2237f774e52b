// The commands that make a cluster's authority and the certificates of its nodes, and show what stands in such files.
// Each gives what was done, as text or as JSON, or throws a Failure.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "failure.h"

namespace troupe::tool {

struct CertOptions {
  std::string directory;
  std::string cluster = "troupe";
  std::vector<std::string> nodes;
  std::int64_t valid_s = 0;  // 0: as long as certificates of that sort are
  bool renew = false;
  bool finish = false;
  std::string path;       // to show: a file, or a directory
  std::string authority;  // by what it is judged
  std::string denied;
};

[[nodiscard]] std::string do_cert_init(const CertOptions& options, bool json);
[[nodiscard]] std::string do_cert_node(const CertOptions& options, bool json);
[[nodiscard]] std::string do_cert_rotate(const CertOptions& options, bool json);
// kFailed: one of them would be refused.
[[nodiscard]] Shown show_certs(const CertOptions& options, bool json);

}  // namespace troupe::tool
