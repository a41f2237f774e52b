// `troupe cert ...`: what each of its commands takes.
#include <map>

#include "command_line.h"

namespace troupe::tool {
namespace {

constexpr const char* kCertFooter =
    "DIR holds authority.pem (what nodes trust), authority.key (what makes certificates; nodes do not need it), and\n"
    "nodes/NAME.pem and nodes/NAME.key of each node; all for their owner alone. A node takes them by NodeConfig::tls,\n"
    "or by TROUPE_TLS_DIR, and looks at them again while it runs.\n"
    "\n"
    "Exit codes: 0 done; 1 refused or failed, or a certificate that `show` was asked about would be refused; 2 wrong\n"
    "usage, or what is there is not written over; 4 no such file.\n"
    "\n"
    "Examples:\n"
    "  troupe cert init tls --cluster shop\n"
    "  troupe cert node tls shop-1 shop-2 shop-3 client --valid 90d\n"
    "  troupe cert show tls\n"
    "  troupe cert node tls shop-1 --renew\n"
    "  echo 'serial 4F00...' >> tls/denied\n"
    "\n"
    "runtime/doc/security.md walks through all of it.";

}  // namespace

void CommandLine::add_certs() {
  Options& o = options_;
  auto* cert = app_.add_subcommand("cert", "a cluster's authority, and certificates of its nodes for links with TLS");
  cert->require_subcommand(0, 1);
  cert->fallthrough();
  cert->footer(kCertFooter);
  const auto add_one = [&](const char* name, const char* text, std::string (*perform)(const CertOptions&, bool)) {
    auto* command = add(*cert, name, text, [&o, perform] { return Printed{perform(o.certs, o.json)}; });
    command->add_option("DIR", o.certs.directory, "the authority's directory")->required();
    command
        ->add_option("--valid", o.certs.valid_s,
                     "how long it is good: 90d, 12h, 30m (a node's 365d, an authority's 3650d)")
        ->transform(
            CLI::AsNumberWithUnit(std::map<std::string, std::int64_t>{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86'400}},
                                  CLI::AsNumberWithUnit::CASE_SENSITIVE))
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{100} * 365 * 86'400));
    return command;
  };
  add_one("init", "make an authority", do_cert_init)
      ->add_option("--cluster", o.certs.cluster, "the cluster's name, as in NodeConfig (default troupe)");
  auto* node = add_one("node", "make a key and a certificate for each NAME", do_cert_node);
  node->add_option("NAME", o.certs.nodes, "names of nodes, clients among them")->required();
  node->add_flag("--renew", o.certs.renew, "others in place of those that are there");
  add_one("rotate", "make the next authority, which is trusted beside the one before", do_cert_rotate)
      ->add_flag("--finish", o.certs.finish, "end the trust in the one before");
  auto* show =
      add(*cert, "show", "what certificates say, and whether a node would refuse them; exit code 1 if so", [&o] {
        Shown shown = show_certs(o.certs, o.json);
        return Printed{std::move(shown.text), shown.code};
      });
  show->add_option("PATH", o.certs.path, "a file, or a directory of `init`")->required();
  show->add_option("--authority", o.certs.authority, "the authority to judge by");
  show->add_option("--denied", o.certs.denied, "the deny list to judge by");
}

}  // namespace troupe::tool
