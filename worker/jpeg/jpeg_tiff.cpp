#include "worker/jpeg/jpeg_tiff.hpp"

namespace imgopt::jpeg {
namespace {

// Bytes per value by TIFF type, 0: unknown type.
std::size_t type_size(std::uint16_t type) {
  switch (type) {
    case 1:  // BYTE
    case 2:  // ASCII
    case 6:  // SBYTE
    case 7:  // UNDEFINED
      return 1;
    case 3:  // SHORT
    case 8:  // SSHORT
      return 2;
    case 4:   // LONG
    case 9:   // SLONG
    case 11:  // FLOAT
      return 4;
    case 5:   // RATIONAL
    case 10:  // SRATIONAL
    case 12:  // DOUBLE
      return 8;
    default:
      return 0;
  }
}

TiffEntry read_entry(ByteView tiff, std::size_t offset, ByteOrder order) {
  TiffEntry entry;
  entry.tag = read_u16(tiff, offset, order);
  entry.type = read_u16(tiff, offset + 2, order);
  entry.count = read_u32(tiff, offset + 4, order);
  entry.value_field = offset + 8;
  const std::uint64_t size = std::uint64_t{entry.count} * type_size(entry.type);
  const std::uint64_t start = size <= 4 ? entry.value_field : read_u32(tiff, entry.value_field, order);
  if (size > 0 && start <= tiff.size() && size <= tiff.size() - start)
    entry.value = tiff.subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(size));
  return entry;
}

}  // namespace

std::uint16_t read_u16(ByteView data, std::size_t offset, ByteOrder order) {
  const unsigned a = data[offset];
  const unsigned b = data[offset + 1];
  return static_cast<std::uint16_t>(order == ByteOrder::big_endian ? a << 8 | b : b << 8 | a);
}

std::uint32_t read_u32(ByteView data, std::size_t offset, ByteOrder order) {
  const std::uint32_t a = read_u16(data, offset, order);
  const std::uint32_t b = read_u16(data, offset + 2, order);
  return order == ByteOrder::big_endian ? a << 16 | b : b << 16 | a;
}

const TiffEntry* TiffDirectory::find(std::uint16_t tag) const {
  for (const TiffEntry& entry : entries) {
    if (entry.tag == tag)
      return &entry;
  }
  return nullptr;
}

std::optional<std::uint32_t> TiffDirectory::unsigned_value(std::uint16_t tag) const {
  const TiffEntry* entry = find(tag);
  if (entry == nullptr)
    return std::nullopt;
  if (entry->type == k_type_short && entry->value.size() >= 2)
    return read_u16(entry->value, 0, order);
  if (entry->type == k_type_long && entry->value.size() >= 4)
    return read_u32(entry->value, 0, order);
  return std::nullopt;
}

std::optional<TiffDirectory> read_first_directory(ByteView tiff) {
  if (tiff.size() < 10 || tiff[0] != tiff[1] || (tiff[0] != 'I' && tiff[0] != 'M'))
    return std::nullopt;
  TiffDirectory directory;
  directory.order = tiff[0] == 'M' ? ByteOrder::big_endian : ByteOrder::little_endian;
  if (read_u16(tiff, 2, directory.order) != 42)
    return std::nullopt;
  const std::uint64_t start = read_u32(tiff, 4, directory.order);
  if (start + 2 > tiff.size())
    return std::nullopt;
  const std::uint64_t count = read_u16(tiff, static_cast<std::size_t>(start), directory.order);
  if (start + 2 + count * 12 > tiff.size())
    return std::nullopt;
  for (std::uint64_t i = 0; i < count; ++i)
    directory.entries.push_back(
        read_entry(tiff, static_cast<std::size_t>(start + 2 + i * 12), directory.order));
  return directory;
}

}  // namespace imgopt::jpeg
