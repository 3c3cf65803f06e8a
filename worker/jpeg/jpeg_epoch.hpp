// The version of the JPEG algorithms: part of the encoder fingerprint, bumped whenever output bytes change.
#pragma once

#include <cstdint>

namespace imgopt::jpeg {

inline constexpr std::uint32_t k_jpeg_epoch = 3;

}  // namespace imgopt::jpeg
