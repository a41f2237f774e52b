# troupe_fuzz(NAME <name> SOURCES <files...> [APART <files...>] [LIBS <linker flags...>] [CORPUS <dir>] [RUNS <count>])
#
# One libFuzzer program `fuzz_<name>` under the sanitizers and one ctest entry of RUNS inputs, with a fixed seed. libFuzzer
# comes with clang alone, so the sources (the target's and those of the rooms it reaches, listed by hand) are compiled here
# a second time, SOURCES as one unit and APART, whose names clash with theirs, each by itself; what they link is given by
# flags (-lcapnp). For a long hunt:
#   build/release/bin/fuzz_<name> CORPUS-DIRECTORY
find_program(TROUPE_FUZZ_CXX NAMES clang++-14 clang++)

function(troupe_fuzz)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;CORPUS;RUNS" "SOURCES;APART;LIBS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "troupe_fuzz(${arg_NAME}): unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT TROUPE_FUZZ_CXX OR TROUPE_ASAN)
    message(STATUS "fuzz_${arg_NAME} is left out: it wants clang, and brings its own sanitizers")
    return()
  endif()
  if(NOT arg_RUNS)
    set(arg_RUNS 50000)
  endif()

  set(flags -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -g1)
  set(included)
  set(lines "")
  foreach(source IN LISTS arg_SOURCES)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    list(APPEND included ${source})
    string(APPEND lines "#include \"${source}\"\n")
  endforeach()
  set(unit ${CMAKE_CURRENT_BINARY_DIR}/fuzz_${arg_NAME}.cpp)
  file(CONFIGURE OUTPUT ${unit} CONTENT "${lines}" @ONLY)

  set(objects)
  foreach(source IN LISTS unit arg_APART)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    string(SHA1 digest ${source})
    string(SUBSTRING ${digest} 0 8 digest)
    cmake_path(GET source STEM stem)
    set(object ${CMAKE_CURRENT_BINARY_DIR}/fuzz_${arg_NAME}_${stem}_${digest}.o)
    add_custom_command(
      OUTPUT ${object}
      COMMAND ${CMAKE_CXX_COMPILER_LAUNCHER} ${TROUPE_FUZZ_CXX} -std=c++20 -O1 ${flags} -I${PROJECT_SOURCE_DIR}/runtime
              -I${PROJECT_SOURCE_DIR}/runtime/include -MD -MF ${object}.d -MT ${object} -c ${source} -o ${object}
      DEPENDS ${source} ${included}
      DEPFILE ${object}.d
      COMMENT "Compiling ${stem} for fuzz_${arg_NAME}"
      VERBATIM)
    list(APPEND objects ${object})
  endforeach()

  set(program ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/fuzz_${arg_NAME})
  add_custom_command(
    OUTPUT ${program}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}
    COMMAND ${TROUPE_FUZZ_CXX} ${flags} ${objects} ${arg_LIBS} -o ${program}
    DEPENDS ${objects}
    COMMENT "Linking fuzz_${arg_NAME}"
    VERBATIM)
  add_custom_target(fuzz_${arg_NAME} ALL DEPENDS ${program})

  set(corpus)
  if(arg_CORPUS)
    cmake_path(ABSOLUTE_PATH arg_CORPUS BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE OUTPUT_VARIABLE corpus)
  endif()
  # New inputs of interest stay in the build tree; the corpus in the source tree is only read.
  set(found ${CMAKE_CURRENT_BINARY_DIR}/found_${arg_NAME})
  file(MAKE_DIRECTORY ${found})
  add_test(NAME fuzz_${arg_NAME} COMMAND ${program} -seed=1 -runs=${arg_RUNS} -timeout=10 -rss_limit_mb=1024
    -artifact_prefix=${found}/ -verbosity=0 -print_final_stats=1 ${found} ${corpus})
  set_tests_properties(fuzz_${arg_NAME} PROPERTIES LABELS fuzz TIMEOUT 180 COST 23)
endfunction()
