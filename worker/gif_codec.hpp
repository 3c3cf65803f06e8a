// GIF: at most 256 colours a frame, alpha on or off. Pictures that fit are written as they are; others are
// quantised, where loss is allowed.
//
// Quality 100 uses all 256 colours; below, frames of an animation may keep small differences from the one
// before and its palette, and from 60 down there are fewer colours.
#pragma once

#include "worker/codec.hpp"

namespace imgopt {

// Throws as libvips does.
[[nodiscard]] Result<Encoding> encode_gif(const Picture& picture, const EncodeRequest& request);

}  // namespace imgopt
