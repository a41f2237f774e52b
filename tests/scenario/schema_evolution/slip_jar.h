// A jar that keeps slips and stamps in tables, for the versions that differ in what these are.
#pragma once

#include <troupe/table.h>

#include <string>

#include "jar.capnp.troupe.h"
#include "stamp.capnp.h"

namespace jars {

class SlipJar final : public JarActor {
  troupe::Task<> put(PutParams::Reader in, PutResults::Builder) override {
    table<Slip>("slips").put(in.getLabel().cStr(), [&](auto slip) { slip.setCents(in.getCents()); });
    co_return;
  }
  troupe::Task<> show(ShowParams::Reader, ShowResults::Builder out) override {
    out.setCoins(static_cast<std::uint32_t>(table<Slip>("slips").count()));
    out.setText(state().getLabel());
    co_return;
  }
  troupe::Task<> stamp(StampParams::Reader in, StampResults::Builder) override {
    table<Stamp>("stamps").put("s", [&](auto stamp) {
#ifdef STAMPS_ARE_TEXT
      stamp.setCents(std::to_string(in.getCents()));
#else
      stamp.setCents(in.getCents());
#endif
    });
    co_return;
  }
  troupe::Task<> mix(MixParams::Reader, MixResults::Builder) override {
    table<Stamp>("slips").put("s", [](auto) {});
    co_return;
  }
};

}  // namespace jars
