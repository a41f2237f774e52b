#include "../jar_program.h"
#include "jar.capnp.troupe.h"

namespace jars {

class SecondJar final : public JarActor {
  troupe::Task<> put(PutParams::Reader in, PutResults::Builder) override {
    edit().setName(in.getLabel());
    co_return;
  }
  troupe::Task<> show(ShowParams::Reader, ShowResults::Builder out) override {
    std::string text = std::string(state().getName()) + " of " + state().getOwner().cStr() + ":";
    for (auto coin : state().getCoins())
      text += " " + std::to_string(coin.getCents()) + (coin.getMetal() == Metal::COPPER ? "c" : "g");
    out.setCoins(state().getCoins().size());
    out.setText(text.c_str());
    co_return;
  }
  // Writes a field that the old struct has no room for.
  troupe::Task<> give(GiveParams::Reader in, GiveResults::Builder) override {
    auto changed = edit();
    changed.setOwner(in.getOwner());
    changed.getCoins()[0].setMetal(Metal::GOLD);
    co_return;
  }
};

}  // namespace jars

int main(int argc, char** argv) { return jars::run<jars::SecondJar>(argc, argv); }
