// The versions that libraries give of themselves. Sonames count the binary interface and not releases.
#pragma once

#include <optional>
#include <string>

#include "worker/loaded_objects.hpp"

namespace imgopt {

// nullopt where the library has no function that tells, or it is not known here.
[[nodiscard]] std::optional<std::string> own_version(const LoadedObject& object);

}  // namespace imgopt
