# `cpack` in a build tree makes a Debian package. tests/package/debian_test.py looks at it with lintian, and installs and
# runs it in a clean root.

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME imgopt)
set(CPACK_PACKAGE_VENDOR "ImgOpt")
set(CPACK_PACKAGE_CONTACT "ImgOpt maintainers <maintainers@imgopt.invalid>" CACHE STRING "Who answers for packages")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "image optimization as a build step")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
  "imgopt encodes images for web sites and games as a step of their build: only what
changed is encoded, on every core, in sandboxed worker processes. Finished outputs
are kept in a cache. Its CMake package gives imgopt_add_assets().")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_STRIP_FILES ON)
# A group's own permissions would go into the package.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

# What Debian wants in every package: its licence and what changed, compressed, without the time of day.
find_program(IMGOPT_GZIP gzip)
mark_as_advanced(IMGOPT_GZIP)
if(IMGOPT_GZIP)
  set(debian_folder "${PROJECT_BINARY_DIR}/debian")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/debian-copyright.in" "${debian_folder}/copyright" COPYONLY)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/debian-changelog.in" "${debian_folder}/changelog" @ONLY)
  add_custom_command(OUTPUT "${debian_folder}/changelog.gz"
    COMMAND ${IMGOPT_GZIP} -9nc "${debian_folder}/changelog" > "${debian_folder}/changelog.gz"
    DEPENDS "${debian_folder}/changelog" VERBATIM)
  add_custom_target(imgopt-changelog ALL DEPENDS "${debian_folder}/changelog.gz")
  install(FILES "${debian_folder}/copyright" "${debian_folder}/changelog.gz"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/imgopt")
endif()

include(CPack)
