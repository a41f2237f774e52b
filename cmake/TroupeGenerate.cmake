# troupe_generate(<target> [PLAIN] [SRC_PREFIX <dir>] <a.capnp> ... [IMPORT_PATHS <dirs...>])
#
# Compiles schemas into <target>: `a.capnp.h` and `a.capnp.c++` by Cap'n Proto, and, unless PLAIN, `a.capnp.troupe.h` and
# `a.capnp.troupe.c++` (actor bases and references) by capnpc-troupe. Everything lands in the build tree, under
# `<binary dir>/generated/<target>`, which becomes an include directory of <target> and of what links it:
# `#include "a.capnp.troupe.h"`. With SRC_PREFIX the path below that directory is kept: `#include "troupe/a.capnp.h"`.
# All schemas of a target belong in one call: they are compiled together, so that they may import each other and a name
# used twice is noticed. `import "/troupe/service.capnp"` works everywhere, and so does "/saga/saga.capnp" of a component;
# further absolute imports need IMPORT_PATHS.
function(troupe_generate target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "PLAIN" "SRC_PREFIX" "IMPORT_PATHS")
  set(outdir ${CMAKE_CURRENT_BINARY_DIR}/generated/${target})
  if(NOT arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "troupe_generate(${target}): name at least one .capnp file")
  endif()

  set(schemas)
  set(prefixes)
  set(headers)
  set(sources)
  foreach(schema IN LISTS arg_UNPARSED_ARGUMENTS)
    cmake_path(ABSOLUTE_PATH schema BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    if(NOT EXISTS ${schema})
      message(FATAL_ERROR "troupe_generate(${target}): there is no ${schema}")
    endif()
    cmake_path(GET schema PARENT_PATH prefix)
    if(arg_SRC_PREFIX)
      cmake_path(ABSOLUTE_PATH arg_SRC_PREFIX BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE OUTPUT_VARIABLE prefix)
    endif()
    cmake_path(RELATIVE_PATH schema BASE_DIRECTORY ${prefix} OUTPUT_VARIABLE name)
    _troupe_claim_name(${target} ${name} ${schema})
    list(APPEND schemas ${schema})
    list(APPEND prefixes --src-prefix=${prefix})
    list(APPEND headers ${outdir}/${name}.h)
    list(APPEND sources ${outdir}/${name}.c++)
    if(NOT arg_PLAIN)
      list(APPEND headers ${outdir}/${name}.troupe.h)
      list(APPEND sources ${outdir}/${name}.troupe.c++)
    endif()
  endforeach()
  list(REMOVE_DUPLICATES prefixes)

  set(imports)
  foreach(dir IN LISTS arg_IMPORT_PATHS TROUPE_SCHEMA_DIR TROUPE_ACTORS_DIR)
    cmake_path(ABSOLUTE_PATH dir BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    list(APPEND imports -I${dir})
  endforeach()
  # By these variables and not by CapnProto's imported programs, whose paths Debian's package gets wrong.
  set(plugins -o${CAPNPC_CXX_EXECUTABLE}:${outdir})
  set(needs)
  if(NOT arg_PLAIN)
    list(APPEND plugins -o$<TARGET_FILE:${TROUPE_PLUGIN}>:${outdir})
    set(needs ${TROUPE_PLUGIN})
  endif()

  file(MAKE_DIRECTORY ${outdir})
  list(JOIN arg_UNPARSED_ARGUMENTS " " shown)
  add_custom_command(
    OUTPUT ${headers} ${sources}
    COMMAND ${CAPNP_EXECUTABLE} compile ${imports} ${prefixes} ${plugins} ${schemas}
    DEPENDS ${schemas} ${needs} ${TROUPE_SCHEMA_DIR}/troupe/service.capnp ${TROUPE_SCHEMA_DIR}/troupe/http.capnp
            ${TROUPE_SCHEMA_DIR}/troupe/auth.capnp
    COMMENT "Generating ${target}: ${shown}"
    COMMAND_EXPAND_LISTS VERBATIM)
  # Generated code is not ours to tidy: no warnings from its sources, nor from its headers in other files.
  set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS -w)
  target_sources(${target} PRIVATE ${headers} ${sources})
  target_include_directories(${target} SYSTEM PUBLIC $<BUILD_INTERFACE:${outdir}>)
  if(arg_PLAIN)
    target_link_libraries(${target} PUBLIC CapnProto::capnp)
  else()
    # What Cap'n Proto generates for an interface refers to its own RPC classes.
    target_link_libraries(${target} PUBLIC Troupe::troupe CapnProto::capnp-rpc)
  endif()
endfunction()

# Two schemas of a target that would become one file are refused, with the way out.
function(_troupe_claim_name target name schema)
  get_property(claimed TARGET ${target} PROPERTY TROUPE_SCHEMA_${name})
  if(claimed)
    message(FATAL_ERROR
      "troupe_generate(${target}): ${claimed} and ${schema} would both become ${name}.h. Rename one of them; or write "
      "SRC_PREFIX <a folder that both are below>, and include them with their path from there: "
      "#include \"<folder>/${name}.troupe.h\"")
  endif()
  set_property(TARGET ${target} PROPERTY TROUPE_SCHEMA_${name} ${schema})
endfunction()

# In the cache, so that a host that adds Troupe as a subdirectory can generate in any of its folders.
if(NOT DEFINED TROUPE_SCHEMA_DIR)
  set(TROUPE_SCHEMA_DIR ${PROJECT_SOURCE_DIR}/runtime/schema CACHE INTERNAL "")
  set(TROUPE_ACTORS_DIR ${PROJECT_SOURCE_DIR}/actors CACHE INTERNAL "")
  set(TROUPE_PLUGIN capnpc-troupe CACHE INTERNAL "")
endif()
