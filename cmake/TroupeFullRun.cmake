# `without_left_to_asan`: what `tools/dev test` builds of the preset release: all targets but the tests that it runs under
# the sanitizers alone (troupe_test). Included last, when every target is there.
function(_troupe_targets_below dir result)
  get_property(found DIRECTORY ${dir} PROPERTY BUILDSYSTEM_TARGETS)
  get_property(folders DIRECTORY ${dir} PROPERTY SUBDIRECTORIES)
  foreach(folder IN LISTS folders)
    _troupe_targets_below(${folder} below)
    list(APPEND found ${below})
  endforeach()
  set(${result} ${found} PARENT_SCOPE)
endfunction()

_troupe_targets_below(${PROJECT_SOURCE_DIR} targets)
get_property(left GLOBAL PROPERTY TROUPE_LEFT_TO_ASAN)
list(REMOVE_ITEM targets ${left})
list(FILTER targets EXCLUDE REGEX "^tests_")
add_custom_target(without_left_to_asan)
add_dependencies(without_left_to_asan ${targets})
