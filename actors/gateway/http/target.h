// What a request line names, made into a Target and a host, or refused. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/http/head_check.h"
#include "gateway/http/request.h"

namespace troupe::http {

// RFC 9112, 3.2: origin form, absolute form (the host is then of it, whatever Host says), and "*" for OPTIONS.
// `host` is the value of Host. CONNECT and TRACE are refused.
[[nodiscard]] std::optional<Refused> take_target(std::string_view method, std::string_view target,
                                                 std::string_view host, Request& into);
// "%41" to "A"; nothing: a percent sign without two digits behind it, or a byte 0.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space);

}  // namespace troupe::http
