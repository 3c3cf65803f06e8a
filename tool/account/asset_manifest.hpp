// The asset manifest: the JSON that says which source became which outputs, for a <picture> or a game's
// loader.
//
//   {"schema": 1, "images": {
//   "photos/a.jpg": {"bytes": N, "outputs": [
//     {"path": ..., "format": null|"webp", "width": N, "height": N, "bytes": N, "hash": "SHA-256, hex"}]}}}
//
// Sources are sorted by name, the outputs of each by path, both byte by byte; one line an image; no times. So
// equal runs give equal bytes, and whoever commits the file gets small diffs. Only outputs that stand are
// listed: none that failed, none that a dry run would make, and no source without any. Width and height are
// the real ones, in pixels. `format` is null, and the size 0, for a file copied as it is. Names follow
// tool/text/json_text.hpp.
#pragma once

#include <string>

#include "tool/plan/outcome.hpp"

namespace imgopt {

// `outcome` must be complete. Where two roots hold a source of the same name, one entry lists the outputs of
// both and the bytes of the first.
[[nodiscard]] std::string asset_manifest_json(const RunOutcome& outcome);

}  // namespace imgopt
