#include "cert_commands.h"

#include <troupe/certificates.h>

#include <algorithm>
#include <filesystem>

#include "show.h"

namespace troupe::tool {
namespace {

namespace fs = std::filesystem;

// So long from now on, whatever of the past it begins in.
Validity validity(const CertOptions& options, std::chrono::seconds else_for) {
  Validity out;
  const auto past = std::chrono::ceil<std::chrono::seconds>(std::chrono::system_clock::now() - out.from);
  const auto wanted = options.valid_s > 0 ? std::chrono::seconds(options.valid_s) : else_for;
  out.length = std::min(wanted + past, kMaxValidity);
  return out;
}

std::uint64_t ms_of(std::chrono::system_clock::time_point time) {
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  return since < 0 ? 0 : static_cast<std::uint64_t>(since);
}

std::string listed(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

struct ShownFile {
  fs::path file;
  std::vector<CertificateView> certificates;
};

// Of a directory that `init` made, the authority and every node; else the one file.
std::vector<ShownFile> files_of(const CertOptions& options) {
  const fs::path path = options.path;
  TlsConfig trust;
  trust.authority = options.authority;
  trust.denied = options.denied;
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) {
    if (!fs::exists(path, ignored)) throw failure(Error(ErrorKind::not_found, "there is no " + path.string()));
    if (trust.authority.empty()) trust = {};
    return {{path, take(read_certificates(path, trust))}};
  }
  if (trust.authority.empty()) trust.directory = path;
  std::vector<fs::path> nodes;
  for (const auto& entry : fs::directory_iterator(path / "nodes", ignored))
    if (entry.path().extension() == ".pem") nodes.push_back(entry.path());
  std::sort(nodes.begin(), nodes.end());
  std::vector<ShownFile> out{{path / "authority.pem", take(read_certificates(path / "authority.pem"))}};
  for (const fs::path& node : nodes) out.push_back({node, take(read_certificates(node, trust))});
  return out;
}

Json as_json(const fs::path& file, const CertificateView& one) {
  return {{"file", file.string()},       {"subject", one.subject},     {"issuer", one.issuer},
          {"names", one.names},          {"serial", one.serial},       {"fromMs", ms_of(one.from)},
          {"untilMs", ms_of(one.until)}, {"authority", one.authority}, {"refused", one.refused}};
}

}  // namespace

std::string do_cert_init(const CertOptions& options, bool json) {
  take(make_authority(options.directory, options.cluster, validity(options, kAuthorityValidity)));
  const std::string file = (fs::path(options.directory) / "authority.pem").string();
  if (json) return dumped({{"cluster", options.cluster}, {"authority", file}});
  return "made an authority for cluster " + printable(options.cluster) + ": " + printable(file) +
         "\nauthority.key beside it makes certificates: keep it away from the nodes\n" + "next: troupe cert node " +
         printable(options.directory) + " NAME...\n";
}

std::string do_cert_node(const CertOptions& options, bool json) {
  Json all = Json::array();
  std::string text;
  for (const std::string& node : options.nodes) {
    take(make_node_certificate(options.directory, node, validity(options, Validity().length), options.renew));
    const fs::path file = fs::path(options.directory) / "nodes" / (node + ".pem");
    const CertificateView made = take(read_certificates(file)).front();
    all.push_back(as_json(file, made));
    text += "made " + printable(file.string()) + " (" + listed(made.names) + ", serial " + made.serial +
            "), good until " + moment(ms_of(made.until)) + "\n";
  }
  return json ? dumped(all) : text;
}

std::string do_cert_rotate(const CertOptions& options, bool json) {
  const fs::path bundle = fs::path(options.directory) / "authority.pem";
  take(options.finish ? finish_authority_change(options.directory)
                      : begin_authority_change(options.directory, validity(options, kAuthorityValidity)));
  const auto trusted = take(read_certificates(bundle)).size();
  if (json) return dumped({{"authority", bundle.string()}, {"trusted", trusted}});
  if (options.finish) return printable(bundle.string()) + " has the new authority alone; give it to every node\n";
  return printable(bundle.string()) + " has the new authority and the one before. Now, in this order:\n" +
         "  give it to every node, and wait until each has logged that it took it\n" + "  troupe cert node --renew " +
         printable(options.directory) + " NAME..., for all, and give each its own\n" +
         "  troupe cert rotate --finish " + printable(options.directory) + ", and give authority.pem to every node\n";
}

Shown show_certs(const CertOptions& options, bool json) {
  Json all = Json::array();
  Table table({"FILE", "NAMES", "SERIAL", "GOOD FROM", "GOOD UNTIL", "BY", "REFUSED"});
  bool refused = false;
  for (const ShownFile& shown : files_of(options)) {
    for (const CertificateView& one : shown.certificates) {
      refused |= !one.refused.empty();
      all.push_back(as_json(shown.file, one));
      table.row({printable(shown.file.filename().string()), listed(one.names), one.serial, moment(ms_of(one.from)),
                 moment(ms_of(one.until)), one.issuer, one.refused.empty() ? "-" : printable(one.refused)});
    }
  }
  return {json ? dumped(all) : table.text(), refused ? kFailed : kDone};
}

}  // namespace troupe::tool
