// Hashes that tests tell apart at a glance.
#pragma once

#include "base/digest.hpp"

namespace imgopt {

inline Sha256Digest hash_of(std::uint8_t fill) {
  Sha256Digest hash;
  hash.bytes.fill(fill);
  return hash;
}

}  // namespace imgopt
