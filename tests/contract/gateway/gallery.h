// The services of gallery.capnp, and a stage that has them too.
#pragma once

#include "gallery.capnp.troupe.h"
#include "stage.h"

namespace troupe::bazaar {

[[nodiscard]] Offered gallery();

}  // namespace troupe::bazaar
