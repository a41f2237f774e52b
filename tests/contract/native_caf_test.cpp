// Native CAF, one step away: a Ref as a caf::actor, monitored and called by CAF's own actors.
#include <troupe/caf.hpp>

#include "contract/distance.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

struct Bridged {
  Bridged() : node({.name = "solo", .data_dir = directory.path(), .threads = 2}) {
    host_cast(node);
    node.start();
  }
  // What a CAF actor gets when it asks.
  std::string ask(const caf::actor& actor, const std::string& method, const std::string& json) {
    caf::scoped_actor self(node.system());
    std::string out;
    self->request(actor, std::chrono::seconds(5), method, json)
        .receive([&](std::string& results) { out = results; },
                 [&](caf::error& error) { out = "error: " + node.system().render(error); });
    return out;
  }
  testing::ScratchDirectory directory;
  Node node;
};

}  // namespace

TEST_CASE("a CAF actor calls a Troupe actor through as_caf_actor") {
  Bridged bridged;
  auto account = as_caf_actor(bridged.node.system(), bridged.node.ref<Account>("a"));

  CHECK(bridged.ask(account, "add", R"({"amount": 2})") == R"({"balance":"2"})");
  CHECK(bridged.ask(account, "add", R"({"amount": 3})") == R"({"balance":"5"})");

  CHECK(bridged.node.ref<Account>("a").balance().get()->getBalance() == 5);
}

TEST_CASE("what a CAF actor asks wrongly comes back as an error that says what to do") {
  Bridged bridged;
  auto account = as_caf_actor(bridged.node.system(), bridged.node.ref<Account>("a"));

  CHECK(bridged.ask(account, "ad", "{}").find("did you mean 'add'") != std::string::npos);
  CHECK(bridged.ask(account, "add", "{").find("malformed JSON") != std::string::npos);
  CHECK(bridged.ask(account, "addThen", R"({"amount": 1, "ending": "refuse"})").find("refused") != std::string::npos);
}
