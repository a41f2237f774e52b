# `troupe_schema`: the annotations every contract imports (troupe/*.capnp of annotations), compiled once and part of `troupe`.
if(NOT EXISTS ${TROUPE_SCHEMA_DIR}/troupe/service.capnp)
  return()
endif()
set(TROUPE_ANNOTATIONS)
foreach(name IN ITEMS service http auth)
  list(APPEND TROUPE_ANNOTATIONS ${TROUPE_SCHEMA_DIR}/troupe/${name}.capnp)
endforeach()
add_library(troupe_schema STATIC)
troupe_generate(troupe_schema PLAIN SRC_PREFIX ${TROUPE_SCHEMA_DIR} ${TROUPE_ANNOTATIONS})
set_target_properties(troupe_schema PROPERTIES
  TROUPE_GENERATED_DIR ${CMAKE_CURRENT_BINARY_DIR}/generated/troupe_schema)
set_property(GLOBAL APPEND PROPERTY TROUPE_ROOMS troupe_schema)
