# Finds libnats, the C client of NATS. Debian's own CMake file names a static library that the package does not bring.
# Target: NATS::NATS. Sets NATS_VERSION.
find_path(NATS_INCLUDE_DIR nats/nats.h)
find_library(NATS_LIBRARY nats)
mark_as_advanced(NATS_INCLUDE_DIR NATS_LIBRARY)
if(NATS_INCLUDE_DIR)
  file(STRINGS ${NATS_INCLUDE_DIR}/nats/version.h line REGEX "^#define NATS_VERSION_STRING")
  string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" NATS_VERSION "${line}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  NATS
  REQUIRED_VARS NATS_LIBRARY NATS_INCLUDE_DIR
  VERSION_VAR NATS_VERSION
  REASON_FAILURE_MESSAGE "on Debian: apt-get install libnats-dev")

if(NATS_FOUND AND NOT TARGET NATS::NATS)
  add_library(NATS::NATS UNKNOWN IMPORTED)
  set_target_properties(NATS::NATS PROPERTIES
    IMPORTED_LOCATION "${NATS_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${NATS_INCLUDE_DIR}")
endif()
