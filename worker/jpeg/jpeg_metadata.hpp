// What a metadata policy leaves of a JPEG file's marker segments.
#pragma once

#include "base/bytes.hpp"
#include "worker/jpeg/jpeg_transcode.hpp"

namespace imgopt::jpeg {

// The segments to keep, complete and in file order. `orientation` is what the image still needs for display
// after this; an Exif of the input never survives with another one.
[[nodiscard]] Bytes kept_metadata(const Layout& layout, const JpegInfo& info, const TranscodeOptions& options,
                                  Orientation orientation);

// The input with other metadata: its tables, frame and scans byte for byte, `metadata` in place of all APPn
// and COM segments.
[[nodiscard]] Bytes with_metadata(const Layout& layout, ByteView metadata);

}  // namespace imgopt::jpeg
