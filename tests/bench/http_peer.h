// A connection that sends one request again and again, and reads its answers.
#pragma once

#include <cstdint>
#include <string>

namespace troupe::bench {

class HttpPeer {
 public:
  // `request` outlives it. Throws std::system_error.
  HttpPeer(std::uint16_t port, const std::string& request);
  ~HttpPeer();
  HttpPeer(HttpPeer&& other) noexcept;
  HttpPeer(const HttpPeer&) = delete;
  HttpPeer& operator=(const HttpPeer&) = delete;
  [[nodiscard]] int fd() const noexcept { return fd_; }

  void ask() const;
  // Takes in what has come. True: the answer is there, with a status of 2xx; else this throws.
  [[nodiscard]] bool answered();
  // Blocks until it is; its bytes.
  [[nodiscard]] std::size_t await_answer();

 private:
  const std::string* request_;
  int fd_;
  std::string have_;
  std::size_t wanted_ = 0;  // bytes of an answer; every one is as long as the first
};

}  // namespace troupe::bench
