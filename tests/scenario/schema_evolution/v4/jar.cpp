#include <stdexcept>

#include "../jar_program.h"
#include "jar.capnp.troupe.h"

namespace jars {

class FourthJar final : public JarActor {
  void migrate(std::uint32_t, capnp::AnyPointer::Reader old_state, capnp::AnyPointer::Builder new_state) override {
    const auto old = old_state.getAs<JarState>();
    if (old.getLabel() == "cursed") throw std::runtime_error("this jar is cursed");
    if (old.getLabel() == "void") return;
    std::uint64_t cents = 0;
    for (auto coin : old.getCoins()) cents += coin.getCents();
    auto purse = new_state.initAs<Purse>();
    purse.setCents(cents);
    purse.setText(old.getLabel());
  }
  troupe::Task<> put(PutParams::Reader in, PutResults::Builder) override {
    edit().setCents(state().getCents() + in.getCents());
    co_return;
  }
  troupe::Task<> show(ShowParams::Reader, ShowResults::Builder out) override {
    out.setCoins(static_cast<std::uint32_t>(state().getCents()));
    out.setText(state().getText());
    co_return;
  }
};

}  // namespace jars

int main(int argc, char** argv) { return jars::run<jars::FourthJar>(argc, argv); }
