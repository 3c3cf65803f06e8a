// Large pages: memory in one piece of megabytes is asked to come in pages of megabytes.
//
// Pictures are large, are filled once and freed soon. In pages of 4 KiB the kernel takes as long to bring them as
// many an encoder to fill them. Where the kernel has no large pages to give, or gives them unasked, nothing changes.
#pragma once

#include <cstddef>

namespace imgopt {

// Says so for `memory`, where `bytes` are enough for one. Leaves errno as it is.
void advise_large_pages(void* memory, std::size_t bytes);

}  // namespace imgopt
