// A node's metrics as text for whoever scrapes them: the text format of Prometheus, or OpenMetrics 1.0. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "troupe/metrics.h"

namespace troupe::observe {

enum class Exposition : unsigned char { json, text, open_metrics };

// What an Accept header asks for: JSON unless it names a text format. Of both text formats OpenMetrics is the better
// one: it says where it ends.
[[nodiscard]] Exposition exposition_for(std::string_view accept) noexcept;
[[nodiscard]] const char* content_type(Exposition form) noexcept;

// Of text or open_metrics.
[[nodiscard]] std::string expose(const std::vector<MetricFamily>& families, Exposition form);

}  // namespace troupe::observe
