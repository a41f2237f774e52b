// Names in certificates, and deny lists: what is read and what is refused.
#include <doctest/doctest.h>

#include "tls/deny_list.h"
#include "tls_stage.h"

using namespace troupe;
using namespace troupe::tls;

TEST_CASE("every name that a node may have comes back from its certificate's name") {
  std::string every_byte;
  for (int c = ' '; c < 256; ++c)
    if (c != '/' && c != 0x7f) every_byte += static_cast<char>(c);

  for (const PeerName& name :
       {PeerName{"shop", "shop-1"}, PeerName{"a/b", "node two"}, PeerName{every_byte, every_byte},
        PeerName{std::string(256, '/'), std::string(256, '\xff')}}) {
    const auto back = from_uri(to_uri(name));
    REQUIRE(back);
    CHECK(*back == name);
  }
  CHECK(to_uri({"shop", "node 1"}) == "troupe://shop/node%201");
  CHECK(tls_name("shop", "a") == "troupe://shop/a");
}

TEST_CASE("a name that is not written as this house writes it is no name") {
  for (const char* wrong :
       {"", "troupe://", "troupe://shop", "troupe://shop/", "troupe:///a", "http://shop/a", "TROUPE://shop/a",
        "troupe://shop/a/b", "troupe://shop/a%2fb", "troupe://shop/%41", "troupe://shop/a%", "troupe://shop/a%2",
        "troupe://shop/a b", "troupe://shop/a%GG", "troupe://shop/a?b", "troupe://user@shop/a\n"}) {
    INFO(wrong);
    CHECK(!from_uri(wrong));
  }
  CHECK(!from_uri(std::string("troupe://shop/a\0b", 17)));
}

TEST_CASE("a deny list is of serial numbers in any writing, and of names of nodes") {
  auto list =
      DenyList::parse("# who left\n\n  serial 0a:1B # lost laptop\r\nserial 0x00ff\nnode shop 3\nserial 0\n", "denied");
  REQUIRE(list.ok());

  CHECK(list->denies("A1B", "x"));
  CHECK(list->denies("FF", "x"));
  CHECK(list->denies("0", "x"));
  CHECK(list->denies("1", "shop 3"));
  CHECK(!list->denies("A1", "shop"));
  CHECK(list->size() == 4);
  CHECK(DenyList::parse("", "denied")->size() == 0);
}

TEST_CASE("a line of a deny list that denies nobody is an error with its number, and the list is not taken") {
  for (const char* wrong : {"serial", "node", "node  ", "serial xyz", "serial 0x", "serial #", "user bob", "0A1B"}) {
    const auto list = DenyList::parse(std::string("node a\n") + wrong + "\n", "etc/denied");
    INFO(wrong);
    REQUIRE(!list.ok());
    CHECK(list.error().kind() == ErrorKind::invalid);
    CHECK(list.error().message().find("etc/denied:2: ") == 0);
  }
}
