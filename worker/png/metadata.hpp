// Which ancillary chunks go with the pixels into the new file, and in what form.
#pragma once

#include <vector>

#include "worker/png/candidates.hpp"
#include "worker/png/file.hpp"
#include "worker/png/png_optimizer.hpp"

namespace imgopt::png {

// A chunk that owns its data.
struct OwnedChunk {
  ChunkType type = 0;
  Place place = Place::before_image;
  Bytes data;
};

// The chunks that `policy` keeps, whatever the new format. bKGD, hIST and sBIT are not among them.
[[nodiscard]] std::vector<OwnedChunk> select_chunks(const File& file, AncillaryPolicy policy);

// Of bKGD, hIST and sBIT, which speak in terms of the stored format, those that `policy` keeps and that
// stay true in `format`: bKGD is translated where the format has the colour; sBIT stays where colour type and
// depth do; hIST only with an unchanged palette.
[[nodiscard]] std::vector<OwnedChunk> translate_chunks(const File& file, const Format& format,
                                                       AncillaryPolicy policy);

// Whether select_chunks and translate_chunks into the file's own format keep every chunk as it is.
[[nodiscard]] bool keeps_everything(const File& file, AncillaryPolicy policy);

[[nodiscard]] ColorModel required_model(const File& file);

// The chunks for `metadata`. Errors: unsupported_image where a value cannot be written.
[[nodiscard]] Result<std::vector<OwnedChunk>> build_chunks(const EncodeMetadata& metadata);

}  // namespace imgopt::png
