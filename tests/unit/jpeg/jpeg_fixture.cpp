#include "jpeg_fixture.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include <jpeglib.h>

#include "worker/jpeg/jpeg_exif.hpp"

namespace imgopt::jpeg::test {
namespace {

// These run without pixels that need destroying between libjpeg's frames, so an exception may pass them:
// Debian builds libjpeg-turbo with unwind tables.
[[noreturn]] void throw_error(j_common_ptr) {
  throw std::runtime_error("libjpeg");
}
void throw_warning(j_common_ptr, int level) {
  if (level < 0)
    throw std::runtime_error("libjpeg warning");
}

jpeg_error_mgr* throwing_errors(jpeg_error_mgr& manager) {
  jpeg_std_error(&manager);
  manager.error_exit = throw_error;
  manager.emit_message = throw_warning;
  return &manager;
}

}  // namespace

PixelBuffer make_picture(std::uint32_t width, std::uint32_t height, int channels) {
  PixelBuffer picture{width, height, channels, 8, {}};
  std::uint32_t noise = 12345;
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        noise = noise * 1664525U + 1013904223U;
        const std::uint32_t ramp = (x * (3U + static_cast<std::uint32_t>(c)) + y * y / 16) % 200;
        const std::uint32_t disc = (x - 20) * (x - 20) + (y - 15) * (y - 15) < 100 ? 40 : 0;
        picture.data.push_back(static_cast<std::uint8_t>(ramp + disc + (noise >> 28)));
      }
    }
  }
  return picture;
}

Bytes make_jpeg(const FixtureOptions& options) {
  PixelBuffer picture = make_picture(options.width, options.height, options.components);
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = throwing_errors(errors);
  jpeg_create_compress(&info);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &buffer, &size);
  info.image_width = options.width;
  info.image_height = options.height;
  info.input_components = options.components;
  info.in_color_space = options.components == 1   ? JCS_GRAYSCALE
                        : options.components == 3 ? JCS_RGB
                                                  : JCS_CMYK;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, options.quality, TRUE);
  info.comp_info[0].h_samp_factor = options.h_factor;
  info.comp_info[0].v_samp_factor = options.v_factor;
  info.restart_interval = static_cast<unsigned>(options.restart_interval);
  if (options.process == Process::progressive)
    jpeg_simple_progression(&info);
  info.arith_code = options.process == Process::arithmetic ? TRUE : FALSE;
  jpeg_start_compress(&info, TRUE);
  const std::size_t stride = picture.view().row_bytes();
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = picture.data.data() + info.next_scanline * stride;
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  Bytes result(buffer, buffer + size);
  std::free(buffer);
  return result;
}

PixelBuffer decode(ByteView jpeg) {
  PixelBuffer result;
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  info.err = throwing_errors(errors);
  jpeg_create_decompress(&info);
  try {
    jpeg_mem_src(&info, jpeg.data(), static_cast<unsigned long>(jpeg.size()));
    jpeg_read_header(&info, TRUE);
    info.dct_method = JDCT_ISLOW;
    info.do_fancy_upsampling = FALSE;  // so that mirroring commutes with decoding
    jpeg_start_decompress(&info);
    result = {info.output_width, info.output_height, info.output_components, 8, {}};
    result.data.resize(result.view().byte_count());
    while (info.output_scanline < info.output_height) {
      JSAMPROW row = result.data.data() + info.output_scanline * result.view().row_bytes();
      jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
  } catch (const std::runtime_error&) {
    result = {};
  }
  jpeg_destroy_decompress(&info);
  return result;
}

Bytes with_segment(ByteView jpeg, std::uint8_t marker, std::string_view payload) {
  std::size_t at = 2;
  if (jpeg[2] == 0xFF && jpeg[3] == 0xE0)
    at = 4 + (std::size_t{jpeg[4]} << 8 | jpeg[5]);
  const std::size_t length = payload.size() + 2;
  Bytes result(jpeg.begin(), jpeg.begin() + static_cast<std::ptrdiff_t>(at));
  for (const std::size_t byte : {std::size_t{0xFF}, std::size_t{marker}, length >> 8, length & 0xFF})
    result.push_back(static_cast<std::uint8_t>(byte));
  for (const char character : payload)
    result.push_back(static_cast<std::uint8_t>(character));
  result.insert(result.end(), jpeg.begin() + static_cast<std::ptrdiff_t>(at), jpeg.end());
  return result;
}

Bytes make_exif(Orientation orientation) {
  return build_minimal_exif({orientation, "Ann", "(c) Ann and others"});
}

Bytes with_exif(ByteView jpeg, Orientation orientation) {
  const Bytes exif = make_exif(orientation);
  return with_segment(jpeg, 0xE1, {reinterpret_cast<const char*>(exif.data()), exif.size()});
}

bool contains(ByteView data, std::string_view text) {
  return std::search(data.begin(), data.end(), text.begin(), text.end()) != data.end();
}

}  // namespace imgopt::jpeg::test
