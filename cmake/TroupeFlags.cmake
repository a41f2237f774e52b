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

# troupe_in_units(): targets of this directory and those below compile eight sources at a time (a unity build). Programs and
# tests spend most of their compile time on headers that all of them include, so that this halves it. The library is not
# compiled so: whoever changes one file of it waits for that file alone.
macro(troupe_in_units)
  if(TROUPE_UNITS AND NOT CMAKE_UNITY_BUILD)
    set(CMAKE_UNITY_BUILD ON)
    set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)
  endif()
endmacro()

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
