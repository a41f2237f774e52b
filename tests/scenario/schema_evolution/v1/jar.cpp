#include "../jar_program.h"
#include "jar.capnp.troupe.h"

namespace jars {

class FirstJar final : public JarActor {
  troupe::Task<> put(PutParams::Reader in, PutResults::Builder) override {
    auto state = edit();
    auto old = this->state().getCoins();
    std::vector<std::uint32_t> cents;
    for (auto coin : old) cents.push_back(coin.getCents());
    if (in.getLabel() == "swap") cents.at(0) = in.getCents();  // for another coin in its place
    if (in.getLabel() != "swap") cents.push_back(in.getCents());
    auto coins = state.initCoins(static_cast<unsigned>(cents.size()));
    for (unsigned i = 0; i < coins.size(); ++i) coins[i].setCents(cents[i]);
    state.setLabel(in.getLabel());
    co_return;
  }
  troupe::Task<> show(ShowParams::Reader, ShowResults::Builder out) override {
    out.setCoins(state().getCoins().size());
    out.setText(state().getLabel());
    co_return;
  }
};

}  // namespace jars

int main(int argc, char** argv) { return jars::run<jars::FirstJar>(argc, argv); }
