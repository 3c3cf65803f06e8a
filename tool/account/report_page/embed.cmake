# Writes OUTPUT, a C++ file that holds the texts of FOLDER's page: cmake -D FOLDER=... -D OUTPUT=... -P embed.cmake
set(text "// Made by tool/account/report_page/embed.cmake.\n#include \"tool/account/report_page.hpp\"\n\nnamespace imgopt {\n\n")
foreach(name IN ITEMS page.html style.css script.js)
  # HEX keeps what CMake would take for a list or a variable.
  file(READ "${FOLDER}/${name}" content HEX)
  string(REGEX REPLACE "(..)" "\\\\x\\1" content "${content}")
  # 64 bytes a line; adjacent literals are one.
  string(REGEX REPLACE "((\\\\x..)(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?)" "\\1\"\n    \"" content "${content}")
  string(REGEX REPLACE "[.].*" "" stem "${name}")
  string(APPEND text "std::string_view report_page_${stem}() {\n  return\n    \"${content}\";\n}\n\n")
endforeach()
string(APPEND text "}  // namespace imgopt\n")
file(WRITE "${OUTPUT}" "${text}")
