# `troupe`: the one library that a host links, made of every room's objects. In this tree and after an install alike it is
# `Troupe::troupe`. It exists once runtime/host does: without that room there is no API to link.
if(NOT TARGET troupe_host)
  return()
endif()
include(TroupeComponent)

get_property(rooms GLOBAL PROPERTY TROUPE_ROOMS)
get_property(libs GLOBAL PROPERTY TROUPE_LIBS)
list(REMOVE_DUPLICATES libs)

add_library(troupe STATIC)
add_library(Troupe::troupe ALIAS troupe)
foreach(room IN LISTS rooms)
  target_sources(troupe PRIVATE $<TARGET_OBJECTS:${room}>)
  add_dependencies(troupe ${room})
endforeach()
target_compile_features(troupe PUBLIC cxx_std_20)
# A handler without co_return is an ordinary function that returns nothing, which is undefined: no warning, an error.
target_compile_options(troupe INTERFACE $<$<COMPILE_LANG_AND_ID:CXX,GNU,Clang>:-Werror=return-type>)
target_include_directories(troupe PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/runtime/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
if(TARGET troupe_schema)
  target_include_directories(troupe SYSTEM PUBLIC
    $<BUILD_INTERFACE:$<TARGET_PROPERTY:troupe_schema,TROUPE_GENERATED_DIR>>)
endif()

# A program that links this too learns where its actors' exceptions were thrown (runtime/actor/throw_point.h).
add_library(troupe_crash_traces OBJECT ${PROJECT_SOURCE_DIR}/runtime/actor/cxa_throw.cpp)
add_library(Troupe::crash_traces ALIAS troupe_crash_traces)
target_include_directories(troupe_crash_traces PRIVATE ${PROJECT_SOURCE_DIR}/runtime)
target_link_libraries(troupe_crash_traces PUBLIC troupe ${CMAKE_DL_LIBS})
troupe_warnings(troupe_crash_traces)
troupe_component(crash_traces)

# What the archive needs at link time. Header-only packages were needed to compile the rooms, not to use them.
set(TROUPE_PACKAGES CapnProto Threads)
target_link_libraries(troupe PUBLIC CapnProto::capnp Threads::Threads)
foreach(lib IN LISTS libs)
  string(REGEX REPLACE "::.*" "" package "${lib}")
  if(lib STREQUAL "Boost::headers" OR package MATCHES "^(CLI11|nlohmann_json)$")
    continue()
  endif()
  target_link_libraries(troupe PRIVATE ${lib})
  if(lib MATCHES "::")
    list(APPEND TROUPE_PACKAGES ${package})
  endif()
endforeach()
list(REMOVE_DUPLICATES TROUPE_PACKAGES)
