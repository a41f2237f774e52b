// The named fields of log lines as the runtime writes them. Their names are listed in runtime/doc/logging.md.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "troupe/log.h"

namespace troupe {

// A few fields on the stack; those without a value are left out. It refers to its values and does not keep them.
class LogFields {
 public:
  static constexpr std::size_t kMost = 12;

  LogFields() = default;
  LogFields(std::initializer_list<LogField> fields) {
    for (const LogField& field : fields) add(field);
  }
  void add(const LogField& field) {
    if (field.value.empty()) return;
    TROUPE_CHECK(count_ < kMost);
    fields_[count_++] = field;
  }
  operator std::span<const LogField>() const noexcept { return {fields_.data(), count_}; }

 private:
  std::array<LogField, kMost> fields_;
  std::size_t count_ = 0;
};

// "Stock/sku-1" taken apart; names of services have no slash.
struct ActorNameParts {
  explicit ActorNameParts(std::string_view name) noexcept
      : service(name.substr(0, name.find('/'))),
        key(service.size() < name.size() ? name.substr(service.size() + 1) : std::string_view()) {}

  std::string_view service;
  std::string_view key;
};

}  // namespace troupe
