# What an install holds: public headers, the schemas a contract imports, one library and its components
# (troupe_component), the schema compiler's plugin, the debug tool, the pages that headers name, and what
# find_package(Troupe) reads.
if(NOT TARGET troupe)
  return()
endif()
include(CMakePackageConfigHelpers)

install(DIRECTORY runtime/include/troupe DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")
install(FILES ${TROUPE_ANNOTATIONS} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/troupe)
if(TARGET troupe_schema)
  get_target_property(generated troupe_schema TROUPE_GENERATED_DIR)
  foreach(name IN ITEMS service http auth)
    install(FILES ${generated}/troupe/${name}.capnp.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/troupe)
  endforeach()
endif()
# As in the tree, for that is how headers and pages name them.
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY runtime/doc DESTINATION ${CMAKE_INSTALL_DOCDIR}/runtime)
install(DIRECTORY runtime/monitoring DESTINATION ${CMAKE_INSTALL_DOCDIR}/runtime)
install(DIRECTORY actors DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")

set(installed troupe)
if(TARGET capnpc-troupe)
  list(APPEND installed capnpc-troupe)
endif()
install(TARGETS ${installed} EXPORT TroupeTargets)
install(EXPORT TroupeTargets NAMESPACE Troupe:: DESTINATION ${TROUPE_PACKAGE_DIR})
if(TARGET troupe_tool)
  install(TARGETS troupe_tool)
endif()

get_property(components GLOBAL PROPERTY TROUPE_COMPONENTS)
list(JOIN components ", " TROUPE_COMPONENTS)
get_property(TROUPE_COMPONENT_LINES GLOBAL PROPERTY TROUPE_COMPONENT_LINES)
configure_package_config_file(cmake/TroupeConfig.cmake.in ${PROJECT_BINARY_DIR}/TroupeConfig.cmake
  INSTALL_DESTINATION ${TROUPE_PACKAGE_DIR} PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/TroupeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(
  FILES ${PROJECT_BINARY_DIR}/TroupeConfig.cmake ${PROJECT_BINARY_DIR}/TroupeConfigVersion.cmake cmake/TroupeGenerate.cmake
        cmake/FindArgon2.cmake cmake/FindCAF.cmake cmake/FindLMDB.cmake cmake/FindNATS.cmake cmake/FindPrometheusCore.cmake
  DESTINATION ${TROUPE_PACKAGE_DIR})
