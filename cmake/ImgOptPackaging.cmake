# `cpack` in a build tree makes a Debian package. tests/package/debian_test.py looks at it with lintian, and installs and
# runs it in a clean root.

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME imgopt)
set(CPACK_PACKAGE_VENDOR "ImgOpt")
# Who makes a package answers for it: told by this variable, else as to Debian's own tools by DEBFULLNAME and DEBEMAIL.
# Debian wants an address in any case, so the last resort is one that says that there is none (.invalid: RFC 2606).
set(CPACK_PACKAGE_CONTACT "" CACHE STRING "Who answers for packages made here: Name <address>")
if(NOT CPACK_PACKAGE_CONTACT)
  set(contact_name "$ENV{DEBFULLNAME}")
  if(NOT contact_name)
    set(contact_name ImgOpt)
  endif()
  if("$ENV{DEBEMAIL}" MATCHES "<.*>")
    set(CPACK_PACKAGE_CONTACT "$ENV{DEBEMAIL}")
  elseif(NOT "$ENV{DEBEMAIL}" STREQUAL "")
    set(CPACK_PACKAGE_CONTACT "${contact_name} <$ENV{DEBEMAIL}>")
  else()
    set(CPACK_PACKAGE_CONTACT "${contact_name} <no-contact-given@imgopt.invalid>")
  endif()
endif()
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "image optimization as a build step")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
  "imgopt encodes images for web sites and games as a step of their build: only
what changed is encoded, on every core, in sandboxed worker processes. Finished
outputs are kept in a cache. Its CMake package gives imgopt_add_assets().")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_STRIP_FILES ON)
# A group's own permissions would go into the package.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

# What Debian wants in every package: its licence and what changed, compressed, without the time of day. The day is
# that of SOURCE_DATE_EPOCH where it is set, else the one on which the package is configured.
string(TIMESTAMP IMGOPT_PACKAGE_DAY "%a, %d %b %Y 00:00:00 +0000" UTC)
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
  add_dependencies(imgopt-installable imgopt-changelog)
  install(FILES "${debian_folder}/copyright" "${debian_folder}/changelog.gz"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/imgopt")
endif()

set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/cmake/ImgOptCompressManual.cmake")
include(CPack)
