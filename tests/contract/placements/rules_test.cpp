// The rules of methods for services of every placement: held wherever a call comes to, and nobody owns what has no key.
#include <doctest/doctest.h>

#include "contract/placements/office.h"

using namespace troupe;
using namespace troupe::office;

namespace {

std::string asked(const Caller& caller, const std::function<void()>& call) {
  const CallerScope scope(caller);
  try {
    call();
    return "";
  } catch (const Error& error) {
    return std::string(to_string(error.kind()));
  }
}

Caller named(const std::string& name) { return {.name = name, .roles = "boss", .scopes = {}}; }

}  // namespace

TEST_CASE("the rule of a pool's method holds on whichever node a call comes to") {
  Office office;
  const auto sign = [&](const char* from) { (void)office.at(from).ref<Typist>().sign().get(); };

  for (const char* from : {"a", "c"}) {
    for (int i = 0; i < 8; ++i) {
      CHECK(asked({}, [&] { sign(from); }) == "unauthenticated");
      CHECK(asked(named("ann"), [&] { sign(from); }).empty());
      CHECK(asked(named("ann"), [&] { (void)office.at(from).ref<Typist>().where().get(); }) == "denied");
    }
  }
}

TEST_CASE("an actor whose key is a member's name is nobody's own") {
  Office office;
  Node& node = office.at("a");

  CHECK(asked(named("a"), [&] { (void)node.ref<Porter>("a").mine().get(); }) == "denied");
  CHECK_NOTHROW((void)node.ref<Porter>("a").mine().get());
}
