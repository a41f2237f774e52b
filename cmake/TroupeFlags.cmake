# Language, warnings and tools for every target of this tree. Flags are chosen by presets or the caller; this adds only
# what the code relies on. A host that adds Troupe as a subdirectory keeps its own flags.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
  endif()
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")

  find_program(TROUPE_CCACHE ccache)
  if(TROUPE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${TROUPE_CCACHE})
  endif()
  find_program(TROUPE_LINKER NAMES mold lld)
  if(TROUPE_LINKER)
    cmake_path(GET TROUPE_LINKER FILENAME linker)
    add_link_options(-fuse-ld=${linker})
  endif()
endif()

if(TROUPE_ASAN)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

# g++ warns of every fence, which ThreadSanitizer does not see (runtime/doc/testing.md).
if(TROUPE_TSAN)
  add_compile_options(-fsanitize=thread -Wno-tsan -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
endif()

# Warnings for hand-written code; generated sources are spared (see troupe_generate). Structs of named fields with defaults
# are how this code passes options, so a field left out is no mistake.
#
# The sanitizers' own code hides from g++ 12 what is set where, and it then takes members of the standard library's regex for
# unset ones; the release build keeps that warning. A unity build includes sources, and g++ takes what their unnamed
# namespaces hold for a header's.
function(troupe_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wshadow -Wno-missing-field-initializers
    $<$<OR:$<BOOL:${TROUPE_ASAN}>,$<BOOL:${TROUPE_TSAN}>>:-Wno-maybe-uninitialized>
    $<$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>:-Wno-subobject-linkage>
    $<$<BOOL:${TROUPE_WERROR}>:-Werror>)
endfunction()

# Every target compiles eight sources at a time (a unity build), unless the preset says how many. Most of the time of a
# compilation goes to headers that all files of a target include: the library takes a third of the time so. Whoever
# changes one file waits for its eight (runtime/doc/testing.md); -DTROUPE_UNITS=OFF ends that.
if(TROUPE_UNITS AND NOT CMAKE_UNITY_BUILD)
  set(CMAKE_UNITY_BUILD ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)
endif()

# troupe_test_code(<target>): this target is there for tests alone. Optimizing it further costs more time than the tests
# save; -Og takes two thirds of the time that -O1 takes. UndefinedBehaviorSanitizer is for the library; in a test it takes a
# fifth of the time.
function(troupe_test_code target)
  target_compile_options(${target} PRIVATE
    $<$<NOT:$<CONFIG:Debug>>:-Og>
    $<$<BOOL:${TROUPE_ASAN}>:-fno-sanitize=undefined>)
endfunction()

# troupe_apart(<files...>): sources of this directory that a unity build compiles by themselves, because their unnamed
# namespaces hold names that other files of their target have too.
function(troupe_apart)
  set_source_files_properties(${ARGV} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# A component takes part as soon as it has a CMakeLists.txt.
macro(troupe_add_component dir)
  if(EXISTS ${PROJECT_SOURCE_DIR}/${dir}/CMakeLists.txt)
    add_subdirectory(${PROJECT_SOURCE_DIR}/${dir} ${PROJECT_BINARY_DIR}/${dir})
  endif()
endmacro()
