#include "worker/webp_codec.hpp"

#include <webp/encode.h>
#include <webp/mux.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "worker/metadata.hpp"

namespace imgopt {

namespace {

constexpr std::uint32_t k_max_webp_side = WEBP_MAX_DIMENSION;

struct FreePicture {
  void operator()(WebPPicture* picture) const {
    WebPPictureFree(picture);
    delete picture;
  }
};
using OwnedPicture = std::unique_ptr<WebPPicture, FreePicture>;

struct MemoryWriter : WebPMemoryWriter {
  MemoryWriter() { WebPMemoryWriterInit(this); }
  ~MemoryWriter() { WebPMemoryWriterClear(this); }
  MemoryWriter(const MemoryWriter&) = delete;
  MemoryWriter& operator=(const MemoryWriter&) = delete;
};

struct DeleteMux {
  void operator()(WebPMux* mux) const { WebPMuxDelete(mux); }
};

tl::unexpected<Error> webp_error(const std::string& what) {
  return fail(ErrorCode::internal, "webp: " + what);
}

Result<WebPConfig> lossless_config(const EncodeRequest& request) {
  // Effort 0..9 as libwebp's levels 0..9; 5 is 6, cwebp's own default. 9 takes twenty times as long as 8.
  constexpr std::array<int, 10> k_levels = {0, 1, 2, 3, 5, 6, 7, 8, 8, 9};
  WebPConfig config;
  if (WebPConfigInit(&config) == 0 ||
      WebPConfigLosslessPreset(&config, k_levels[request.settings.effort]) == 0)
    return webp_error("the library is of another version than its headers");
  config.exact = request.settings.transparent_color == TransparentColor::keep ? 1 : 0;
  if (request.settings.quality_mode == Quality::near_lossless)
    config.near_lossless = request.quality;
  return config;
}

Result<WebPConfig> lossy_config(const EncodeRequest& request) {
  // Effort 0..9 as libwebp's method 0..6; 5 is 4, its own default.
  constexpr std::array<int, 10> k_methods = {0, 1, 2, 3, 4, 4, 5, 6, 6, 6};
  WebPConfig config;
  if (WebPConfigInit(&config) == 0)
    return webp_error("the library is of another version than its headers");
  config.quality = static_cast<float>(request.quality) + static_cast<float>(request.tenths) / 10.0f;
  config.exact = request.settings.transparent_color == TransparentColor::keep ? 1 : 0;
  config.method = k_methods[request.settings.effort];
  config.alpha_quality = 100;
  config.alpha_filtering = request.settings.effort >= 7 ? 2 : 1;
  // The format always halves chroma; the sharper way of doing it is the nearest there is to full chroma.
  config.use_sharp_yuv = resolve_subsampling(request) == ChromaSubsampling::s444 ? 1 : 0;
  return config;
}

// Grey becomes RGB: the format has no other colours.
Bytes as_rgb(const PixelView& grey) {
  const std::size_t pixels = std::size_t{grey.width} * grey.height;
  const auto in = static_cast<std::size_t>(grey.channels);
  const std::size_t out = in + 2;
  Bytes rgb(pixels * out);
  for (std::size_t i = 0; i < pixels; ++i) {
    std::fill_n(rgb.begin() + static_cast<std::ptrdiff_t>(i * out), 3, grey.data[i * in]);
    if (in == 2)
      rgb[i * out + 3] = grey.data[i * in + 1];
  }
  return rgb;
}

Result<OwnedPicture> import(const PixelView& pixels, const WebPConfig& config) {
  OwnedPicture picture(new WebPPicture);
  if (WebPPictureInit(picture.get()) == 0)
    return webp_error("the library is of another version than its headers");
  picture->use_argb = config.lossless != 0 || config.use_sharp_yuv != 0 ? 1 : 0;
  picture->width = static_cast<int>(pixels.width);
  picture->height = static_cast<int>(pixels.height);
  const Bytes expanded = pixels.channels <= 2 ? as_rgb(pixels) : Bytes();
  const std::uint8_t* const samples = expanded.empty() ? pixels.data.data() : expanded.data();
  const int stride = static_cast<int>(pixels.width) * (pixels.has_alpha() ? 4 : 3);
  const int imported = pixels.has_alpha() ? WebPPictureImportRGBA(picture.get(), samples, stride)
                                          : WebPPictureImportRGB(picture.get(), samples, stride);
  if (imported == 0)
    return fail(ErrorCode::limit_exceeded, "webp: out of memory");
  return picture;
}

Result<Bytes> encode_still(const PixelView& pixels, const WebPConfig& config) {
  IMGOPT_ASSIGN(const OwnedPicture picture, import(pixels, config));
  MemoryWriter writer;
  picture->writer = WebPMemoryWrite;
  picture->custom_ptr = &writer;
  if (WebPEncode(&config, picture.get()) == 0) {
    if (picture->error_code == VP8_ENC_ERROR_OUT_OF_MEMORY ||
        picture->error_code == VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY)
      return fail(ErrorCode::limit_exceeded, "webp: out of memory");
    return webp_error("encoder error " + std::to_string(static_cast<int>(picture->error_code)));
  }
  return Bytes(writer.mem, writer.mem + writer.size);
}

// Sets the file's profile, EXIF and XMP to exactly what is wanted. libvips' saver writes an EXIF block of its
// own even when told to strip.
Result<Bytes> with_chunks(Bytes file, ByteView profile, ByteView exif, ByteView xmp) {
  const WebPData whole{file.data(), file.size()};
  const std::unique_ptr<WebPMux, DeleteMux> mux(WebPMuxCreate(&whole, 0));
  if (!mux)
    return webp_error("cannot open the made file");
  struct Chunk {
    const char* name;
    ByteView content;
  };
  for (const Chunk& chunk : {Chunk{"ICCP", profile}, Chunk{"EXIF", exif}, Chunk{"XMP ", xmp}}) {
    const WebPData content{chunk.content.data(), chunk.content.size()};
    const WebPMuxError error = chunk.content.empty() ? WebPMuxDeleteChunk(mux.get(), chunk.name)
                                                     : WebPMuxSetChunk(mux.get(), chunk.name, &content, 0);
    if (error != WEBP_MUX_OK && error != WEBP_MUX_NOT_FOUND)
      return webp_error(std::string("cannot set the chunk ") + chunk.name);
  }
  WebPData assembled{};
  if (WebPMuxAssemble(mux.get(), &assembled) != WEBP_MUX_OK)
    return webp_error("cannot assemble the file");
  Bytes bytes(assembled.bytes, assembled.bytes + assembled.size);
  WebPDataClear(&assembled);
  return bytes;
}

Result<Bytes> add_metadata(Bytes file, const Picture& picture, MetadataPolicy policy) {
  constexpr std::size_t k_exif_prefix_bytes = 6;
  const Bytes payload = kept_exif(picture.image, policy);
  const ByteView exif =
      payload.size() > k_exif_prefix_bytes ? ByteView(payload).subspan(k_exif_prefix_bytes) : ByteView();
  const ByteView profile = blob_field(picture.image, VIPS_META_ICC_NAME);
  const ByteView xmp = kept_xmp(picture.image, policy);
  const bool is_bare_still = picture.frames == 1 && profile.empty() && exif.empty() && xmp.empty();
  if (is_bare_still)
    return file;
  return with_chunks(std::move(file), profile, exif, xmp);
}

Bytes encode_animation(const Picture& picture, const EncodeRequest& request, const WebPConfig& config) {
  vips::VOption* options =
      vips::VImage::option()
          ->set("effort", config.method)
          ->set("lossless", config.lossless != 0)
          ->set("Q", config.lossless != 0 ? request.quality : static_cast<int>(config.quality))
          ->set("near_lossless", config.near_lossless < 100)
          ->set("min_size", request.settings.effort >= 7);
  if (config.lossless == 0)
    options->set("alpha_q", config.alpha_quality)->set("smart_subsample", config.use_sharp_yuv != 0);
  return save_picture(picture, request, options);
}

}  // namespace

Result<Encoding> encode_webp(const Picture& picture, const EncodeRequest& request) {
  if (picture.width > k_max_webp_side || picture.height > k_max_webp_side)
    return fail(ErrorCode::unsupported_image, "WebP holds at most 16383 pixels a side");
  const bool lossless = request.lossless == Lossless::yes;
  const bool coded_without_loss = lossless || request.settings.quality_mode == Quality::near_lossless;
  IMGOPT_ASSIGN(const WebPConfig config,
                coded_without_loss ? lossless_config(request) : lossy_config(request));
  Bytes file;
  if (picture.frames > 1) {
    file = encode_animation(picture, request, config);
  } else {
    IMGOPT_ASSIGN(file, encode_still(picture.view(), config));
  }
  IMGOPT_ASSIGN(Bytes complete, add_metadata(std::move(file), picture, request.settings.metadata));
  return Encoding{std::move(complete), lossless ? Fidelity::exact : Fidelity::approximate, 0};
}

}  // namespace imgopt
