# Which imgopt program the build runs.

set(_IMGOPT_NO_HOST_PROGRAM "This is a cross build, so imgopt must come from the build machine: install it there, \
or set IMGOPT_HOST_PATH to its install prefix or IMGOPT_EXECUTABLE to the program."
  CACHE INTERNAL "Why a cross build has no imgopt")

# Sets IMGOPT_HOST_EXECUTABLE to a program of the build machine, from IMGOPT_HOST_PATH or PATH. CMAKE_PREFIX_PATH
# and the sysroot hold what the target machine runs.
function(_imgopt_find_host_program)
  find_program(IMGOPT_HOST_EXECUTABLE imgopt HINTS "${IMGOPT_HOST_PATH}" PATH_SUFFIXES bin
    DOC "The imgopt program of the build machine"
    NO_PACKAGE_ROOT_PATH NO_CMAKE_PATH NO_CMAKE_ENVIRONMENT_PATH NO_CMAKE_SYSTEM_PATH NO_CMAKE_FIND_ROOT_PATH)
endfunction()

# Declares imgopt::imgopt for a program by its path, and imgopt::worker where imgopt itself looks for it.
function(_imgopt_import_program path)
  get_filename_component(folder "${path}" REALPATH)
  get_filename_component(folder "${folder}" DIRECTORY)
  add_executable(imgopt::imgopt IMPORTED GLOBAL)
  set_target_properties(imgopt::imgopt PROPERTIES IMPORTED_LOCATION "${path}")
  foreach(worker IN ITEMS imgopt-worker ../libexec/imgopt/imgopt-worker ../worker/imgopt-worker)
    get_filename_component(worker "${folder}/${worker}" ABSOLUTE)
    if(EXISTS "${worker}" AND NOT TARGET imgopt::worker)
      add_executable(imgopt::worker IMPORTED GLOBAL)
      set_target_properties(imgopt::worker PROPERTIES IMPORTED_LOCATION "${worker}")
    endif()
  endforeach()
endfunction()

# The command that runs imgopt, and the files and targets whose update must run it again. IMGOPT_EXECUTABLE, which
# may also be set after find_package, goes before the program of this build or of the package.
function(_imgopt_resolve_tool command_variable files_variable)
  if(IMGOPT_EXECUTABLE)
    set(command "${IMGOPT_EXECUTABLE}")
    set(files "${IMGOPT_EXECUTABLE}")
  elseif(NOT TARGET imgopt::imgopt)
    message(FATAL_ERROR "${where}: the imgopt program is not known; call find_package(ImgOpt REQUIRED) in this "
      "folder or one above, or set IMGOPT_EXECUTABLE.")
  else()
    set(command imgopt::imgopt)
    set(files imgopt::imgopt)
    if(TARGET imgopt::worker)
      list(APPEND files imgopt::worker)
    endif()
    get_target_property(imported imgopt::imgopt IMPORTED)
    get_property(multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
    if(NOT imported AND CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
      _imgopt_find_host_program()
      if(NOT IMGOPT_HOST_EXECUTABLE)
        message(FATAL_ERROR "${where}: ${_IMGOPT_NO_HOST_PROGRAM}")
      endif()
      set(command "${IMGOPT_HOST_EXECUTABLE}")
      set(files "${IMGOPT_HOST_EXECUTABLE}")
    elseif(NOT imported AND multi_config)
      # In such a build tree the worker does not stand where imgopt looks for it.
      set(command ${CMAKE_COMMAND} -E env IMGOPT_WORKER=$<TARGET_FILE:imgopt::worker>
        $<TARGET_FILE:imgopt::imgopt>)
    endif()
  endif()
  set(${command_variable} "${command}" PARENT_SCOPE)
  set(${files_variable} "${files}" PARENT_SCOPE)
endfunction()
