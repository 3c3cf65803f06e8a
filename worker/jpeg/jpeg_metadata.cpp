#include "worker/jpeg/jpeg_metadata.hpp"

#include <algorithm>

#include "worker/jpeg/jpeg_bytes.hpp"
#include "worker/jpeg/jpeg_constants.hpp"
#include "worker/jpeg/jpeg_exif.hpp"
#include "worker/jpeg/jpeg_markers.hpp"

namespace imgopt::jpeg {
namespace {

void append_whole(Bytes& out, const Segment& segment) {
  append_bytes(out, segment.whole);
}

// JFIF without its thumbnail: version, density unit and densities stay.
void append_plain_jfif(Bytes& out, const Segment& segment) {
  constexpr std::size_t k_size_without_thumbnail = 14;
  if (segment.payload.size() < k_size_without_thumbnail)
    return append_whole(out, segment);
  Bytes payload(segment.payload.begin(), segment.payload.begin() + k_size_without_thumbnail);
  payload[12] = 0;
  payload[13] = 0;
  append_segment(out, k_marker_app0, payload);
}

// Three components are YCbCr to every decoder where JFIF says so or the Adobe marker repeats it.
bool is_redundant_adobe(const Segment& segment, bool has_jfif, const JpegInfo& info) {
  constexpr std::uint8_t k_transform_ycbcr = 1;
  return has_jfif && info.components == 3 && segment.payload[11] == k_transform_ycbcr;
}

Bytes all_segments(const Layout& layout, const TranscodeOptions& options, Orientation orientation) {
  Bytes out;
  for (const Segment& segment : layout.segments) {
    if (!is_metadata(segment.marker))
      continue;
    const MetadataKind kind = classify(segment);
    if (kind == MetadataKind::icc && options.icc == IccPolicy::drop)
      continue;
    if (kind == MetadataKind::exif && orientation == Orientation::upright)
      append_segment(out, k_marker_app1, exif_made_upright(segment.payload));
    else
      append_whole(out, segment);
  }
  return out;
}

}  // namespace

Bytes kept_metadata(const Layout& layout, const JpegInfo& info, const TranscodeOptions& options,
                    Orientation orientation) {
  if (options.metadata == MetadataPolicy::all)
    return all_segments(layout, options, orientation);
  const bool has_jfif =
      std::any_of(layout.segments.begin(), layout.segments.end(),
                  [](const Segment& segment) { return classify(segment) == MetadataKind::jfif; });
  ExifFacts facts;
  if (options.metadata == MetadataPolicy::copyright)
    facts = collect_facts(layout);
  facts.orientation = orientation;
  const Bytes exif = build_minimal_exif(facts);
  Bytes out;
  bool kept_jfif = false;
  for (const Segment& segment : layout.segments) {
    if (!is_metadata(segment.marker) || classify(segment) != MetadataKind::jfif || kept_jfif)
      continue;
    append_plain_jfif(out, segment);
    kept_jfif = true;
  }
  if (!exif.empty())
    append_segment(out, k_marker_app1, exif);
  for (const Segment& segment : layout.segments) {
    const MetadataKind kind = classify(segment);
    if (kind == MetadataKind::icc && options.icc == IccPolicy::keep)
      append_whole(out, segment);
    if (kind == MetadataKind::adobe && !is_redundant_adobe(segment, has_jfif, info))
      append_whole(out, segment);
  }
  return out;
}

Bytes with_metadata(const Layout& layout, ByteView metadata) {
  Bytes out;
  append_marker(out, k_marker_soi);
  append_bytes(out, metadata);
  for (const Segment& segment : layout.segments) {
    if (!is_metadata(segment.marker))
      append_whole(out, segment);
  }
  append_marker(out, k_marker_eoi);
  return out;
}

}  // namespace imgopt::jpeg
