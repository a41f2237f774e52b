# troupe_component(<name> [FOLDER <dir>] [HEADERS <files...>] [SCHEMA <file>] [PACKAGES <names...>] [NEEDS <names...>])
#
# The target troupe_<name> becomes a component of the install: `find_package(Troupe COMPONENTS <name>)` brings
# `Troupe::<name>`. HEADERS are those that its users include, as `<FOLDER>/<file>`; SCHEMA is one that their schemas
# import, and brings what is generated from it. PACKAGES are found by the user's build when it asks for the component,
# NEEDS are other components that come along.
#
# Headers and schemas of components lie below troupe/actors, so that no folder beside troupe/ is taken.
include(GNUInstallDirs)
set(TROUPE_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/Troupe)

function(troupe_component name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "FOLDER;SCHEMA" "HEADERS;PACKAGES;NEEDS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "troupe_component(${name}): unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set(target troupe_${name})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  install(TARGETS ${target} EXPORT Troupe-${name} ARCHIVE OBJECTS DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT Troupe-${name} NAMESPACE Troupe:: DESTINATION ${TROUPE_PACKAGE_DIR})
  if(arg_HEADERS)
    set(folder ${CMAKE_INSTALL_INCLUDEDIR}/troupe/actors/${arg_FOLDER})
    install(FILES ${arg_HEADERS} DESTINATION ${folder})
    target_include_directories(${target} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/troupe/actors>)
  endif()
  if(arg_SCHEMA)
    set(generated ${CMAKE_CURRENT_BINARY_DIR}/generated/${target}/${arg_FOLDER}/${arg_SCHEMA})
    install(FILES ${arg_SCHEMA} ${generated}.h DESTINATION ${folder})
    install(FILES ${generated}.troupe.h DESTINATION ${folder} OPTIONAL)
  endif()
  set(line "set(_troupe_packages_${name} \"${arg_PACKAGES}\")\nset(_troupe_needs_${name} \"${arg_NEEDS}\")\n")
  set_property(GLOBAL APPEND PROPERTY TROUPE_COMPONENTS ${name})
  set_property(GLOBAL APPEND_STRING PROPERTY TROUPE_COMPONENT_LINES "${line}")
endfunction()
