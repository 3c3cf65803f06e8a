#include "worker/codec.hpp"

#include <string>

#include "worker/avif_codec.hpp"
#include "worker/gif_codec.hpp"
#include "worker/jpeg_codec.hpp"
#include "worker/jxl_codec.hpp"
#include "worker/metadata.hpp"
#include "worker/png_codec.hpp"
#include "worker/tiff_codec.hpp"
#include "worker/vips_call.hpp"
#include "worker/vips_setup.hpp"
#include "worker/webp_codec.hpp"

namespace imgopt {

namespace {

Result<Encoding> dispatch(const Picture& picture, const EncodeRequest& request) {
  switch (request.settings.format) {
    case ImageFormat::png:
      return encode_png(picture, request);
    case ImageFormat::jpeg:
      return encode_jpeg(picture, request);
    case ImageFormat::webp:
      return encode_webp(picture, request);
    case ImageFormat::avif:
      return encode_avif(picture, request);
    case ImageFormat::jxl:
      return encode_jxl(picture, request);
    case ImageFormat::gif:
      return encode_gif(picture, request);
    case ImageFormat::tiff:
      return encode_tiff(picture, request);
  }
  return fail(ErrorCode::internal, "no such format");
}

}  // namespace

Result<Encoding> encode_picture(const Picture& picture, const EncodeRequest& request) {
  const ImageFormat format = request.settings.format;
  if (!can_save(format))
    return fail(ErrorCode::unsupported_image,
                "this build of libvips does not write " + std::string(format_name(format)));
  return guard_vips(format_name(format), ErrorCode::internal, [&] { return dispatch(picture, request); });
}

ChromaSubsampling resolve_subsampling(const EncodeRequest& request) {
  if (request.settings.subsampling != ChromaSubsampling::automatic)
    return request.settings.subsampling;
  const bool full = request.settings.role != Role::color || request.quality >= k_full_chroma_quality;
  return full ? ChromaSubsampling::s444 : ChromaSubsampling::s420;
}

Bytes save_picture(const Picture& picture, const EncodeRequest& request, vips::VOption* options) {
  const vips::VImage image = with_metadata_policy(picture.image, request.settings.metadata);
  // Older savers that are not told to strip make up an EXIF block to hold the resolution.
  if (!has_metadata_fields(image)) {
    if (!picture.has_profile())
      options->set("strip", true);
    else if (vips_version(0) > 8 || vips_version(1) >= 15)
      options->set("keep", 1 << 3);  // VIPS_FOREIGN_KEEP_ICC, which older headers do not name
  }
  return save_to_memory(saver_name(request.settings.format), image, options);
}

}  // namespace imgopt
