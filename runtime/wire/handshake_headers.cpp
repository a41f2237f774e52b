// The headers of the handshake, and of a link's last word.
#include "wire/frame.h"
#include "wire/header_io.h"

namespace troupe::wire {
namespace {

capnp::Data::Reader data(const std::array<unsigned char, 32>& bytes) { return {bytes.data(), bytes.size()}; }

// False: it has another length.
bool copy(capnp::Data::Reader from, std::array<unsigned char, 32>& into) {
  if (from.size() != into.size()) return false;
  std::copy(from.begin(), from.end(), into.begin());
  return true;
}

// A node that knows no ranges says one version or, in its challenge, none.
Offer offer(std::uint16_t lowest, std::uint16_t highest, Features features) {
  if (lowest == 0) lowest = kVersionBeforeRanges;
  return {lowest, highest == 0 ? lowest : highest, features};
}

constexpr std::size_t kNonceWords = sizeof(Nonce) / sizeof(capnp::word);

}  // namespace

void append(Bytes& out, const Hello& hello) {
  const std::size_t words = kStructWords + text_words(hello.cluster.size()) + text_words(hello.node.size()) +
                            text_words(hello.peer.size()) + kNonceWords;
  append_header<header::Hello>(out, FrameKind::hello, words, 0, [&](header::Hello::Builder h) {
    h.setMagic(hello.magic);
    h.setVersion(hello.protocol.lowest);
    h.setHighestVersion(hello.protocol.highest);
    h.setFeatures(hello.protocol.features);
    h.setCluster(hello.cluster);
    h.setNode(hello.node);
    h.setPeer(hello.peer);
    h.setIncarnation(hello.incarnation);
    h.setMembershipHash(hello.membership_hash);
    h.setWindow(hello.window);
    h.setClock(hello.clock);
    h.setNonce(data(hello.nonce));
    h.setSecret(hello.has_secret);
    h.setMoves(hello.moves);
  });
}

void append(Bytes& out, const Challenge& challenge) {
  append_header<header::Challenge>(out, FrameKind::challenge,
                                   kStructWords + text_words(challenge.node.size()) + kNonceWords, 0,
                                   [&](header::Challenge::Builder h) {
                                     h.setNode(challenge.node);
                                     h.setIncarnation(challenge.incarnation);
                                     h.setWindow(challenge.window);
                                     h.setClock(challenge.clock);
                                     h.setNonce(data(challenge.nonce));
                                     h.setSecret(challenge.has_secret);
                                     h.setLowestVersion(challenge.protocol.lowest);
                                     h.setHighestVersion(challenge.protocol.highest);
                                     h.setFeatures(challenge.protocol.features);
                                   });
}

void append_proof(Bytes& out, FrameKind kind, const Mac& mac) {
  append_header<header::Proof>(out, kind, kStructWords, 0, [&](header::Proof::Builder h) { h.setMac(data(mac)); });
}

void append_reason(Bytes& out, FrameKind kind, std::string_view reason) {
  reason = reason.substr(0, kMaxErrorText / 2);
  std::string keep;
  append_header<header::Refuse>(out, kind, kStructWords + text_words(reason.size()), 0,
                                [&](header::Refuse::Builder h) { h.setReason(text(reason, keep)); });
}

Result<Hello> read_hello(const Frame& frame) {
  return read_header<header::Hello>(frame, [&](header::Hello::Reader h) -> Result<Hello> {
    // First, so that a stranger is told apart from another version's hello.
    Hello out;
    out.magic = h.getMagic();
    if (out.magic != kMagic) return out;
    if (too_long({h.getNode()})) return bad_header(frame, "a name is too long");
    out.node = view(h.getNode());
    out.protocol = offer(h.getVersion(), h.getHighestVersion(), h.getFeatures());
    if (!agree(out.protocol, Offer())) return out;
    if (too_long({h.getCluster(), h.getPeer()})) return bad_header(frame, "a name is too long");
    out.cluster = view(h.getCluster());
    out.peer = view(h.getPeer());
    out.incarnation = h.getIncarnation();
    out.membership_hash = h.getMembershipHash();
    out.window = h.getWindow();
    out.clock = h.getClock();
    out.has_secret = h.getSecret();
    out.moves = h.getMoves();
    if (!copy(h.getNonce(), out.nonce)) return bad_header(frame, "the nonce has another length");
    return out;
  });
}

Result<Challenge> read_challenge(const Frame& frame) {
  return read_header<header::Challenge>(frame, [&](header::Challenge::Reader h) -> Result<Challenge> {
    if (too_long({h.getNode()})) return bad_header(frame, "a name is too long");
    Challenge out{std::string(view(h.getNode())),
                  h.getIncarnation(),
                  h.getWindow(),
                  h.getClock(),
                  {},
                  h.getSecret(),
                  offer(h.getLowestVersion(), h.getHighestVersion(), h.getFeatures())};
    if (!copy(h.getNonce(), out.nonce)) return bad_header(frame, "the nonce has another length");
    return out;
  });
}

Result<Mac> read_proof(const Frame& frame) {
  return read_header<header::Proof>(frame, [&](header::Proof::Reader h) -> Result<Mac> {
    Mac out;
    if (!copy(h.getMac(), out)) return bad_header(frame, "the proof has another length");
    return out;
  });
}

Result<std::string> read_reason(const Frame& frame) {
  return read_header<header::Refuse>(frame, [&](header::Refuse::Reader h) -> Result<std::string> {
    return std::string(view(h.getReason()).substr(0, kMaxErrorText));
  });
}

}  // namespace troupe::wire
