# What an install holds: public headers, the schemas a contract imports, one library, the schema compiler's plugin, the
# debug tool, and what find_package(Troupe) reads.
if(NOT TARGET troupe)
  return()
endif()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Troupe)

install(DIRECTORY runtime/include/troupe DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")
install(FILES runtime/schema/troupe/service.capnp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/troupe)
if(TARGET troupe_schema)
  get_target_property(generated troupe_schema TROUPE_GENERATED_DIR)
  install(FILES ${generated}/troupe/service.capnp.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/troupe)
endif()

set(installed troupe troupe_crash_traces)
if(TARGET troupe_testing)
  list(APPEND installed troupe_testing)
endif()
if(TARGET capnpc-troupe)
  list(APPEND installed capnpc-troupe)
endif()
install(TARGETS ${installed} EXPORT TroupeTargets OBJECTS DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT TroupeTargets NAMESPACE Troupe:: DESTINATION ${package_dir})
if(TARGET troupe_tool)
  install(TARGETS troupe_tool)
endif()

configure_package_config_file(cmake/TroupeConfig.cmake.in ${PROJECT_BINARY_DIR}/TroupeConfig.cmake
  INSTALL_DESTINATION ${package_dir} PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/TroupeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(
  FILES ${PROJECT_BINARY_DIR}/TroupeConfig.cmake ${PROJECT_BINARY_DIR}/TroupeConfigVersion.cmake cmake/TroupeGenerate.cmake
        cmake/FindCAF.cmake cmake/FindLMDB.cmake
  DESTINATION ${package_dir})
