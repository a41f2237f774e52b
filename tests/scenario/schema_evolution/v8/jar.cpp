#include <troupe/table.h>

#include "../jar_program.h"
#include "jar.capnp.troupe.h"
#include "stamp.capnp.h"

namespace jars {

// Writes all fields, and shows them: "9 urgent by night; stamp 5 blue".
class NotedJar final : public JarActor {
  troupe::Task<> put(PutParams::Reader in, PutResults::Builder) override {
    table<Slip>("slips").put(in.getLabel().cStr(), [&](auto slip) {
      slip.setCents(in.getCents());
      slip.setUrgent(true);
      slip.setNote("by night");
    });
    co_return;
  }
  troupe::Task<> show(ShowParams::Reader, ShowResults::Builder out) override {
    std::string text;
    for (const auto& slip : table<Slip>("slips").page())
      text += std::to_string(slip->getCents()) + (slip->getUrgent() ? " urgent " : " ") + slip->getNote().cStr() + "; ";
    if (const auto stamp = table<Stamp>("stamps").get("s"))
      text += "stamp " + std::to_string((*stamp)->getCents()) + " " + (*stamp)->getInk().cStr();
    out.setText(text);
    co_return;
  }
  troupe::Task<> stamp(StampParams::Reader in, StampResults::Builder) override {
    table<Stamp>("stamps").put("s", [&](auto stamp) {
      stamp.setCents(in.getCents());
      stamp.setInk("blue");
    });
    co_return;
  }
  troupe::Task<> mix(MixParams::Reader, MixResults::Builder) override { co_return; }
};

}  // namespace jars

int main(int argc, char** argv) { return jars::run<jars::NotedJar>(argc, argv); }
