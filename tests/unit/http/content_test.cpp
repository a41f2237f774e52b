// What answers carry: compression, conditional requests, files of a directory.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>

#include "gateway/http/conditional.h"
#include "gateway/http/static_files.h"
#include "stage.h"
#include "support/scratch_directory.h"

namespace troupe::http {
namespace {

std::string inflated(std::string_view bytes) {
  z_stream stream{};
  REQUIRE(::inflateInit2(&stream, 15 + 16) == Z_OK);
  std::string out(1u << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(::inflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  ::inflateEnd(&stream);
  return out;
}

Request asking(std::string method, std::initializer_list<Field> fields) {
  Request out;
  out.method = std::move(method);
  out.headers = fields;
  return out;
}

// A directory with files, and beside it what must not be served.
struct Shop {
  testing::ScratchDirectory directory;
  std::filesystem::path root = directory.path() / "www";
  std::unique_ptr<Server> server;
  Shop() {
    std::filesystem::create_directories(root / "sub");
    std::filesystem::create_directories(root / ".well-known");
    write("index.html", "<h1>shop</h1>");
    write("sub/index.html", "<h1>sub</h1>");
    write("data.bin", "0123456789");
    write("large.bin", std::string(3u << 20, 'L'));
    write("style.css", std::string(10'000, 'c'));
    write(".hidden", "no");
    write(".well-known/x", "yes");
    std::ofstream(directory.path() / "secret") << "secret";
    std::filesystem::create_symlink("../secret", root / "out");
    std::filesystem::create_symlink("data.bin", root / "within");
    std::filesystem::create_symlink("/etc", root / "etc");
    REQUIRE(::mkfifo((root / "fifo").c_str(), 0600) == 0);
    auto files = StaticFiles::open(root).value();
    server = serve([files](Request request, Responder responder) { responder.answer(files.serve(request)); });
  }
  void write(const std::string& name, const std::string& text) const { std::ofstream(root / name) << text; }
};

}  // namespace

TEST_CASE("bodies that shrink are compressed for peers that take gzip") {
  const std::string body(5'000, 'x');
  const auto server = serve([&](Request request, Responder responder) {
    Response out{.headers = {{"Content-Type", "application/json"}, {"ETag", "\"v1\""}}, .body = body};
    if (request.target.path == "/png") out.headers.set("Content-Type", "image/png");
    if (request.target.path == "/small") out.body.resize(100);
    if (request.target.path == "/plain") out.compress = false;
    responder.answer(std::move(out));
  });
  RawClient client(server->port());
  const auto ask = [&](std::string_view path, std::string_view accepts) {
    return client.ask(get(path, "Accept-Encoding: " + std::string(accepts) + "\r\n"));
  };

  const Answer small = ask("/", "br, gzip;q=0.5");
  CHECK(small.headers.find("Content-Encoding") == "gzip");
  CHECK(small.headers.find("Vary") == "Accept-Encoding");
  CHECK(small.headers.find("ETag") == "W/\"v1\"");
  CHECK(small.body.size() < 100);
  CHECK(inflated(small.body) == body);
  CHECK(ask("/", "*").headers.has("Content-Encoding"));
  const Answer whole = ask("/", "gzip;q=0, *");
  CHECK_FALSE(whole.headers.has("Content-Encoding"));
  CHECK(whole.headers.find("Vary") == "Accept-Encoding");
  CHECK(whole.headers.find("ETag") == "\"v1\"");
  CHECK_FALSE(ask("/", "identity").headers.has("Content-Encoding"));
  for (const char* path : {"/png", "/small", "/plain"}) CHECK_FALSE(ask(path, "gzip").headers.has("Content-Encoding"));
}

TEST_CASE("conditions are judged in the order of RFC 9110") {
  const Validators now{.etag = "\"a\"", .last_modified = 1'000'000'000};
  const std::string then = "Sun, 09 Sep 2001 01:46:40 GMT", before = "Sat, 08 Sep 2001 01:46:40 GMT";
  const auto verdict = [&](std::string method, std::initializer_list<Field> fields) {
    return judge(asking(std::move(method), fields), now);
  };
  CHECK(verdict("GET", {}) == Verdict::proceed);
  CHECK(verdict("GET", {{"If-None-Match", "\"b\", W/\"a\""}}) == Verdict::not_modified);
  CHECK(verdict("GET", {{"If-None-Match", "\"b\""}}) == Verdict::proceed);
  CHECK(verdict("GET", {{"If-None-Match", "*"}}) == Verdict::not_modified);
  CHECK(verdict("PUT", {{"If-None-Match", "*"}}) == Verdict::failed);
  CHECK(verdict("GET", {{"If-None-Match", "\"b\""}, {"If-Modified-Since", then}}) == Verdict::proceed);
  CHECK(verdict("GET", {{"If-Modified-Since", then}}) == Verdict::not_modified);
  CHECK(verdict("GET", {{"If-Modified-Since", before}}) == Verdict::proceed);
  CHECK(verdict("POST", {{"If-Modified-Since", then}}) == Verdict::proceed);
  CHECK(verdict("GET", {{"If-Modified-Since", "yesterday"}}) == Verdict::proceed);
  CHECK(verdict("PUT", {{"If-Match", "\"a\""}}) == Verdict::proceed);
  CHECK(verdict("PUT", {{"If-Match", "W/\"a\""}}) == Verdict::failed);
  CHECK(verdict("PUT", {{"If-Match", "\"b\", \"c,d\""}}) == Verdict::failed);
  CHECK(verdict("PUT", {{"If-Match", "*"}}) == Verdict::proceed);
  CHECK(verdict("PUT", {{"If-Unmodified-Since", before}}) == Verdict::failed);
  CHECK(verdict("PUT", {{"If-Match", "\"a\""}, {"If-Unmodified-Since", before}}) == Verdict::proceed);
  CHECK(judge(asking("PUT", {{"If-Match", "*"}}), {}) == Verdict::failed);
  CHECK(judge(asking("PUT", {{"If-None-Match", "*"}}), {}) == Verdict::proceed);
  CHECK_FALSE(has_etag("\"unfinished", "\"unfinished\"", false));
}

TEST_CASE("tags of equal bytes are equal, and of others are not") {
  CHECK(etag_of("a") == etag_of("a"));
  CHECK(etag_of("a") != etag_of("b"));
  CHECK(etag_of("").size() == 34);
  CHECK(etag_of("").front() == '"');
}

TEST_CASE("files have their content type, their tag and their time") {
  const Shop shop;
  RawClient client(shop.server->port());

  const Answer index = client.ask(get("/")), style = client.ask(get("/style.css", "Accept-Encoding: gzip\r\n"));

  CHECK(index.body == "<h1>shop</h1>");
  CHECK(index.headers.find("Content-Type") == "text/html; charset=utf-8");
  CHECK(index.headers.find("Accept-Ranges") == "bytes");
  CHECK(inflated(style.body).size() == 10'000);
  const std::string tag(*index.headers.find("ETag")), time(*index.headers.find("Last-Modified"));
  CHECK(client.ask(get("/", "If-None-Match: " + tag + "\r\n")).status == 304);
  CHECK(client.ask(get("/", "If-Modified-Since: " + time + "\r\n")).status == 304);
  CHECK(client.ask(get("/", "If-Match: \"other\"\r\n")).status == 412);
  const Answer head = client.ask("HEAD /large.bin HTTP/1.1\r\nHost: a\r\n\r\n", true);
  CHECK(head.headers.find("Content-Length") == std::to_string(3u << 20));
  CHECK(client.ask(get("/large.bin")).body == std::string(3u << 20, 'L'));
  CHECK(client.ask(get("/within")).body == "0123456789");
  CHECK(client.ask(get("/.well-known/x")).body == "yes");
  CHECK(client.ask(get("/sub/")).body == "<h1>sub</h1>");
  const Answer moved = client.ask(get("//sub?a=b"));
  CHECK(moved.status == 404);
  CHECK(client.ask(get("/sub?a=b")).headers.find("Location") == "/sub/?a=b");
  CHECK(client.ask(post("/", "")).status == 405);
}

TEST_CASE("nothing outside of the directory is served, and nothing but files") {
  const Shop shop;
  RawClient client(shop.server->port());

  for (const char* path : {"/out", "/etc/passwd", "/etc", "/.hidden", "/nothing", "/fifo", "/..%2Fsecret",
                           "/sub%2Findex.html", "/sub/..%5C..%5Csecret", "/data.bin/", "/data.bin/x", "//data.bin",
                           "/sub//index.html", "/%2Fetc%2Fpasswd", "/C:%5Csecret", "/%ff"}) {
    CAPTURE(std::string(path));
    CHECK(client.ask(get(path)).status == 404);
  }
  CHECK_FALSE(StaticFiles::open(shop.root / "nowhere").ok());
  CHECK_FALSE(StaticFiles::open(shop.root / "data.bin").ok());
}

TEST_CASE("one range of a file is sent alone") {
  const Shop shop;
  RawClient client(shop.server->port());
  const auto ask = [&](std::string_view range, std::string_view more = "") {
    return client.ask(get("/data.bin", "Range: " + std::string(range) + "\r\n" + std::string(more)));
  };

  const Answer part = ask("bytes=2-4");
  CHECK(part.status == 206);
  CHECK(part.body == "234");
  CHECK(part.headers.find("Content-Range") == "bytes 2-4/10");
  CHECK(ask("bytes=7-").body == "789");
  CHECK(ask("bytes=-3").body == "789");
  CHECK(ask("bytes=-30").body == "0123456789");
  CHECK(ask("bytes=5-99").body == "56789");
  CHECK(ask("bytes=10-").status == 416);
  CHECK(ask("bytes=10-").headers.find("Content-Range") == "bytes */10");
  CHECK(ask("bytes=-0").status == 416);
  for (const char* whole :
       {"bytes=0-1,4-5", "bytes=4-2", "bytes=a-b", "lines=1-2", "bytes=", "bytes=-", "bytes=99999999999999999999-"})
    CHECK(ask(whole).status == 200);
  const std::string tag(*part.headers.find("ETag"));
  CHECK(ask("bytes=2-4", "If-Range: " + tag + "\r\n").status == 206);
  CHECK(ask("bytes=2-4", "If-Range: \"old\"\r\n").status == 200);
  CHECK(client.ask(get("/large.bin", "Range: bytes=100-1048675\r\n")).body == std::string(1'048'576, 'L'));
}

TEST_CASE("a file that becomes shorter while it is sent ends the connection") {
  const testing::ScratchDirectory directory;
  std::ofstream(directory / "a") << std::string(1'000, 'a');
  const auto server = serve([&](Request, Responder responder) {
    const int opened = ::open((directory / "a").c_str(), O_RDONLY | O_CLOEXEC);
    responder.answer({.file = FilePart{std::make_shared<const OpenFile>(opened), 0, 2'000}});
  });
  RawClient client(server->port());

  client.send(get("/"));

  // However much of it was under way: less than was told, and then the end.
  CHECK(client.read_all().size() < 2'000);
}

}  // namespace troupe::http
