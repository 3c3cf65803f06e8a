#include "worker/jpeg/jpeg_transcode.hpp"

#include <algorithm>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "worker/jpeg/jpeg_bytes.hpp"
#include "worker/jpeg/jpeg_coefficients.hpp"
#include "worker/jpeg/jpeg_metadata.hpp"
#include "worker/jpeg/jpeg_reader.hpp"
#include "worker/jpeg/jpeg_transform.hpp"
#include "worker/jpeg/jpeg_writer.hpp"

namespace imgopt::jpeg {
namespace {

// What the writer cannot express; names the property.
Result<void> check_supported(const JpegInfo& info) {
  if (info.lossless)
    return fail(ErrorCode::unsupported_image, "JPEG is of the lossless process (no DCT)");
  if (info.hierarchical)
    return fail(ErrorCode::unsupported_image, "JPEG is hierarchical");
  if (info.precision != 8)
    return fail(ErrorCode::unsupported_image,
                "JPEG has " + std::to_string(info.precision) + " bits a sample, not 8");
  if (info.components > k_max_components)
    return fail(ErrorCode::unsupported_image,
                "JPEG has " + std::to_string(info.components) + " components, more than 4");
  if (info.height == 0)
    return fail(ErrorCode::unsupported_image, "JPEG tells its height only after the first scan");
  return {};
}

ScanStyle style_of(const JpegInfo& info) {
  return info.progressive ? ScanStyle::progressive : ScanStyle::sequential;
}

TranscodedJpeg unchanged(ByteView jpeg, const JpegInfo& info) {
  TranscodedJpeg result;
  result.bytes.assign(jpeg.begin(), jpeg.end());
  result.outcome = TranscodeOutcome::unchanged;
  result.style = style_of(info);
  result.width = info.width;
  result.height = info.height;
  if (info.orientation != Orientation::upright)
    result.notes.push_back(TranscodeNote::orientation_kept_as_tag);
  return result;
}

void note_losses(const JpegInfo& info, MetadataPolicy policy, std::vector<TranscodeNote>& notes) {
  const bool keeps_all = policy == MetadataPolicy::all;
  if (info.has_content_credentials)
    notes.push_back(keeps_all ? TranscodeNote::content_credentials_broken
                              : TranscodeNote::content_credentials_dropped);
  if (keeps_all)
    return;
  if (info.has_preview_images)
    notes.push_back(TranscodeNote::preview_images_dropped);
  else if (info.trailing_bytes > 0)
    notes.push_back(TranscodeNote::trailing_data_dropped);
}

// Whether `jpeg`, just written, holds `image`. The source's coefficients are at hand, so it alone is decoded.
Result<void> check_written(ByteView jpeg, const CoefficientImage& image) {
  const Result<bool> is_equal = holds_coefficients(jpeg, image);
  if (!is_equal)
    return fail(
        is_equal.error().code == ErrorCode::limit_exceeded ? ErrorCode::limit_exceeded : ErrorCode::internal,
        "verification failed: " + is_equal.error().message);
  if (!*is_equal)
    return fail(ErrorCode::internal, "verification failed: coefficients of a lossless JPEG differ");
  return {};
}

// Writes the image anew, turned as `applied` says.
Result<TranscodedJpeg> rewrite(const CoefficientImage& image, const Layout& layout, const JpegInfo& info,
                               const TranscodeOptions& options, Orientation applied) {
  const bool is_turned = applied != Orientation::upright;
  std::optional<CoefficientImage> turned;
  if (is_turned)
    turned = apply_orientation(image, applied);
  const CoefficientImage& final_image = is_turned ? *turned : image;
  const Orientation left = is_turned ? Orientation::upright : info.orientation;
  TranscodedJpeg result;
  {
    const ScanSource source(final_image);
    const ScanPlan plan = plan_scans(source, options.style, options.effort);
    result.bytes = write_jpeg(source, plan, kept_metadata(layout, info, options, left));
    result.style = plan.style;
  }
  IMGOPT_TRY(check_written(result.bytes, final_image));
  result.outcome = TranscodeOutcome::transcoded;
  result.applied_orientation = applied;
  result.width = final_image.width;
  result.height = final_image.height;
  return result;
}

// The input's image data behind the metadata that the policy keeps.
TranscodedJpeg strip(const Layout& layout, const JpegInfo& info, const TranscodeOptions& options) {
  TranscodedJpeg result;
  result.bytes = with_metadata(layout, kept_metadata(layout, info, options, info.orientation));
  result.outcome = TranscodeOutcome::metadata_dropped;
  result.style = style_of(info);
  result.width = info.width;
  result.height = info.height;
  return result;
}

void append_trailing(TranscodedJpeg& result, const Layout& layout, const TranscodeOptions& options) {
  if (options.metadata == MetadataPolicy::all)
    append_bytes(result.bytes, layout.trailing);
}

bool fits_style(const TranscodedJpeg& result, ScanStyle style) {
  return style == ScanStyle::smallest || style == result.style;
}

Result<TranscodedJpeg> transcode(ByteView jpeg, const TranscodeOptions& options) {
  IMGOPT_ASSIGN(const Layout layout, parse_layout(jpeg));
  IMGOPT_ASSIGN(const JpegInfo info, read_jpeg_info(layout));
  IMGOPT_TRY(check_supported(info));
  // Decoding comes even before the reasons to leave a file alone: damage is never passed on as good.
  IMGOPT_ASSIGN(const ReadImage read, read_coefficients(jpeg, {options.max_pixels, options.max_scans}));
  if (info.has_gain_map || read.completeness == Completeness::partial) {
    TranscodedJpeg result = unchanged(jpeg, info);
    result.notes.push_back(info.has_gain_map ? TranscodeNote::several_pictures
                                             : TranscodeNote::partial_progression);
    return result;
  }

  const bool can_turn =
      options.orientation == OrientationPolicy::apply && can_apply_orientation(read.image, info.orientation);
  IMGOPT_ASSIGN(TranscodedJpeg best, rewrite(read.image, layout, info, options,
                                             can_turn ? info.orientation : Orientation::upright));
  append_trailing(best, layout, options);
  // An upright picture is worth more than the tag, but not more bytes than the input.
  const bool is_turned = best.applied_orientation != Orientation::upright;
  if (!is_turned || best.bytes.size() > jpeg.size()) {
    TranscodedJpeg stripped = strip(layout, info, options);
    append_trailing(stripped, layout, options);
    if (stripped.bytes.size() < best.bytes.size() &&
        (fits_style(stripped, options.style) || best.bytes.size() > jpeg.size()))
      best = std::move(stripped);
  }
  if (best.bytes.size() > jpeg.size() ||
      (best.bytes.size() == jpeg.size() && best.applied_orientation == Orientation::upright &&
       std::equal(best.bytes.begin(), best.bytes.end(), jpeg.begin())))
    return unchanged(jpeg, info);
  note_losses(info, options.metadata, best.notes);
  if (info.orientation != Orientation::upright && best.applied_orientation == Orientation::upright)
    best.notes.push_back(TranscodeNote::orientation_kept_as_tag);
  return best;
}

Result<bool> compare(ByteView a, ByteView b, Orientation applied) {
  IMGOPT_ASSIGN(const ReadImage first, read_coefficients(a, {UINT64_MAX, INT32_MAX}));
  if (applied == Orientation::upright)
    return holds_coefficients(b, first.image);
  if (!can_apply_orientation(first.image, applied))
    return false;
  return holds_coefficients(b, apply_orientation(first.image, applied));
}

}  // namespace

Result<TranscodedJpeg> transcode_jpeg(ByteView jpeg, const TranscodeOptions& options) {
  try {
    return transcode(jpeg, options);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::limit_exceeded, "out of memory while transcoding JPEG");
  }
}

Result<bool> coefficients_equal(ByteView a, ByteView b, Orientation applied) {
  try {
    return compare(a, b, applied);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::limit_exceeded, "out of memory while comparing JPEG");
  }
}

}  // namespace imgopt::jpeg
