// Who has no link any more, by the serial number of a certificate or by the name of a node. Pure but for load().
#pragma once

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "troupe/error.h"

namespace troupe::tls {

inline constexpr std::size_t kMaxDenyListBytes = 4u << 20;

class DenyList {
 public:
  // `invalid` names `file` and the line.
  [[nodiscard]] static Result<DenyList> parse(std::string_view text, const std::filesystem::path& file);
  // A file that is not there denies nobody if it `may_be_missing`, and is `invalid` else.
  [[nodiscard]] static Result<DenyList> load(const std::filesystem::path& file, bool may_be_missing);

  // `serial` in capital hexadecimal digits, without zeros in front.
  [[nodiscard]] bool denies(const std::string& serial, const std::string& node) const {
    return serials_.contains(serial) || nodes_.contains(node);
  }
  [[nodiscard]] std::size_t size() const noexcept { return serials_.size() + nodes_.size(); }

 private:
  std::set<std::string> serials_;
  std::set<std::string> nodes_;
};

}  // namespace troupe::tls
