#include "worker/jpeg/jpeg_reader.hpp"

#include <array>
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <new>
#include <string>
#include <utility>

// jpeglib.h needs size_t and FILE declared before it.
#include <jerror.h>
#include <jpeglib.h>

namespace imgopt::jpeg {
namespace {

// libjpeg finds its user's data by these structs' first members, hence standard layout and no constructors.
struct ErrorState {
  jpeg_error_mgr manager;
  std::jmp_buf escape;
  int warning_code;  // first warning that means damage, 0: none
  char message[JMSG_LENGTH_MAX];
};

struct ScanLimit {
  jpeg_progress_mgr manager;
  int max_scans;
  int exceeded;
};

extern "C" {

static void leave_on_error(j_common_ptr info) {
  auto* state = reinterpret_cast<ErrorState*>(info->err);
  info->err->format_message(info, state->message);
  std::longjmp(state->escape, 1);
}

static void note_warning(j_common_ptr info, int level) {
  if (level >= 0)
    return;
  auto* state = reinterpret_cast<ErrorState*>(info->err);
  const int code = info->err->msg_code;
  // Odd versions in APP0 and APP14 say nothing about the data.
  if (state->warning_code != 0 || code == JWRN_JFIF_MAJOR || code == JWRN_ADOBE_XFORM)
    return;
  state->warning_code = code;
  info->err->format_message(info, state->message);
}

static void print_nothing(j_common_ptr) {}

static void stop_at_scan_limit(j_common_ptr info) {
  auto* limit = reinterpret_cast<ScanLimit*>(info->progress);
  const auto* decompress = reinterpret_cast<j_decompress_ptr>(info);
  if (decompress->input_scan_number <= limit->max_scans)
    return;
  limit->exceeded = 1;
  leave_on_error(info);
}

}  // extern "C"

// Owns a jpeg_decompress_struct. Each member function is one setjmp frame with trivial locals only; false
// means that libjpeg gave up, with the reason in message().
class Decompressor {
public:
  Decompressor() {
    m_info.err = jpeg_std_error(&m_error.manager);
    m_error.manager.error_exit = leave_on_error;
    m_error.manager.emit_message = note_warning;
    m_error.manager.output_message = print_nothing;
  }
  ~Decompressor() { jpeg_destroy_decompress(&m_info); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  bool read_header(const unsigned char* data, std::size_t size, int max_scans) {
    if (setjmp(m_error.escape) != 0)
      return false;
    jpeg_create_decompress(&m_info);
    m_limit.manager.progress_monitor = stop_at_scan_limit;
    m_limit.max_scans = max_scans;
    m_info.progress = &m_limit.manager;
    jpeg_mem_src(&m_info, data, static_cast<unsigned long>(size));
    jpeg_read_header(&m_info, TRUE);
    return true;
  }

  bool read_all_scans() {
    if (setjmp(m_error.escape) != 0)
      return false;
    m_arrays = jpeg_read_coefficients(&m_info);
    return m_arrays != nullptr;
  }

  // One row of blocks of component `index`, valid until the next call; nullptr on failure.
  const JBLOCK* block_row(int index, std::uint32_t y) {
    if (setjmp(m_error.escape) != 0)
      return nullptr;
    auto* common = reinterpret_cast<j_common_ptr>(&m_info);
    return m_info.mem->access_virt_barray(common, m_arrays[index], y, 1, FALSE)[0];
  }

  [[nodiscard]] const jpeg_decompress_struct& info() const { return m_info; }
  [[nodiscard]] bool scan_limit_exceeded() const { return m_limit.exceeded != 0; }
  [[nodiscard]] bool has_warning() const { return m_error.warning_code != 0; }
  [[nodiscard]] int error_code() const { return m_error.manager.msg_code; }
  [[nodiscard]] std::string message() const { return m_error.message; }

private:
  jpeg_decompress_struct m_info{};
  ErrorState m_error{};
  ScanLimit m_limit{};
  jvirt_barray_ptr* m_arrays = nullptr;
};

tl::unexpected<Error> library_error(const Decompressor& decompressor) {
  if (decompressor.scan_limit_exceeded())
    return fail(ErrorCode::limit_exceeded, "JPEG has more scans than allowed");
  switch (decompressor.error_code()) {
    case JERR_OUT_OF_MEMORY:
      return fail(ErrorCode::limit_exceeded, "out of memory while reading JPEG");
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_COMPONENT_COUNT:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_SOF_UNSUPPORTED:
    case JERR_NOTIMPL:
      return fail(ErrorCode::unsupported_image, "JPEG: " + decompressor.message());
    default:
      return fail(ErrorCode::corrupt_image, "JPEG: " + decompressor.message());
  }
}

Completeness completeness_of(const jpeg_decompress_struct& info) {
  if (info.progressive_mode == FALSE || info.coef_bits == nullptr)
    return Completeness::complete;
  for (int c = 0; c < info.num_components; ++c) {
    for (int k = 0; k < k_block_size; ++k) {
      if (info.coef_bits[c][k] != 0)
        return Completeness::partial;
    }
  }
  return Completeness::complete;
}

// What the writer can express: AC magnitudes of 15 bits, DC values whose differences have 15 bits.
bool coefficients_in_range(const Component& component) {
  for (std::size_t b = 0; b < component.block_count(); ++b) {
    const std::int16_t* block = component.block(b);
    if (block[0] < -16384 || block[0] > 16383)
      return false;
    bool has_minimum = false;
    for (int k = 1; k < k_block_size; ++k)
      has_minimum |= block[k] == INT16_MIN;
    if (has_minimum)
      return false;
  }
  return true;
}

bool has_distinct_ids(const CoefficientImage& image) {
  std::array<bool, 256> seen{};
  for (const Component& component : image.components) {
    if (std::exchange(seen[component.id], true))
      return false;
  }
  return true;
}

// A component without its coefficients.
Result<Component> read_component_header(const Decompressor& decompressor, int index) {
  const jpeg_component_info& info = decompressor.info().comp_info[index];
  if (info.quant_table == nullptr)
    return fail(ErrorCode::corrupt_image, "JPEG: a component has no scan");
  Component component;
  component.id = static_cast<std::uint8_t>(info.component_id);
  component.h_factor = static_cast<std::uint8_t>(info.h_samp_factor);
  component.v_factor = static_cast<std::uint8_t>(info.v_samp_factor);
  component.blocks_wide = info.width_in_blocks;
  component.blocks_high = info.height_in_blocks;
  // libjpeg keeps quantisers in row-major order.
  for (std::size_t k = 0; k < k_block_size; ++k)
    component.quantizers[k] = info.quant_table->quantval[k_zigzag_to_natural[k]];
  return component;
}

Result<Component> read_component(Decompressor& decompressor, int index) {
  IMGOPT_ASSIGN(Component component, read_component_header(decompressor, index));
  component.coefficients.resize(component.block_count() * k_block_size);
  std::int16_t* out = component.coefficients.data();
  for (std::uint32_t y = 0; y < component.blocks_high; ++y) {
    const JBLOCK* row = decompressor.block_row(index, y);
    if (row == nullptr)
      return library_error(decompressor);
    for (std::uint32_t x = 0; x < component.blocks_wide; ++x) {
      for (const std::uint8_t natural : k_zigzag_to_natural)
        *out++ = row[x][natural];
    }
  }
  if (!coefficients_in_range(component))
    return fail(ErrorCode::corrupt_image, "JPEG: a coefficient is out of range");
  return component;
}

// The sampling factors of a single component mean nothing; 1x1 frees it of the MCU grid.
void free_of_grid(Component& component) {
  component.h_factor = 1;
  component.v_factor = 1;
}

Result<void> open_all_scans(Decompressor& decompressor, ByteView jpeg, const ReadLimits& limits) {
  if (!decompressor.read_header(jpeg.data(), jpeg.size(), limits.max_scans))
    return library_error(decompressor);
  const jpeg_decompress_struct& info = decompressor.info();
  if (info.data_precision != 8)
    return fail(ErrorCode::unsupported_image, "JPEG with other than 8 bits a sample");
  if (info.num_components < 1 || info.num_components > k_max_components)
    return fail(ErrorCode::unsupported_image,
                "JPEG with " + std::to_string(info.num_components) + " components");
  if (std::uint64_t{info.image_width} * info.image_height > limits.max_pixels)
    return fail(ErrorCode::limit_exceeded, "JPEG has more pixels than allowed");
  if (!decompressor.read_all_scans())
    return library_error(decompressor);
  if (decompressor.has_warning())
    return fail(ErrorCode::corrupt_image, "JPEG: " + decompressor.message());
  return {};
}

Result<ReadImage> read_image(ByteView jpeg, const ReadLimits& limits) {
  Decompressor decompressor;
  IMGOPT_TRY(open_all_scans(decompressor, jpeg, limits));
  const jpeg_decompress_struct& info = decompressor.info();
  ReadImage result;
  result.image.width = info.image_width;
  result.image.height = info.image_height;
  result.completeness = completeness_of(info);
  for (int c = 0; c < info.num_components; ++c) {
    IMGOPT_ASSIGN(Component component, read_component(decompressor, c));
    result.image.components.push_back(std::move(component));
  }
  if (!has_distinct_ids(result.image))
    return fail(ErrorCode::corrupt_image, "JPEG: two components have one name");
  if (result.image.components.size() == 1)
    free_of_grid(result.image.components[0]);
  return result;
}

bool same_layout(const Component& a, const Component& b) {
  return a.h_factor == b.h_factor && a.v_factor == b.v_factor && a.blocks_wide == b.blocks_wide &&
         a.blocks_high == b.blocks_high && a.quantizers == b.quantizers;
}

Result<bool> holds_component(Decompressor& decompressor, int index, const Component& expected) {
  const std::int16_t* wanted = expected.coefficients.data();
  for (std::uint32_t y = 0; y < expected.blocks_high; ++y) {
    const JBLOCK* row = decompressor.block_row(index, y);
    if (row == nullptr)
      return library_error(decompressor);
    int difference = 0;
    for (std::uint32_t x = 0; x < expected.blocks_wide; ++x) {
      for (const std::uint8_t natural : k_zigzag_to_natural)
        difference |= row[x][natural] ^ *wanted++;
    }
    if (difference != 0)
      return false;
  }
  return true;
}

Result<bool> holds(ByteView jpeg, const CoefficientImage& expected) {
  Decompressor decompressor;
  IMGOPT_TRY(open_all_scans(decompressor, jpeg, {UINT64_MAX, INT32_MAX}));
  const jpeg_decompress_struct& info = decompressor.info();
  if (info.image_width != expected.width || info.image_height != expected.height ||
      static_cast<std::size_t>(info.num_components) != expected.components.size())
    return false;
  for (int c = 0; c < info.num_components; ++c) {
    const Component& wanted = expected.components[static_cast<std::size_t>(c)];
    IMGOPT_ASSIGN(Component header, read_component_header(decompressor, c));
    if (info.num_components == 1)
      free_of_grid(header);
    if (!same_layout(header, wanted))
      return false;
    IMGOPT_ASSIGN(const bool is_same, holds_component(decompressor, c, wanted));
    if (!is_same)
      return false;
  }
  return true;
}

}  // namespace

Result<ReadImage> read_coefficients(ByteView jpeg, const ReadLimits& limits) {
  try {
    return read_image(jpeg, limits);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::limit_exceeded, "out of memory while reading JPEG");
  }
}

Result<bool> holds_coefficients(ByteView jpeg, const CoefficientImage& image) {
  try {
    return holds(jpeg, image);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::limit_exceeded, "out of memory while reading JPEG");
  }
}

}  // namespace imgopt::jpeg
