# HEADER and EMBED of imgopt_add_assets(): how a target gets at them. The functions read its variables.

# Lets `user` include the header, and compiles the bytes into it where they are embedded. What is no C++ target of
# this build only waits for the images.
function(_imgopt_give_header user)
  get_target_property(type ${user} TYPE)
  if(type STREQUAL "UTILITY")
    return()
  endif()
  get_filename_component(folder "${header}" DIRECTORY)
  if(type STREQUAL "INTERFACE_LIBRARY")
    target_include_directories(${user} INTERFACE "$<BUILD_INTERFACE:${folder}>")
    if(arg_EMBED)
      message(FATAL_ERROR "${where}: ATTACH_TO: ${user} is an interface library, which cannot contain bytes.")
    endif()
    return()
  endif()
  target_include_directories(${user} PRIVATE "${folder}")
  if(NOT arg_EMBED)
    return()
  endif()
  target_sources(${user} PRIVATE "${embedding}")
  # Its text is no more than assembler directives, which link-time optimization would part from their names.
  set(options "")
  if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
    set(options COMPILE_OPTIONS -fno-lto)
  endif()
  set_source_files_properties("${embedding}" TARGET_DIRECTORY ${user} PROPERTIES
    GENERATED TRUE
    COMPILE_DEFINITIONS "IMGOPT_EMBED_FOLDER=\"${output_dir}/\""
    ${options}
    SKIP_AUTOGEN TRUE
    SKIP_PRECOMPILE_HEADERS TRUE
    SKIP_UNITY_BUILD_INCLUSION TRUE)
endfunction()
