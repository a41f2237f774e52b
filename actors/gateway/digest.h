// SHA-256 of texts one after the other, each with its length before it, so that no two lists of texts are the same.
#pragma once

#include <string>
#include <string_view>

namespace troupe::gateway {

// 32 bytes. Throws `overloaded`: there is no memory.
class Digest {
 public:
  Digest();
  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
  Digest& add(std::string_view text);
  [[nodiscard]] std::string end();

 private:
  void* const context_;
};

}  // namespace troupe::gateway
