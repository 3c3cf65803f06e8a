// Why a file cannot be optimized whose content is no image of ours.
#pragma once

#include <string_view>

#include "protocol/image_format.hpp"

namespace imgopt {

[[nodiscard]] std::string_view unusable_because(ContentKind kind);

}  // namespace imgopt
