# troupe_room(<name> SOURCES <files...> [DEPENDS <rooms...>] [LIBS <targets...>])
#
# Defines `troupe_<name>`, a static library of one room. DEPENDS names the rooms it may include (short names); LIBS the
# imported targets it links. Every room becomes part of the one installed library, `troupe` (TroupeLibrary.cmake).
function(troupe_room name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS;LIBS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "troupe_room(${name}): unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set(target troupe_${name})
  add_library(${target} STATIC ${arg_SOURCES})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/runtime ${PROJECT_SOURCE_DIR}/runtime/include)
  troupe_warnings(${target})
  list(TRANSFORM arg_DEPENDS PREPEND troupe_)
  target_link_libraries(${target} PUBLIC ${arg_DEPENDS} ${arg_LIBS})
  set_property(GLOBAL APPEND PROPERTY TROUPE_ROOMS ${target})
  set_property(GLOBAL APPEND PROPERTY TROUPE_LIBS ${arg_LIBS})
endfunction()
