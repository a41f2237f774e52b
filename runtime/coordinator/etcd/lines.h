// Cuts a stream into its lines. A line without end is refused at kMaxAnswerBytes. One thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "coordinator/etcd/messages.h"

namespace troupe::coordinator::etcd {

class Lines {
 public:
  void feed(std::string_view bytes) { bytes_.append(bytes); }
  // The next whole one, without its end; empty ones are left out.
  [[nodiscard]] std::optional<std::string> next() {
    for (;;) {
      const auto end = bytes_.find('\n', looked_);
      if (end == bytes_.npos) {
        looked_ = bytes_.size() - begin_;
        bytes_.erase(0, begin_);
        begin_ = 0;
        return std::nullopt;
      }
      std::string line = bytes_.substr(begin_, end - begin_);
      begin_ = looked_ = end + 1;
      if (!line.empty()) return line;
    }
  }
  // After next() gave nothing.
  [[nodiscard]] bool too_long() const noexcept { return bytes_.size() > kMaxAnswerBytes; }

 private:
  std::string bytes_;
  std::size_t begin_ = 0;   // of the line that is next
  std::size_t looked_ = 0;  // no end of line before
};

}  // namespace troupe::coordinator::etcd
