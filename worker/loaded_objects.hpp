// The shared objects of this process and how to tell one build of them from another.
#pragma once

#include <string>
#include <vector>

namespace imgopt {

struct LoadedObject {
  std::string path;      // as loaded
  std::string library;   // "libwebp": the file name before ".so"
  std::string version;   // "7.1.5" of libwebp.so.7.1.5, symbolic links resolved; may be empty
  std::string build_id;  // hexadecimal; empty where the linker wrote none
};

// All objects with a path, the program itself first, in the order of loading.
[[nodiscard]] std::vector<LoadedObject> loaded_objects();

}  // namespace imgopt
