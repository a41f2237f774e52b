#include "gallery.h"

#include <algorithm>

namespace troupe::bazaar {
namespace {

class PictureRole final : public PictureActor {
  Task<> hang(HangParams::Reader in, HangResults::Builder out) override {
    edit().setBytes(in.getBytes());
    edit().setType(in.getType());
    out.setSize(in.getBytes().size());
    out.setNote(in.getNote());
    co_return;
  }
  Task<> see(SeeParams::Reader, SeeResults::Builder out) override {
    out.setBytes(state().getBytes());
    out.setType(state().getType());
    out.setSize(state().getBytes().size());
    co_return;
  }
  Task<> small(SmallParams::Reader, SmallResults::Builder out) override {
    const auto whole = state().getBytes();
    out.setBytes(whole.slice(0, std::min<std::size_t>(whole.size(), 2)));
    co_return;
  }
  Task<> call(CallParams::Reader in, CallResults::Builder) override {
    edit().setType(in.getType());
    co_return;
  }
  Task<> turn(TurnParams::Reader in, TurnResults::Builder out) override {
    const auto from = in.getBytes();
    auto to = out.initBytes(static_cast<unsigned>(from.size()));
    std::reverse_copy(from.begin(), from.end(), to.begin());
    co_return;
  }
};

}  // namespace

Offered gallery() {
  return {.host = [](Node& node) { node.host<PictureRole>(); },
          .offer = [](gateway::Gateway& gateway) { gateway.offer<Picture>(); }};
}

}  // namespace troupe::bazaar
