// Services whose schemas a gateway gets while it runs, without generated code.
#include <capnp/schema.h>

#include "stage.h"

namespace troupe::bazaar {

TEST_CASE("a service whose schema is known at run time alone is offered with it, and with no other") {
  testing::ScratchDirectory directory;
  Node node({.data_dir = directory.path()});
  host_bazaar(node);
  node.start();
  ServiceInfo item = ServiceOf<Item>::info();
  item.schema = nullptr;
  item.state_schema = nullptr;
  item.file_structs = nullptr;
  item.file_struct_count = 0;
  gateway::Gateway gateway(node, {});
  const auto schema = capnp::Schema::from<Item>();

  CHECK_THROWS_WITH_AS(gateway.offer(item), doctest::Contains("has no schema of its own"), Error);
  CHECK_THROWS_WITH_AS(gateway.offer(item, capnp::Schema::from<Mirror>()), doctest::Contains("schema of another one"),
                       Error);
  gateway.offer(item, schema).start();
  CHECK_THROWS_WITH_AS(gateway.offer(item, schema), doctest::Contains("after start()"), Error);
  CHECK_FALSE(gateway.reload_certificate().ok());  // there is none

  http::RawClient client(gateway.port());
  CHECK(client
            .ask("PUT /items/lamp HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n"
                 "{\"name\":\"Lamp\"}")
            .status == 204);
  const auto view = client.ask(http::get("/items/lamp"));
  CHECK(view.status == 200);
  CHECK(view.body == R"({"name":"Lamp","cents":100})");
  CHECK(view.headers.find("X-Edits") == "1");
  gateway.stop();
  node.stop();
}

}  // namespace troupe::bazaar
