# cmake -DOUT=FILE -DLIST=FILE -P page_files.cmake
#
# Writes page_files() from LIST, which has a line PATH=FILE for each page. A literal is cut into pieces, since compilers
# bound its length.
file(STRINGS ${LIST} lines)
set(rows "")
set(piece 8000)
foreach(line IN LISTS lines)
  string(FIND "${line}" "=" at)
  string(SUBSTRING "${line}" 0 ${at} path)
  math(EXPR at "${at} + 1")
  string(SUBSTRING "${line}" ${at} -1 file)
  file(READ ${file} digits HEX)
  string(LENGTH "${digits}" length)
  math(EXPR bytes "${length} / 2")
  string(REGEX REPLACE "(..)" "\\\\x\\1" text "${digits}")
  string(LENGTH "${text}" length)
  set(literal "")
  set(from 0)
  while(from LESS length)
    string(SUBSTRING "${text}" ${from} ${piece} part)
    string(APPEND literal "\n    \"${part}\"")
    math(EXPR from "${from} + ${piece}")
  endwhile()
  if(literal STREQUAL "")
    set(literal "\"\"")
  endif()
  string(APPEND rows "  {\"${path}\", {${literal}, ${bytes}}},\n")
endforeach()
file(WRITE ${OUT} "#include \"dashboard/page_files.h\"

namespace troupe::dashboard {
namespace {

constexpr PageFile kFiles[] = {
${rows}};

}  // namespace

std::span<const PageFile> page_files() { return kFiles; }

}  // namespace troupe::dashboard
")
