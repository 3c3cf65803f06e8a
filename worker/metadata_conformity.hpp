// Whether a source file may stand as the output as far as its metadata goes.
#pragma once

#include "base/bytes.hpp"
#include "protocol/output_settings.hpp"
#include "worker/source_image.hpp"

namespace imgopt {

// False where the file may hold anything that the policy drops, or bytes behind the image. Walks the
// container, so it sees what libvips does not tell; what it does not know counts as metadata. Safe on any
// bytes.
[[nodiscard]] bool metadata_conforms(ByteView source, const SourceInfo& info, MetadataPolicy policy);

}  // namespace imgopt
