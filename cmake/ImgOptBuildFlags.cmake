# Flags of our own targets. They hang on one interface target, so that a project which adds ImgOpt as a
# subfolder keeps its own.
add_library(imgopt_build_flags INTERFACE)
target_compile_features(imgopt_build_flags INTERFACE cxx_std_20)
target_include_directories(imgopt_build_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(imgopt_build_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Wimplicit-fallthrough
  -fno-strict-aliasing)

option(IMGOPT_WARNINGS_AS_ERRORS "Treat warnings in our own code as errors" ${PROJECT_IS_TOP_LEVEL})
if(IMGOPT_WARNINGS_AS_ERRORS)
  target_compile_options(imgopt_build_flags INTERFACE -Werror)
endif()

set(IMGOPT_SANITIZE "" CACHE STRING "Sanitizers to build with, as -fsanitize takes them")
if(IMGOPT_SANITIZE)
  target_compile_options(imgopt_build_flags INTERFACE
    -fsanitize=${IMGOPT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
    # Its check asks the kernel whether memory can be read, by calls that a worker's sandbox refuses.
    -fno-sanitize=vptr)
  target_link_options(imgopt_build_flags INTERFACE -fsanitize=${IMGOPT_SANITIZE})
  target_compile_definitions(imgopt_build_flags INTERFACE IMGOPT_SANITIZED=1)
endif()

# GCC 12 at -O3 takes "text" + std::string for a copy onto itself (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(imgopt_build_flags INTERFACE $<$<CONFIG:Release>:-Wno-restrict>)
endif()

# Compiled together, sources are included by another file, where a class with a member of an unnamed namespace is suspect,
# and they see what others declare, which their local names may shadow.
if(CMAKE_UNITY_BUILD)
  target_compile_options(imgopt_build_flags INTERFACE -Wno-shadow
    $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES AND PROJECT_IS_TOP_LEVEL)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

# imgopt_add_library(name SOURCES... [PUBLIC_LIBRARIES...] via target_link_libraries afterwards)
function(imgopt_add_library name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC imgopt_build_flags)
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
endfunction()
