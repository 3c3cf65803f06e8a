# Install rules of ImgOpt: programs, CMake package. The package is the same for every architecture that is built
# for, since what it names runs on the build machine; it lies below share/, which no multiarch layout moves.
include(CMakePackageConfigHelpers)

set(IMGOPT_PACKAGE_DESTINATION "${CMAKE_INSTALL_DATADIR}/cmake/ImgOpt")

# Everything that the install rules take, and nothing more: no tests, no benchmarks.
add_custom_target(imgopt-installable DEPENDS imgopt imgopt-worker)

set_target_properties(imgopt-worker PROPERTIES EXPORT_NAME worker)
install(TARGETS imgopt EXPORT ImgOptTargets RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
# imgopt looks for its worker in ../libexec/imgopt, seen from itself.
install(TARGETS imgopt-worker EXPORT ImgOptTargets RUNTIME DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/imgopt")
install(EXPORT ImgOptTargets NAMESPACE imgopt:: DESTINATION "${IMGOPT_PACKAGE_DESTINATION}")

# For editors that complete imgopt.json.
install(FILES docs/imgopt.schema.json DESTINATION "${CMAKE_INSTALL_DATADIR}/imgopt")

if(IMGOPT_TEXTS_DIR)
  add_dependencies(imgopt-installable imgopt-texts-made)
  install(FILES "${IMGOPT_TEXTS_DIR}/imgopt.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
  install(FILES "${IMGOPT_TEXTS_DIR}/imgopt.bash" RENAME imgopt
    DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
  install(FILES "${IMGOPT_TEXTS_DIR}/_imgopt" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions")
  install(FILES "${IMGOPT_TEXTS_DIR}/imgopt.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
endif()

install(FILES integrations/make/imgopt.mk DESTINATION "${CMAKE_INSTALL_DATADIR}/imgopt")

write_basic_package_version_file("${PROJECT_BINARY_DIR}/ImgOptConfigVersion.cmake"
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES
  "${PROJECT_BINARY_DIR}/ImgOptConfigVersion.cmake"
  cmake/ImgOptConfig.cmake
  cmake/ImgOptArguments.cmake
  cmake/ImgOptCheck.cmake
  cmake/ImgOptFunctions.cmake
  cmake/ImgOptHeader.cmake
  cmake/ImgOptInstallFromManifest.cmake
  cmake/ImgOptOutputs.cmake
  cmake/ImgOptProgram.cmake
  cmake/ImgOptRequest.cmake
  DESTINATION "${IMGOPT_PACKAGE_DESTINATION}")
