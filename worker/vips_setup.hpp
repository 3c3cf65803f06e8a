// Starts libvips the way every worker needs it: same pixels on every run, and nothing left to open later.
//
// No operation cache, one thread an image, no run-time generated code (its pixels differ from the plain
// path's and the sandbox forbids it), every loader and saver blocked but the ones that ImgOpt names. Called
// once per process, before the sandbox; codec modules are loaded here. Warnings of libvips and GLib go to
// stderr as single lines, counted, and cut off after k_warning_lines a record.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "protocol/image_format.hpp"

namespace imgopt {

// How many lines of decoder warnings one record may write to stderr: one hostile file can make megabytes of
// them.
inline constexpr std::uint32_t k_warning_lines = 8;

// Fails with ErrorCode::internal where libvips does not start or is older than 8.14.
[[nodiscard]] Result<void> set_up_vips();

// "8.14.1": of the library that is loaded, not of its headers.
[[nodiscard]] std::string vips_version_text();

// Whether this libvips can read, or write, a format.
[[nodiscard]] bool can_load(ImageFormat format);
[[nodiscard]] bool can_save(ImageFormat format);

// The operation that reads, or writes, a format from, or to, memory: "pngload_buffer", "pngsave_buffer".
[[nodiscard]] const char* loader_name(ImageFormat format);
[[nodiscard]] const char* saver_name(ImageFormat format);

// Warnings since the process started.
[[nodiscard]] std::uint32_t decoder_warning_count();
// The last of this record's warnings, or nothing: libvips' PNG reader says what is wrong there and nowhere
// else.
[[nodiscard]] std::string last_decoder_warning();
// Lets the next record write k_warning_lines lines again, and forgets the last warning.
void begin_warning_budget();

}  // namespace imgopt
