# Installs every image that an asset manifest lists, mirrored below a destination. Included by the install script
# of a project; reads _imgopt_target, _imgopt_manifest, _imgopt_output_dir, _imgopt_destination (relative to the
# install prefix, or absolute) and _imgopt_optional.
#
# string(JSON) parses the whole text at every call, which takes minutes for a manifest of some thousand images.
# So the paths are found by their key, and only one with an escape in it goes through the JSON parser.
if(NOT EXISTS "${_imgopt_manifest}")
  if(_imgopt_optional)
    return()
  endif()
  message(FATAL_ERROR "${_imgopt_target} is not built: ${_imgopt_manifest} is missing. Build it before installing.")
endif()
if(NOT IS_ABSOLUTE "${_imgopt_destination}")
  set(_imgopt_destination "${CMAKE_INSTALL_PREFIX}/${_imgopt_destination}")
endif()

file(READ "${_imgopt_manifest}" _imgopt_text)
# Brackets and semicolons mean something to CMake's lists; control characters occur nowhere in JSON.
string(ASCII 1 _imgopt_open)
string(ASCII 2 _imgopt_close)
string(ASCII 3 _imgopt_semicolon)
string(REPLACE "[" "${_imgopt_open}" _imgopt_text "${_imgopt_text}")
string(REPLACE "]" "${_imgopt_close}" _imgopt_text "${_imgopt_text}")
string(REPLACE ";" "${_imgopt_semicolon}" _imgopt_text "${_imgopt_text}")
string(REGEX MATCHALL "\"path\"[ ]*:[ ]*\"([^\"\\\\]|\\\\.)*\"" _imgopt_matches "${_imgopt_text}")
foreach(_imgopt_match IN LISTS _imgopt_matches)
  string(REGEX REPLACE "^\"path\"[ ]*:[ ]*" "" _imgopt_path "${_imgopt_match}")
  string(REPLACE "${_imgopt_open}" "[" _imgopt_path "${_imgopt_path}")
  string(REPLACE "${_imgopt_close}" "]" _imgopt_path "${_imgopt_path}")
  string(REPLACE "${_imgopt_semicolon}" ";" _imgopt_path "${_imgopt_path}")
  if(_imgopt_path MATCHES "\\\\")
    string(JSON _imgopt_path GET "[${_imgopt_path}]" 0)
  else()
    string(REGEX REPLACE "^\"(.*)\"$" "\\1" _imgopt_path "${_imgopt_path}")
  endif()
  get_filename_component(_imgopt_folder "${_imgopt_path}" DIRECTORY)
  file(INSTALL "${_imgopt_output_dir}/${_imgopt_path}" DESTINATION "${_imgopt_destination}/${_imgopt_folder}")
endforeach()
