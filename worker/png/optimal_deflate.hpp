// A DEFLATE encoder for data that is compressed once and read often: shortest paths through all matches under
// the costs of each block's own code, repeated until codes and paths agree, and blocks split where that pays.
//
// The method is that of zopfli (J. Alakuijala, L. Vandevenne, "Data compression using Zopfli", 2013) and of
// libdeflate's near-optimal parser: matches are found once, parsing goes backwards.
#pragma once

#include "base/bytes.hpp"

namespace imgopt::png {

struct DeflateEffort {
  unsigned depth = 64;  // nodes of the match finder's tree per position
  unsigned nice = 258;  // a match of this length is taken whole and ends the search for others
  unsigned whole = 1;   // parses of all blocks together, after a quick first one, before bounds are found
  unsigned passes = 4;  // parses of each block at most
  unsigned splits = 1;  // times that block bounds are found
};

// A zlib stream. `data` must be shorter than 2^31 bytes. Memory beside the stream: 80 bytes at most for each
// of the first 2^20 bytes, however long `data` is.
[[nodiscard]] Bytes deflate_optimally(ByteView data, const DeflateEffort& effort);

}  // namespace imgopt::png
