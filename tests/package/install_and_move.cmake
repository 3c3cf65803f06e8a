# Installs BUILD_DIR (configuration CONFIG) to INSTALL_PREFIX and moves the result to MOVED_PREFIX.
file(REMOVE_RECURSE "${INSTALL_PREFIX}" "${MOVED_PREFIX}")
unset(ENV{DESTDIR})
execute_process(
  COMMAND "${CMAKE_COMMAND}" --install "${BUILD_DIR}" --config "${CONFIG}" --prefix "${INSTALL_PREFIX}"
  RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the installation failed")
endif()
file(RENAME "${INSTALL_PREFIX}" "${MOVED_PREFIX}")
