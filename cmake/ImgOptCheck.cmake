# imgopt_add_check_test(): a test of the project that fails where images are not optimized.
#
#   imgopt_add_check_test(<name> [CONFIG imgopt.json] [PATHS p...] [OPTIONS raw...])
#
# It runs `imgopt check`, which encodes nothing: with PATHS, images that are optimized in place and known to the
# ledger; else what the CONFIG builds, against its last build. Relative paths are relative to the source folder, where the
# test runs; what it says names files and the command that mends them.

function(imgopt_add_check_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "CONFIG" "PATHS;OPTIONS")
  set(where "imgopt_add_check_test(${name})")
  if(DEFINED arg_UNPARSED_ARGUMENTS)
    list(JOIN arg_UNPARSED_ARGUMENTS " " unknown)
    message(FATAL_ERROR "${where}: unknown arguments: ${unknown}")
  endif()
  if(NOT arg_PATHS AND NOT arg_CONFIG)
    message(FATAL_ERROR "${where}: give PATHS or CONFIG.")
  endif()
  if(arg_PATHS AND arg_CONFIG)
    message(FATAL_ERROR "${where}: PATHS and CONFIG exclude each other.")
  endif()
  foreach(path IN LISTS arg_PATHS arg_CONFIG)
    get_filename_component(whole "${path}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
    if(NOT path MATCHES "\\$<" AND NOT EXISTS "${whole}")
      message(FATAL_ERROR "${where}: there is nothing at ${whole}.")
    endif()
  endforeach()
  _imgopt_resolve_tool(tool tool_files)
  set(config "")
  if(arg_CONFIG)
    set(config --config ${arg_CONFIG})
  endif()
  add_test(NAME ${name} COMMAND ${tool} check ${config} ${arg_OPTIONS} ${arg_PATHS}
    WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" COMMAND_EXPAND_LISTS)
endfunction()
