// What strangers may send to a session of TLS: anything at all, to either side, and handshakes that are changed on
// their way. A session then ends with an error or waits for more; it never takes a byte before it is established, and
// is never established without a name that was proved.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "tls/session.h"
#include "troupe/certificates.h"

namespace {

using namespace troupe;
using namespace troupe::tls;

void must(bool so) {
  if (!so) std::abort();
}

std::shared_ptr<const Present> present_of(const std::filesystem::path& directory, const std::string& node) {
  make_node_certificate(directory, node).value();
  TlsConfig config;
  config.directory = directory;
  auto out = std::make_shared<Present>();
  out->credentials = Credentials::load(Files::of(config, node).value(), {"fuzz", node}).value();
  return out;
}

// Made once for all inputs.
struct Nodes {
  std::string directory = (std::filesystem::temp_directory_path() / "troupe-fuzz-XXXXXX").string();
  std::shared_ptr<const Present> a, b;
  Nodes() {
    must(::mkdtemp(directory.data()) != nullptr);
    const std::filesystem::path tls = std::filesystem::path(directory) / "tls";
    make_authority(tls, "fuzz").value();
    a = present_of(tls, "a");
    b = present_of(tls, "b");
    std::filesystem::remove_all(directory);
  }
};

const Nodes& nodes() {
  static const Nodes made;
  return made;
}

// In pieces of that size; what comes back is thrown away.
void feed(Session& session, std::span<const char> bytes, std::size_t piece) {
  wire::Bytes plain, out;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const bool good = session.open(bytes.subspan(at, std::min(piece, bytes.size() - at)), plain, out).ok();
    must(plain.empty() && !session.established());
    if (!good) break;
  }
  session.close(out);
}

// Each three bytes of `changes` are where, and what is turned there.
void shake_changed(std::span<const char> changes) {
  Session a(nodes().a, "b"), b(nodes().b, std::nullopt);
  wire::Bytes to_b, to_a, plain;
  must(a.begin(to_b).ok());
  bool changed = false, going = true;
  while (going && (!to_b.empty() || !to_a.empty())) {
    wire::Bytes& bytes = to_b.empty() ? to_a : to_b;
    Session& to = to_b.empty() ? a : b;
    if (changes.size() >= 3) {
      const std::size_t at =
          (static_cast<unsigned char>(changes[0]) | static_cast<unsigned char>(changes[1]) << 8) % bytes.size();
      bytes[at] = static_cast<char>(bytes[at] ^ changes[2]);
      changed |= changes[2] != 0;
      changes = changes.subspan(3);
    }
    const wire::Bytes next = std::exchange(bytes, {});
    going = to.open(next, plain, &to == &a ? to_b : to_a).ok();
  }
  must(plain.empty());
  must(!a.established() || a.verified_peer() == "b");
  must(!b.established() || b.verified_peer() == "a");
  must(changed || (a.established() && b.established()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::span<const char> bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t piece = std::size_t{1} + data[1];
  if (data[0] % 4 == 0) {
    shake_changed(bytes);
  } else if (data[0] % 4 == 1) {
    Session a(nodes().a, "b");
    wire::Bytes hello;
    must(a.begin(hello).ok());
    feed(a, bytes, piece);
  } else {
    Session b(nodes().b, std::nullopt);
    feed(b, bytes, piece);
  }
  return 0;
}
