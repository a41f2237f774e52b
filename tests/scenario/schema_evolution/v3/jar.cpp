#include "../jar_program.h"
#include "jar.capnp.troupe.h"

namespace jars {

class ThirdJar final : public JarActor {
  troupe::Task<> put(PutParams::Reader, PutResults::Builder) override { co_return; }
};

}  // namespace jars

int main(int argc, char** argv) { return jars::run<jars::ThirdJar>(argc, argv); }
