// The document of what a gateway offers.
#include "stage.h"

using namespace troupe;
using namespace troupe::bazaar;
using nlohmann::json;

TEST_CASE("a gateway describes what it offers, from the schemas and their comments") {
  gateway::GatewayOptions options;
  options.api = {.title = "Bazaar", .version = "7", .description = "Goods", .server = "https://bazaar.example"};
  Stage stage(options);

  const auto answer = stage.get("/openapi.json");
  const json told = json::parse(answer.body);

  CHECK(answer.headers.find("Content-Type") == "application/json");
  CHECK(stage.get("/openapi.json", "If-None-Match: " + std::string(*answer.headers.find("ETag")) + "\r\n").status ==
        304);
  CHECK(told["openapi"] == "3.1.0");
  CHECK(told["info"] == json{{"title", "Bazaar"}, {"version", "7"}, {"description", "Goods"}});
  CHECK(told["servers"][0]["url"] == "https://bazaar.example");
  CHECK(told["tags"].size() == 3);
  CHECK(told["tags"][0] == json{{"name", "Item"}, {"description", "Goods by their code."}});
  const json& item = told["paths"]["/items/{code}"];
  CHECK(item["get"]["operationId"] == "Item_view");
  CHECK(item["get"]["parameters"][0]["name"] == "code");
  CHECK(item["get"]["parameters"][0]["in"] == "path");
  CHECK(item["get"]["parameters"][0]["required"] == true);
  const json& answered = item["get"]["responses"]["200"];
  CHECK(answered["headers"].contains("X-Edits"));
  CHECK(answered["content"]["application/json"]["schema"]["properties"].size() == 2);
  const json& body = item["put"]["requestBody"]["content"]["application/json"]["schema"];
  CHECK(body["required"] == json{"name"});
  CHECK(body["properties"]["cents"]["default"] == 100);
  CHECK(item["put"]["responses"].contains("204"));
  CHECK(item["delete"]["parameters"][1] ==
        json{{"name", "X-Reason"}, {"in", "header"}, {"schema", {{"type", "string"}}}});
  CHECK(told["paths"]["/items"]["post"]["responses"]["201"]["headers"].contains("Location"));
  CHECK_FALSE(told["paths"].contains("secret"));
}

TEST_CASE("a description names types once, and says of each operation who may call it and until when") {
  Stage stage;

  const json told = json::parse(stage.get("/openapi.json").body);
  const json& schemas = told["components"]["schemas"];

  CHECK(schemas["Colour"] == json{{"type", "string"}, {"enum", {"red", "green"}}});
  CHECK(schemas["Maker"]["properties"]["best"]["$ref"] == "#/components/schemas/Maker");
  CHECK(schemas["Everything"]["required"] == json{"must"});
  CHECK(schemas["Everything"]["properties"].contains("re-named"));
  CHECK(schemas["Everything"]["properties"]["rows"]["items"]["items"]["type"] == "string");
  CHECK(schemas["Everything"]["properties"]["bytes"]["contentEncoding"] == "base64");
  CHECK(schemas["Problem"]["properties"].contains("traceId"));
  CHECK(told["paths"]["/mirror"]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"] ==
        "#/components/schemas/Everything");
  CHECK(told["paths"]["/mirror/old"]["post"]["deprecated"] == true);
  CHECK(told["paths"]["/mirror/old"]["post"]["description"] == "Instead: /mirror");
  CHECK(told["paths"]["/mirror/old"]["post"]["security"] == json::array());
  const json& burn = told["paths"]["/v2/diaries/{key}"]["delete"];
  CHECK(burn["security"] == json::array({{{"bearer", {"diaries:burn"}}}}));
  CHECK(burn["responses"].contains("401"));
  CHECK(burn["responses"].contains("403"));
}
