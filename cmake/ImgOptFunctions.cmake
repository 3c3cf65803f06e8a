# imgopt_add_assets(): a target of the build that keeps a folder of optimized images up to date.
#
#   imgopt_add_assets(<target>
#     [FILES f...] [DIRECTORY d... [PATTERN glob...] [EXCLUDE glob...]] [BASE_DIR d]
#     [CONFIG imgopt.json] [FORMATS keep|png|jpeg|webp|avif|jxl|gif|tiff|auto...] [QUALITY 1..100|auto[:target]]
#     [LOSSLESS] [WIDTHS n...] [PROFILE name] [OPTIONS raw...]
#     [OUTPUT_DIR d] [MANIFEST file.json] [HEADER file.hpp [NAMESPACE a::b] [EMBED]] [OUTPUTS_VARIABLE v]
#     [CHECK AUTO|DEPFILE|ALWAYS] [DEPENDS ...] [EXCLUDE_FROM_ALL] [ATTACH_TO target...]
#     [JOB_POOL p] [JOBS n] [CACHE_DIR d|NO_CACHE] [BUDGET bytes]
#     [INSTALL_DESTINATION d [COMPONENT c]] [COMMENT text] [FOLDER name])
#
# One command a target. Its only OUTPUT is a stamp; the images are BYPRODUCTS, written only when they differ,
# so what depends on an image or on the manifest runs again only when that has changed. The depfile names every
# file read and every folder scanned, so that a new, changed or removed image runs the command once.
#
# Names: as on the command line, the tree of a DIRECTORY is mirrored below OUTPUT_DIR without the folder's own
# name, and one of FILES lands there by its file name; with BASE_DIR all names are relative to that folder.
# a.png kept is a.png, converted a.webp, at a width a-640w.webp.
#
# OUTPUT_DIR is <binary dir>/imgopt/<target> where it is not given; the state, stamp and request lie beside it.
# Relative inputs are relative to the source folder, relative results to the binary folder.
#
# ATTACH_TO makes the images before those targets, and lets them include HEADER; with EMBED they contain the bytes.
# BUDGET is an error, listing the heaviest images, where all outputs together have more bytes ("500k", "2MiB").
#
# Values may hold generator expressions, those of FILES and DIRECTORY must give absolute paths. So
# OUTPUT_DIR $<TARGET_FILE_DIR:game>/art puts the images beside the program.
#
# Properties of <target>: IMGOPT_OUTPUT_DIR, IMGOPT_MANIFEST, IMGOPT_STAMP, IMGOPT_HEADER and, where all names are known while
# configuring (FILES without CONFIG), IMGOPT_OUTPUTS. What uses the images should depend on <target> and on
# IMGOPT_MANIFEST or an image, not on the stamp, whose time changes with every run.
#
# CHECK AUTO: the depfile decides under Ninja, and the list where there are only FILES. Elsewhere, and for the few
# names that the build program cannot express, imgopt looks in every build (ALWAYS), which costs it only stats
# when nothing changed. An image that somebody deletes or changes in the output folder is made again by the next build.

include_guard(GLOBAL)
cmake_policy(PUSH)
cmake_policy(VERSION 3.21...4.0)

include(${CMAKE_CURRENT_LIST_DIR}/ImgOptArguments.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/ImgOptCheck.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/ImgOptHeader.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/ImgOptProgram.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/ImgOptRequest.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/ImgOptOutputs.cmake)

function(imgopt_add_assets)
  set(flags LOSSLESS EXCLUDE_FROM_ALL NO_CACHE EMBED)
  set(values BASE_DIR CONFIG QUALITY PROFILE OUTPUT_DIR MANIFEST HEADER NAMESPACE OUTPUTS_VARIABLE CHECK JOB_POOL JOBS
    CACHE_DIR BUDGET INSTALL_DESTINATION COMPONENT COMMENT FOLDER)
  set(lists FILES DIRECTORY PATTERN EXCLUDE FORMATS WIDTHS OPTIONS DEPENDS ATTACH_TO)
  set(target "${ARGV0}")
  if(target STREQUAL "" OR target IN_LIST flags OR target IN_LIST values OR target IN_LIST lists)
    message(FATAL_ERROR "imgopt_add_assets: the first argument must be the name of the target to make.")
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "${flags}" "${values}" "${lists}")
  set(where "imgopt_add_assets(${target})")
  if(DEFINED arg_UNPARSED_ARGUMENTS)
    list(JOIN arg_UNPARSED_ARGUMENTS " " unknown)
    message(FATAL_ERROR "${where}: unknown arguments: ${unknown}")
  endif()
  _imgopt_check_arguments()
  if(DEFINED arg_PROFILE)
    list(APPEND arg_OPTIONS --profile "${arg_PROFILE}")
  endif()
  _imgopt_resolve_tool(tool tool_files)

  # Everything that belongs to the target but is not its result stands under one name. Where an argument differs
  # by configuration, so must the request that carries it.
  set(stem "${CMAKE_CURRENT_BINARY_DIR}/imgopt/${target}")
  get_property(multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
  if(multi_config AND "${ARGV}" MATCHES "\\$<")
    string(APPEND stem "-$<CONFIG>")
  endif()
  set(request "${stem}.request.json")
  set(stamp "${stem}.stamp")
  set(depfile "${stem}.d")
  _imgopt_absolute(output_dir "${arg_OUTPUT_DIR}" "${CMAKE_CURRENT_BINARY_DIR}" "${stem}")
  _imgopt_absolute(manifest "${arg_MANIFEST}" "${CMAKE_CURRENT_BINARY_DIR}" "${stem}.manifest.json")
  _imgopt_absolute(header "${arg_HEADER}" "${CMAKE_CURRENT_BINARY_DIR}" "")
  set(embedding "")
  if(arg_EMBED)
    get_filename_component(embedding "${header}" NAME_WLE)
    get_filename_component(header_dir "${header}" DIRECTORY)
    set(embedding "${header_dir}/${embedding}.embed.cpp")
  endif()
  _imgopt_claim("MANIFEST" "${manifest}")
  _imgopt_claim("HEADER" "${header}")
  _imgopt_absolute(base_dir "${arg_BASE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}" "")
  _imgopt_absolute(config "${arg_CONFIG}" "${CMAKE_CURRENT_SOURCE_DIR}" "")
  _imgopt_absolute_inputs()

  _imgopt_write_request()
  _imgopt_known_outputs()
  if(arg_OUTPUTS_VARIABLE)
    if(NOT outputs_known)
      message(FATAL_ERROR "${where}: OUTPUTS_VARIABLE needs names that are known while configuring: FILES, no "
        "DIRECTORY, no CONFIG, and no OPTIONS that decide names. Depend on the IMGOPT_MANIFEST property instead.")
    endif()
    set(${arg_OUTPUTS_VARIABLE} "${outputs}" PARENT_SCOPE)
  endif()

  set(command ${tool} build --request "${request}" --state "${stem}.state" --stamp "${stamp}")
  if(arg_JOBS)
    list(APPEND command --jobs ${arg_JOBS})
  endif()
  if(arg_NO_CACHE)
    list(APPEND command --no-cache)
  elseif(arg_CACHE_DIR)
    _imgopt_absolute(cache_dir "${arg_CACHE_DIR}" "${CMAKE_CURRENT_BINARY_DIR}" "")
    list(APPEND command --cache-dir "${cache_dir}")
  endif()
  set(comment "Optimizing images: ${target}")
  if(DEFINED arg_COMMENT)
    set(comment "${arg_COMMENT}")
  endif()
  set(all ALL)
  if(arg_EXCLUDE_FROM_ALL)
    set(all "")
  endif()
  set(pool "")
  if(CMAKE_GENERATOR MATCHES "Ninja")
    _imgopt_declare_job_pool("${arg_JOB_POOL}" pool_name)
    set(pool JOB_POOL ${pool_name})
  endif()

  # What a Makefile runs may take tokens of its jobserver only where the recipe speaks of $(MAKE).
  set(jobserver "")
  if(CMAKE_GENERATOR STREQUAL "Unix Makefiles")
    if(CMAKE_VERSION VERSION_GREATER_EQUAL 3.28)
      set(jobserver JOB_SERVER_AWARE TRUE)
    elseif(NOT CMAKE_CROSSCOMPILING)
      # Behind another word, CMake would not know that a target's program is meant.
      list(TRANSFORM command REPLACE "^imgopt::imgopt$" "$<TARGET_FILE:imgopt::imgopt>" AT 0)
      list(PREPEND command env "MAKE=$(MAKE)")
    endif()
  endif()

  _imgopt_choose_check(check)
  # CMake refuses these characters here; such an output is only not missed when it is deleted.
  set(byproducts ${outputs})
  list(FILTER byproducts EXCLUDE REGEX "[#<>|]")
  list(APPEND byproducts ${header} ${embedding})
  if(check STREQUAL "ALWAYS")
    # DEPENDS of a custom target orders but never decides, and knows only files that some command makes.
    _imgopt_split_targets("${arg_DEPENDS}" depends_targets depends_files)
    set(generated_files ${input_files})
    list(FILTER generated_files INCLUDE REGEX "\\$<")
    list(FILTER input_files EXCLUDE REGEX "[:|]")
    add_custom_target(${target} ${all}
      COMMAND ${command} ${arg_OPTIONS}
      BYPRODUCTS "${stamp}" "${manifest}" ${byproducts}
      DEPENDS ${input_files} ${generated_files} ${depends_files}
      COMMENT "${comment}" VERBATIM COMMAND_EXPAND_LISTS ${pool} ${jobserver})
    foreach(dependency IN LISTS depends_targets tool_files)
      if(TARGET "${dependency}")
        add_dependencies(${target} ${dependency})
      endif()
    endforeach()
  else()
    set(dependencies "")
    if(check STREQUAL "DEPFILE")
      set(dependencies DEPFILE "${depfile}")
      list(APPEND command --depfile "${depfile}")
      # Images that are no BYPRODUCTS, since their names are not known now: by the depfile of the last run Ninja sees
      # that one is gone. CMake 3.25's Makefiles would take one that was rightly removed for missing ever after.
      if(CMAKE_GENERATOR MATCHES "Ninja" AND NOT outputs_known)
        list(APPEND command --depfile-outputs)
      endif()
    endif()
    add_custom_command(OUTPUT "${stamp}"
      COMMAND ${command} ${arg_OPTIONS}
      BYPRODUCTS "${manifest}" ${byproducts}
      DEPENDS "${request}" ${option_files} ${config} ${input_files} ${tool_files} ${arg_DEPENDS}
      ${dependencies}
      COMMENT "${comment}" VERBATIM COMMAND_EXPAND_LISTS ${pool} ${jobserver})
    add_custom_target(${target} ${all} DEPENDS "${stamp}")
  endif()

  # A folder of the user's may hold more than ours; only the default one is removed as a whole by `clean`.
  set(clean "${stamp}" "${manifest}" ${header} ${embedding} ${outputs})
  if(NOT arg_OUTPUT_DIR)
    list(APPEND clean "${output_dir}")
  endif()
  set_target_properties(${target} PROPERTIES
    IMGOPT_OUTPUT_DIR "${output_dir}"
    IMGOPT_MANIFEST "${manifest}"
    IMGOPT_STAMP "${stamp}"
    IMGOPT_HEADER "${header}"
    IMGOPT_OUTPUTS "${outputs}"
    ADDITIONAL_CLEAN_FILES "${clean}")
  if(DEFINED arg_FOLDER)
    set_target_properties(${target} PROPERTIES FOLDER "${arg_FOLDER}")
  endif()
  foreach(user IN LISTS arg_ATTACH_TO)
    add_dependencies(${user} ${target})
    if(header)
      _imgopt_give_header(${user})
    endif()
  endforeach()
  if(DEFINED arg_INSTALL_DESTINATION)
    _imgopt_install_outputs()
  endif()
endfunction()

# How a run is decided on, for what the caller's arguments ask: by the DEPFILE, by the listed FILES alone, or
# ALWAYS. Where FILES are all there is, DEPENDS says everything that a depfile would. That helps twice: CMake 3.25's
# Makefiles never forget a depfile entry, and would run for ever once a listed image is gone; and ninja 1.11 reads
# many names rightly from its build file, but not from a depfile.
function(_imgopt_choose_check check_variable)
  set(check DEPFILE)
  set(beyond_build_files "[|]")
  set(beyond_depfiles "[#$\"&'*;<>?^`|\\\\]")
  if(NOT CMAKE_GENERATOR MATCHES "Ninja")
    set(beyond_build_files "[:|]")
    if(arg_DIRECTORY)
      set(check ALWAYS)
    else()
      set(check FILES)
    endif()
  endif()
  if(NOT arg_CHECK STREQUAL "AUTO")
    set(check ${arg_CHECK})
  else()
    foreach(input IN LISTS input_files input_folders)
      if(input MATCHES "\\$<")
        continue()
      elseif(input MATCHES "${beyond_build_files}" OR (arg_DIRECTORY AND input MATCHES "${beyond_depfiles}"))
        message(STATUS "${where}: ${CMAKE_GENERATOR} cannot track the name ${input}; looking in every build")
        set(check ALWAYS)
        break()
      elseif(input MATCHES "${beyond_depfiles}")
        set(check FILES)
      endif()
    endforeach()
  endif()
  set(${check_variable} ${check} PARENT_SCOPE)
endfunction()

# A pool that is not declared, and one declared twice, both break a Ninja build as a whole; and a project may
# declare pools before or after this call, by property or by CMAKE_JOB_POOLS. So ours is added at the very end
# of the configuration, if nobody else has. Depth 1: imgopt itself is parallel.
function(_imgopt_declare_job_pool name name_variable)
  if(NOT name)
    set(name imgopt)
  endif()
  get_property(deferred GLOBAL PROPERTY _IMGOPT_JOB_POOLS)
  if(NOT deferred)
    cmake_language(DEFER DIRECTORY "${CMAKE_SOURCE_DIR}" CALL _imgopt_define_job_pools)
  endif()
  set_property(GLOBAL APPEND PROPERTY _IMGOPT_JOB_POOLS ${name})
  set(${name_variable} ${name} PARENT_SCOPE)
endfunction()

function(_imgopt_define_job_pools)
  get_property(wanted GLOBAL PROPERTY _IMGOPT_JOB_POOLS)
  get_property(pools GLOBAL PROPERTY JOB_POOLS)
  if(NOT pools)
    set(pools "${CMAKE_JOB_POOLS}")
  endif()
  foreach(name IN LISTS wanted)
    string(FIND ";${pools}" ";${name}=" declared)
    if(declared EQUAL -1)
      list(APPEND pools "${name}=1")
    endif()
  endforeach()
  set_property(GLOBAL PROPERTY JOB_POOLS "${pools}")
endfunction()

cmake_policy(POP)
