#include "tls/certificate.h"

#include <openssl/bn.h>

#include <ctime>

namespace troupe::tls {
namespace {

constexpr std::size_t kMostShown = 600;

struct OpenSslFree {
  void operator()(char* text) const noexcept { OPENSSL_free(text); }
};

std::string printable(std::string_view text) {
  std::string out(text.substr(0, kMostShown));
  for (char& c : out)
    if (c < ' ' || c > '~') c = '?';
  return out;
}

WallTime time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (!time || ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

std::string text_of_name(const X509_NAME* name) {
  const Bio out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
  char* at = nullptr;
  const long length = BIO_get_mem_data(out.get(), &at);
  return printable({at, static_cast<std::size_t>(std::max(0L, length))});
}

// URIs alone, or host names too; byte for byte.
std::vector<std::string> raw_names(const X509& certificate, bool hosts_too) {
  std::vector<std::string> out;
  const Names all(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type != GEN_URI && !(hosts_too && name->type == GEN_DNS)) continue;
    out.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.ia5)),
                     static_cast<std::size_t>(ASN1_STRING_length(name->d.ia5)));
  }
  return out;
}

}  // namespace

std::string serial_of(const X509& certificate) {
  const BigNumber number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(&certificate), nullptr));
  if (!number) return {};
  const std::unique_ptr<char, OpenSslFree> digits(BN_bn2hex(number.get()));
  std::string text = digits ? digits.get() : "";
  text.erase(0, std::min(text.find_first_not_of('0'), text.empty() ? 0 : text.size() - 1));
  return text;
}

WallTime valid_from(const X509& certificate) { return time_of(X509_get0_notBefore(&certificate)); }
WallTime valid_until(const X509& certificate) { return time_of(X509_get0_notAfter(&certificate)); }

std::string text_of(WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  char text[40] = "";
  if (::gmtime_r(&seconds, &parts)) std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%SZ", &parts);
  return text;
}

std::string subject_of(const X509& certificate) { return text_of_name(X509_get_subject_name(&certificate)); }
std::string issuer_of(const X509& certificate) { return text_of_name(X509_get_issuer_name(&certificate)); }

std::vector<std::string> names_of(const X509& certificate) {
  auto names = raw_names(certificate, true);
  for (std::string& name : names) name = printable(name);
  return names;
}

Result<PeerName> peer_of(const X509& certificate) {
  std::optional<PeerName> found;
  for (const std::string& uri : raw_names(certificate, false)) {
    if (!uri.starts_with(kNameScheme)) continue;
    auto name = from_uri(uri);
    if (!name)
      return Error(ErrorKind::denied, "its name '" + printable(uri) + "' is not as troupe://CLUSTER/NODE is written");
    if (found) return Error(ErrorKind::denied, "it has the names of several nodes");
    found = std::move(name);
  }
  if (!found) return Error(ErrorKind::denied, "it is of no node: it has no name troupe://CLUSTER/NODE");
  return std::move(*found);
}

std::string summary_of(const X509& certificate) {
  const auto names = names_of(certificate);
  return (names.empty() ? subject_of(certificate) : names.front()) + ", serial " + serial_of(certificate);
}

}  // namespace troupe::tls
