#include "gateway/http/conditional.h"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <new>

#include "gateway/http/answer_head.h"

namespace troupe::http {
namespace {

constexpr std::size_t kTagBytes = 16;  // of a hash: 128 bits do not meet by chance

// SHA-256, without a look-up of the algorithm and memory for its context each time.
class Sha256 {
 public:
  Sha256() : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {}
  [[nodiscard]] std::array<unsigned char, EVP_MAX_MD_SIZE> of(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out;
    if (!algorithm_ || !context_ || EVP_DigestInit_ex(context_.get(), algorithm_.get(), nullptr) != 1 ||
        EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1 ||
        EVP_DigestFinal_ex(context_.get(), out.data(), nullptr) != 1)
      throw std::bad_alloc();
    return out;
  }

 private:
  struct Free {
    void operator()(EVP_MD* algorithm) const noexcept { EVP_MD_free(algorithm); }
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD, Free> algorithm_;
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

std::string_view opaque(std::string_view tag) noexcept { return tag.starts_with("W/") ? tag.substr(2) : tag; }

}  // namespace

std::string etag_of(std::string_view bytes) {
  thread_local Sha256 sha256;
  const auto hash = sha256.of(bytes);
  std::string out(2 * kTagBytes + 2, '"');
  for (std::size_t i = 0; i < kTagBytes; ++i) {
    out[2 * i + 1] = "0123456789abcdef"[hash[i] >> 4];
    out[2 * i + 2] = "0123456789abcdef"[hash[i] & 15];
  }
  return out;
}

bool has_etag(std::string_view list, std::string_view etag, bool strong) {
  // A tag may have a comma within its quotes.
  while (!list.empty()) {
    if (list.front() == ' ' || list.front() == '\t' || list.front() == ',') {
      list.remove_prefix(1);
      continue;
    }
    if (list.front() == '*') return true;
    const std::size_t begin = list.starts_with("W/") ? 2 : 0;
    if (list.size() <= begin || list[begin] != '"') return false;
    const std::size_t end = list.find('"', begin + 1);
    if (end == std::string_view::npos) return false;
    const std::string_view tag = list.substr(0, end + 1);
    list.remove_prefix(end + 1);
    const bool weak = tag.starts_with("W/") || etag.starts_with("W/");
    if (!(strong && weak) && opaque(tag) == opaque(etag)) return true;
  }
  return false;
}

Verdict judge(const Request& request, const Validators& now) {
  const bool there = !now.etag.empty() || now.last_modified;
  const auto date_of = [&](std::string_view name) -> std::optional<std::int64_t> {
    const auto text = request.headers.find(name);
    return text ? from_http_date(*text) : std::nullopt;
  };
  const auto in = [&](std::string_view list, bool strong) {
    if (list == "*") return there;
    return !now.etag.empty() && has_etag(list, now.etag, strong);
  };
  if (request.headers.has("If-Match")) {
    if (!in(request.headers.joined("If-Match"), true)) return Verdict::failed;
  } else if (const auto since = date_of("If-Unmodified-Since"); since && now.last_modified) {
    if (*now.last_modified > *since) return Verdict::failed;
  }
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (request.headers.has("If-None-Match")) {
    if (in(request.headers.joined("If-None-Match"), false)) return reads ? Verdict::not_modified : Verdict::failed;
  } else if (const auto since = date_of("If-Modified-Since"); since && now.last_modified && reads) {
    if (*now.last_modified <= *since) return Verdict::not_modified;
  }
  return Verdict::proceed;
}

Response not_modified(const Response& full) {
  Response out{.status = 304};
  for (const std::string_view name :
       {"ETag", "Last-Modified", "Cache-Control", "Content-Location", "Expires", "Vary"}) {
    if (const auto value = full.headers.find(name)) out.headers.add(name, *value);
  }
  return out;
}

}  // namespace troupe::http
