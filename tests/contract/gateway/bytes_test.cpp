// Bodies and answers that are bytes and no JSON.
#include "gallery.h"

using namespace troupe;
using namespace troupe::bazaar;
using nlohmann::json;

namespace {

// Every byte there is, twice.
std::string all_bytes() {
  std::string out;
  for (int i = 0; i < 512; ++i) out += static_cast<char>(i & 255);
  return out;
}

Stage::Sent put(const std::string& body, const std::string& type, const std::string& query = "") {
  return {.verb = "PUT", .target = "/pictures/a" + query, .body = body, .type = type};
}

}  // namespace

TEST_CASE("bytes come and go as they are, with their type and a tag") {
  Stage stage({}, gallery());
  const std::string picture = all_bytes();

  CHECK(stage.json(put(picture, "image/png", "?note=x")) == json{{"size", 512}, {"note", "x"}});
  const auto seen = stage.get("/pictures/a");

  CHECK(seen.status == 200);
  CHECK(seen.body == picture);
  CHECK(seen.headers.joined("Content-Type") == "image/png");
  CHECK(seen.headers.find("X-Size") == "512");
  CHECK(seen.headers.joined("X-Content-Type-Options") == "nosniff");
  CHECK(seen.headers.find("Content-Security-Policy")->find("sandbox") != std::string_view::npos);
  const std::string tag(seen.headers.find("ETag").value());
  const auto same = stage.get("/pictures/a", "If-None-Match: " + tag + "\r\n");
  CHECK(same.status == 304);
  CHECK(same.body.empty());
  const auto head = stage.ask({.verb = "HEAD", .target = "/pictures/a"});
  CHECK(head.headers.find("Content-Length") == "512");
  CHECK(head.headers.find("ETag") == tag);
  (void)stage.json(put("\n", "image/jpeg"));
  CHECK(stage.get("/pictures/a", "If-None-Match: " + tag + "\r\n").body == "\n");
  CHECK(stage.get("/pictures/a").headers.find("Content-Type") == "image/jpeg");
}

TEST_CASE("an answer whose type the schema fixes has that, and a body and an answer may both be bytes") {
  Stage stage({}, gallery());
  const std::string bytes = all_bytes();
  (void)stage.json(put(bytes, "image/png"));

  const auto small = stage.get("/pictures/a/small");
  const auto turned =
      stage.ask({.verb = "POST", .target = "/pictures/a/turned", .body = bytes, .type = "application/octet-stream"});
  const auto nothing = stage.ask({.verb = "POST", .target = "/pictures/a/turned"});

  CHECK(small.headers.find("Content-Type") == "image/webp");
  CHECK(small.body == std::string("\0\1", 2));
  CHECK(turned.status == 200);
  CHECK(turned.body == std::string(bytes.rbegin(), bytes.rend()));
  CHECK(nothing.status == 200);
  CHECK(nothing.body.empty());
}

TEST_CASE("a type that is not taken is refused with those that are, and so is a body that is missing") {
  Stage stage({}, gallery());

  CHECK(stage.problem(put("x", "text/html"), 415) == "the body is text/html, and wanted as image/png, image/jpeg");
  CHECK(stage.problem(put("x", ""), 415) == "the body has no Content-Type, and wanted as image/png, image/jpeg");
  CHECK(stage.problem(put("x", "image/png2"), 415) == "the body is image/png2, and wanted as image/png, image/jpeg");
  CHECK(stage.problem(put("x", "application/json"), 415).starts_with("the body is application/json"));
  CHECK(stage.problem(put("", "image/png"), 400) == "a body is required");
  CHECK(stage.ask(put("x", "IMAGE/Png ; q=1")).status == 200);
  CHECK(stage.get("/pictures/a").headers.find("Content-Type") == "IMAGE/Png ; q=1");
  CHECK(stage.problem({.target = "/pictures/a", .body = "x", .type = "image/png"}, 400) == "no body is taken here");
}

TEST_CASE("a type that the schema does not have is told as bytes of no kind, which no browser runs") {
  Stage stage({}, gallery());
  (void)stage.json(put("<script>", "image/png"));

  for (const std::string type : {"text/html", "", "image/png\r\nX: y", "image/svg+xml"}) {
    INFO(type);
    const json body = {{"type", type}};
    CHECK(stage.ask({.verb = "POST", .target = "/pictures/a/type", .body = body.dump()}).status == 204);
    const auto seen = stage.get("/pictures/a");
    CHECK(seen.headers.joined("Content-Type") == "application/octet-stream");
    CHECK(seen.body == "<script>");
  }
}

TEST_CASE("a description of bytes has their types, and of every request that changes something the key it may have") {
  Stage stage({}, gallery());

  const json told = json::parse(stage.get("/openapi.json").body)["paths"];
  const json& put = told["/pictures/{name}"]["put"];
  const json& get = told["/pictures/{name}"]["get"];

  CHECK(put["requestBody"]["required"] == true);
  CHECK(put["requestBody"]["content"].size() == 2);
  CHECK(put["requestBody"]["content"]["image/png"]["schema"]["format"] == "binary");
  CHECK(put["responses"]["200"]["content"].contains("application/json"));
  for (const char* status : {"400", "409", "415", "422", "default"}) CHECK(put["responses"].contains(status));
  CHECK_FALSE(get["responses"].contains("409"));
  CHECK(told["/tills/{till}"]["get"]["responses"].contains("429"));
  CHECK(put["parameters"][1]["name"] == "note");
  CHECK(put["parameters"][2]["name"] == "Idempotency-Key");
  CHECK(get["responses"]["200"]["content"].contains("image/jpeg"));
  CHECK_FALSE(get["responses"]["200"]["content"].contains("application/json"));
  CHECK_FALSE(get["responses"]["200"]["headers"].contains("Content-Type"));
  CHECK(get["parameters"].size() == 1);
}
