// The shop for programs of other languages: its services over Cap'n Proto's RPC, with the shop's own tokens.
#include <capnp/rpc-twoparty.h>
#include <doctest/doctest.h>
#include <kj/async-io.h>

#include <nlohmann/json.hpp>

#include "actors.h"
#include "cart.capnp.troupe.h"
#include "catalogue.capnp.troupe.h"
#include "edge/shop_gateway.h"
#include "edge/shop_rpc.h"
#include "opening/opening.h"
#include "rpc/directory.capnp.h"
#include "support/scratch_directory.h"
#include "unit/http/raw_client.h"
#include "users.capnp.troupe.h"

using namespace std::chrono_literals;
using nlohmann::json;

TEST_CASE("whoever has logged in fills a cart over RPC, and everybody may look at goods") {
  troupe::testing::ScratchDirectory directory;
  troupe::Node node({.name = "shop-1", .data_dir = directory / "data", .admin = false});
  demo::host_shop(node);
  demo::ShopGateway gateway(node, {.port = 0}, {});
  demo::ShopRpc rpc(node, {.port = 0}, {});
  node.start();
  demo::prepare_shop(node, 20s);
  CHECK(demo::fill_shelves(node) > 0);
  gateway.start();
  rpc.start();
  const auto port = gateway.address().substr(gateway.address().rfind(':') + 1);
  troupe::http::RawClient http(static_cast<std::uint16_t>(std::stoi(port)));
  const auto post = [&](const std::string& path, const std::string& body) {
    http.send("POST " + path + " HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nIdempotency-Key: " + path +
              "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return http.answer();
  };
  CHECK(post("/users", R"({"name":"anna","password":"correct horse"})").status == 201);
  const auto logged_in = post("/login", R"({"name":"anna","password":"correct horse"})");
  REQUIRE(logged_in.status == 200);

  auto io = kj::setupAsyncIo();
  auto address = io.provider->getNetwork().parseAddress("127.0.0.1", rpc.port()).wait(io.waitScope);
  auto stream = address->connect().wait(io.waitScope);
  capnp::TwoPartyClient client(*stream);
  auto everybody = client.bootstrap().castAs<troupe::rpc::Directory>();
  const auto service = [](troupe::rpc::Directory::Client from, const char* name, const char* key) {
    auto request = from.serviceRequest();
    request.setName(name);
    request.setKey(key);
    return request.send().getService();
  };
  auto login = everybody.authenticateRequest();
  login.setToken(json::parse(logged_in.body)["accessToken"].get<std::string>().c_str());
  const auto anna = login.send().wait(io.waitScope);
  auto put = service(anna.getDirectory(), "Cart", "anna").castAs<shop::Cart>().putRequest();
  put.setSku("tea-green");
  put.setQuantity(2);
  put.send().wait(io.waitScope);
  const auto cart =
      service(anna.getDirectory(), "Cart", "anna").castAs<shop::Cart>().showRequest().send().wait(io.waitScope);
  const auto lamp =
      service(everybody, "Product", "lamp-desk").castAs<shop::Product>().showRequest().send().wait(io.waitScope);
  const auto refusal = [&](auto promise) -> std::string {
    KJ_IF_MAYBE (error, kj::runCatchingExceptions([&] { promise.ignoreResult().wait(io.waitScope); }))
      return error->getDescription().cStr();
    return {};
  };

  CHECK(anna.getName() == "anna");
  CHECK(cart.getCount() == 2);
  CHECK(cart.getTotalCents() == 2580);
  CHECK(lamp.getName() == "Desk lamp");
  CHECK(refusal(service(everybody, "Cart", "anna").castAs<shop::Cart>().showRequest().send()).find("unauthenticated") !=
        std::string::npos);
  CHECK(
      refusal(service(anna.getDirectory(), "Cart", "bert").castAs<shop::Cart>().showRequest().send()).find("denied") !=
      std::string::npos);
  CHECK(refusal(service(anna.getDirectory(), "Cart", "anna").castAs<shop::Cart>().viewRequest().send())
            .find("is not called from outside") != std::string::npos);
}
