#include "worker/jpeg/jpeg_exif.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "worker/jpeg/jpeg_bytes.hpp"
#include "worker/jpeg/jpeg_constants.hpp"
#include "worker/jpeg/jpeg_tiff.hpp"

namespace imgopt::jpeg {
namespace {

constexpr std::uint16_t k_tag_orientation = 0x0112;
constexpr std::uint16_t k_tag_artist = 0x013B;
constexpr std::uint16_t k_tag_copyright = 0x8298;
constexpr std::size_t k_max_text = 8192;  // each; keeps the segment far below 64 KiB

std::string_view as_text(ByteView data) {
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\0' || text.back() == ' '))
    text.remove_suffix(1);
  return std::string(text.substr(0, k_max_text));
}

std::string text_of(const TiffDirectory& directory, std::uint16_t tag) {
  const TiffEntry* entry = directory.find(tag);
  return entry != nullptr && entry->type == k_type_ascii ? trimmed(as_text(entry->value)) : std::string();
}

std::string xml_unescaped(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, char>, 5> k_entities = {
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};
  std::string result;
  while (!text.empty()) {
    char next = text.front();
    std::size_t used = 1;
    for (const auto& [entity, character] : k_entities) {
      if (text.starts_with(entity)) {
        next = character;
        used = entity.size();
      }
    }
    result.push_back(next);
    text.remove_prefix(used);
  }
  return result;
}

// The text of the first rdf:li inside <element>...</element>: how XMP writes dc:rights and dc:creator.
std::string first_xmp_item(std::string_view xmp, std::string_view element) {
  const auto open = xmp.find(std::string("<").append(element));
  const auto close = xmp.find(std::string("</").append(element));
  if (open == std::string_view::npos || close == std::string_view::npos || close < open)
    return {};
  const std::string_view inner = xmp.substr(open, close - open);
  const auto item = inner.find("<rdf:li");
  const auto start = item == std::string_view::npos ? item : inner.find('>', item);
  const auto end = start == std::string_view::npos ? start : inner.find('<', start);
  if (end == std::string_view::npos)
    return {};
  return trimmed(xml_unescaped(inner.substr(start + 1, end - start - 1)));
}

// IPTC IIM record 2 inside Photoshop resource 0x0404. Resource: "8BIM", u16 id, Pascal string padded to even,
// u32 size, data padded to even. Data set: 0x1C, record, number, u16 size, data.
std::string iptc_field(ByteView payload, std::uint8_t number) {
  std::size_t at = k_photoshop_prefix.size();
  while (payload.size() - at >= 12 && starts_with(payload.subspan(at), "8BIM")) {
    const std::uint16_t id = read_u16(payload, at + 4, ByteOrder::big_endian);
    const std::size_t name = (std::size_t{payload[at + 6]} + 2) & ~std::size_t{1};
    if (payload.size() - at < 6 + name + 4)
      return {};
    at += 6 + name;
    const std::size_t size = read_u32(payload, at, ByteOrder::big_endian);
    at += 4;
    if (size > payload.size() - at)
      return {};
    ByteView data = payload.subspan(at, size);
    while (id == 0x0404 && data.size() >= 5 && data[0] == 0x1C) {
      const std::size_t length = read_u16(data, 3, ByteOrder::big_endian);
      if (length > data.size() - 5)
        break;
      if (data[1] == 2 && data[2] == number)
        return trimmed(as_text(data.subspan(5, length)));
      data = data.subspan(5 + length);
    }
    at += std::min(size + (size & 1), payload.size() - at);
  }
  return {};
}

void fill(std::string& field, std::string value) {
  if (field.empty())
    field = std::move(value);
}

}  // namespace

ExifFacts read_exif(ByteView payload) {
  ExifFacts facts;
  if (!starts_with(payload, k_exif_prefix))
    return facts;
  const auto directory = read_first_directory(payload.subspan(k_exif_prefix.size()));
  if (!directory)
    return facts;
  const std::uint32_t orientation = directory->unsigned_value(k_tag_orientation).value_or(1);
  if (orientation >= 1 && orientation <= 8)
    facts.orientation = static_cast<Orientation>(orientation);
  facts.artist = text_of(*directory, k_tag_artist);
  facts.copyright = text_of(*directory, k_tag_copyright);
  return facts;
}

ExifFacts collect_facts(const Layout& layout) {
  ExifFacts facts;
  ExifFacts from_xmp;
  ExifFacts from_iptc;
  bool has_exif = false;
  for (const Segment& segment : layout.segments) {
    switch (classify(segment)) {
      case MetadataKind::exif:
        if (!has_exif)
          facts = read_exif(segment.payload);
        has_exif = true;
        break;
      case MetadataKind::xmp:
        fill(from_xmp.artist, first_xmp_item(as_text(segment.payload), "dc:creator"));
        fill(from_xmp.copyright, first_xmp_item(as_text(segment.payload), "dc:rights"));
        break;
      case MetadataKind::iptc:
        fill(from_iptc.artist, iptc_field(segment.payload, 80));
        fill(from_iptc.copyright, iptc_field(segment.payload, 116));
        break;
      default:
        break;
    }
  }
  fill(facts.artist, from_xmp.artist);
  fill(facts.copyright, from_xmp.copyright);
  fill(facts.artist, from_iptc.artist);
  fill(facts.copyright, from_iptc.copyright);
  return facts;
}

Bytes build_minimal_exif(const ExifFacts& facts) {
  std::uint32_t count = 0;
  count += facts.orientation != Orientation::upright ? 1 : 0;
  count += facts.artist.empty() ? 0 : 1;
  count += facts.copyright.empty() ? 0 : 1;
  if (count == 0)
    return {};
  Bytes out;
  append_text(out, k_exif_prefix);
  append_text(out, {"MM\0\x2A\0\0\0\x08", 8});
  append_u16(out, count);
  Bytes texts;
  const std::uint32_t texts_at = 8 + 2 + count * 12 + 4;
  const auto append_entry = [&](std::uint16_t tag, const std::string& text) {
    if (text.empty())
      return;
    append_u16(out, tag);
    append_u16(out, k_type_ascii);
    const auto size = static_cast<std::uint32_t>(text.size()) + 1;
    append_u32(out, size);
    if (size <= 4) {
      for (std::size_t i = 0; i < 4; ++i)
        out.push_back(i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0});
      return;
    }
    append_u32(out, texts_at + static_cast<std::uint32_t>(texts.size()));
    append_text(texts, text);
    texts.resize(texts.size() + 1 + (texts.size() + 1) % 2);  // NUL, then even
  };
  if (facts.orientation != Orientation::upright) {
    append_u16(out, k_tag_orientation);
    append_u16(out, k_type_short);
    append_u32(out, 1);
    append_u16(out, static_cast<std::uint32_t>(facts.orientation));
    append_u16(out, 0);
  }
  append_entry(k_tag_artist, facts.artist);
  append_entry(k_tag_copyright, facts.copyright);
  append_u32(out, 0);  // no further directory
  append_bytes(out, texts);
  return out;
}

Bytes exif_made_upright(ByteView payload) {
  Bytes copy(payload.begin(), payload.end());
  if (!starts_with(payload, k_exif_prefix))
    return copy;
  const auto directory = read_first_directory(payload.subspan(k_exif_prefix.size()));
  const TiffEntry* entry = directory ? directory->find(k_tag_orientation) : nullptr;
  if (entry == nullptr || entry->type != k_type_short)
    return copy;
  const std::size_t at = k_exif_prefix.size() + entry->value_field;
  const bool big = directory->order == ByteOrder::big_endian;
  copy[at] = big ? 0 : 1;
  copy[at + 1] = big ? 1 : 0;
  return copy;
}

}  // namespace imgopt::jpeg
