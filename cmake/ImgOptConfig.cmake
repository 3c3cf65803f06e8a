# find_package(ImgOpt): the programs imgopt::imgopt and imgopt::worker, and imgopt_add_assets().
#
# The program is, in this order: IMGOPT_EXECUTABLE where it is set; the one of this very build, where ImgOpt is
# part of it (add_subdirectory, FetchContent); when cross-compiling, one of the build machine, looked for in
# IMGOPT_HOST_PATH and PATH and never below the sysroot; else the one installed beside this file. Nothing here
# is an absolute path: the install tree may be moved as a whole.

include("${CMAKE_CURRENT_LIST_DIR}/ImgOptFunctions.cmake")

if(NOT TARGET imgopt::imgopt)
  if(IMGOPT_EXECUTABLE)
    if(EXISTS "${IMGOPT_EXECUTABLE}")
      _imgopt_import_program("${IMGOPT_EXECUTABLE}")
    else()
      set(ImgOpt_FOUND FALSE)
      set(ImgOpt_NOT_FOUND_MESSAGE "IMGOPT_EXECUTABLE is ${IMGOPT_EXECUTABLE}, and there is no such file.")
    endif()
  elseif(CMAKE_CROSSCOMPILING)
    _imgopt_find_host_program()
    if(IMGOPT_HOST_EXECUTABLE)
      _imgopt_import_program("${IMGOPT_HOST_EXECUTABLE}")
    else()
      set(ImgOpt_FOUND FALSE)
      set(ImgOpt_NOT_FOUND_MESSAGE "${_IMGOPT_NO_HOST_PROGRAM}")
    endif()
  else()
    include("${CMAKE_CURRENT_LIST_DIR}/ImgOptTargets.cmake")
  endif()
endif()
