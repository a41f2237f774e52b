#include "../jar_program.h"
#include "jar.capnp.troupe.h"

namespace jars {

class FifthJar final : public JarActor {
  void migrate(std::uint32_t from, capnp::AnyPointer::Reader old_state, capnp::AnyPointer::Builder new_state) override {
    if (from == 1) {
      new_state.setAs<Purse>(old_state.getAs<Purse>());
      new_state.getAs<Purse>().setText("from a purse");
    } else {
      auto purse = new_state.initAs<Purse>();
      for (auto coin : old_state.getAs<JarState>().getCoins()) purse.setCents(purse.getCents() + coin.getCents());
      purse.setText("from a jar");
    }
  }
  troupe::Task<> put(PutParams::Reader, PutResults::Builder) override { co_return; }
  troupe::Task<> show(ShowParams::Reader, ShowResults::Builder out) override {
    out.setCoins(static_cast<std::uint32_t>(state().getCents()));
    out.setText(state().getText());
    co_return;
  }
};

}  // namespace jars

int main(int argc, char** argv) { return jars::run<jars::FifthJar>(argc, argv); }
