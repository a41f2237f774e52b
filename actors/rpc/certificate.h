// The server's certificate and key: read from files, checked, and as what kj's TLS takes. Any thread.
#pragma once

#include <kj/compat/tls.h>

#include <memory>

#include "rpc/shared.h"

namespace troupe::rpc {

// `invalid`: which file, and what is wrong with it.
[[nodiscard]] Result<std::shared_ptr<const Certificate>> read_certificate(const TlsFiles& files);

// Reads it for all threads. `invalid`: what is in use stays.
[[nodiscard]] Result<void> renew_certificate(Shared& shared);

// Of a certificate that was read. For one thread.
[[nodiscard]] kj::Own<kj::TlsContext> context_of(const Certificate& certificate);

}  // namespace troupe::rpc
