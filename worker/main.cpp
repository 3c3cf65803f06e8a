#include <cstdio>
#include <exception>

#include "worker/commands.hpp"

int main(int argc, char** argv) {
  try {
    return imgopt::run_worker({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "imgopt-worker: internal error: %s\n", error.what());
    return imgopt::k_internal_error;
  }
}
