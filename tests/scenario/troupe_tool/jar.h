// The actor that the debug tool looks at.
#pragma once

#include <troupe/node.h>

#include <stdexcept>

#include "jar.capnp.troupe.h"

namespace troupe_tool {

class Jar final : public jars::JarActor {
  troupe::Task<> put(PutParams::Reader in, PutResults::Builder out) override {
    auto edited = edit();
    edited.setCoins(state().getCoins() + in.getCoins());
    edited.setLabel(in.getLabel());
    out.setCoins(state().getCoins());
    co_return;
  }
  troupe::Task<> take(TakeParams::Reader in, TakeResults::Builder out) override {
    if (in.getCoins() > state().getCoins()) throw troupe::Refusal("too_few", "there are not that many");
    edit().setCoins(state().getCoins() - in.getCoins());
    out.setCoins(state().getCoins());
    co_return;
  }
  troupe::Task<> smash(SmashParams::Reader, SmashResults::Builder) override {
    throw std::logic_error("it lies in shards");
    co_return;
  }
  troupe::Task<> count(CountParams::Reader, CountResults::Builder out) override {
    out.setCoins(state().getCoins());
    co_return;
  }
};

}  // namespace troupe_tool
