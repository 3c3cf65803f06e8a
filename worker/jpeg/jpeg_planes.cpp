#include "worker/jpeg/jpeg_planes.hpp"

#include <algorithm>

namespace imgopt::jpeg {
namespace {

std::uint32_t whole_blocks(std::uint32_t size) {
  return (size + 7) / 8 * 8;
}

Plane make_plane(std::uint32_t width, std::uint32_t height) {
  Plane plane{whole_blocks(width), whole_blocks(height), {}};
  plane.samples.resize(std::size_t{plane.width} * plane.height);
  return plane;
}

void fill_row(float* row, std::uint32_t used, std::uint32_t width) {
  std::fill(row + used, row + width, row[used - 1]);
}

void fill_rows(Plane& plane, std::uint32_t used) {
  for (std::uint32_t y = used; y < plane.height; ++y)
    std::copy_n(plane.row(used - 1), plane.width, plane.row(y));
}

Plane grey_plane(const PixelView& pixels) {
  Plane plane = make_plane(pixels.width, pixels.height);
  for (std::uint32_t y = 0; y < pixels.height; ++y) {
    const std::uint8_t* in = pixels.data.data() + std::size_t{y} * pixels.width;
    float* out = plane.row(y);
    for (std::uint32_t x = 0; x < pixels.width; ++x)
      out[x] = static_cast<float>(in[x]) - 128.0F;
    fill_row(out, pixels.width, plane.width);
  }
  fill_rows(plane, pixels.height);
  return plane;
}

struct ChromaRows {
  std::vector<float> blue;
  std::vector<float> red;
};

// One row of luma into `luma` and of chroma, not yet subsampled, into `chroma`.
void convert_row(const std::uint8_t* in, std::uint32_t width, float* luma, ChromaRows& chroma) {
  float* blue = chroma.blue.data();
  float* red = chroma.red.data();
  for (std::uint32_t x = 0; x < width; ++x) {
    const auto r = static_cast<float>(in[3 * x]);
    const auto g = static_cast<float>(in[3 * x + 1]);
    const auto b = static_cast<float>(in[3 * x + 2]);
    const float y = 0.299F * r + 0.587F * g + 0.114F * b;
    luma[x] = y - 128.0F;
    blue[x] = (b - y) * (1.0F / 1.772F);
    red[x] = (r - y) * (1.0F / 1.402F);
  }
}

// Adds a row to its chroma row, `ratio` samples into one.
void add_subsampled(const std::vector<float>& in, std::uint32_t ratio, float weight, float* out,
                    std::uint32_t out_width) {
  if (ratio == 1) {
    for (std::uint32_t x = 0; x < out_width; ++x)
      out[x] += in[x] * weight;
    return;
  }
  for (std::uint32_t x = 0; x < out_width; ++x)
    out[x] += (in[2 * x] + in[2 * x + 1]) * (weight * 0.5F);
}

}  // namespace

std::vector<Plane> make_planes(const PixelView& pixels, const ChromaRatio& ratio) {
  std::vector<Plane> planes;
  if (pixels.channels == 1) {
    planes.push_back(grey_plane(pixels));
    return planes;
  }
  const std::uint32_t chroma_width = (pixels.width + ratio.horizontal - 1) / ratio.horizontal;
  const std::uint32_t chroma_height = (pixels.height + ratio.vertical - 1) / ratio.vertical;
  planes.push_back(make_plane(pixels.width, pixels.height));
  planes.push_back(make_plane(chroma_width, chroma_height));
  planes.push_back(make_plane(chroma_width, chroma_height));
  ChromaRows chroma;
  chroma.blue.resize(std::size_t{chroma_width} * ratio.horizontal);
  chroma.red.resize(chroma.blue.size());
  for (std::uint32_t y = 0; y < pixels.height; ++y) {
    float* luma = planes[0].row(y);
    convert_row(pixels.data.data() + std::size_t{y} * pixels.row_bytes(), pixels.width, luma, chroma);
    fill_row(luma, pixels.width, planes[0].width);
    std::fill(chroma.blue.begin() + pixels.width, chroma.blue.end(), chroma.blue[pixels.width - 1]);
    std::fill(chroma.red.begin() + pixels.width, chroma.red.end(), chroma.red[pixels.width - 1]);
    const std::uint32_t chroma_y = y / ratio.vertical;
    // The last row stands alone where the height is odd.
    const bool is_alone = ratio.vertical == 1 || (y + 1 == pixels.height && y % 2 == 0);
    const float weight = is_alone ? 1.0F : 0.5F;
    add_subsampled(chroma.blue, ratio.horizontal, weight, planes[1].row(chroma_y), chroma_width);
    add_subsampled(chroma.red, ratio.horizontal, weight, planes[2].row(chroma_y), chroma_width);
  }
  for (std::size_t c = 1; c < 3; ++c) {
    for (std::uint32_t y = 0; y < chroma_height; ++y)
      fill_row(planes[c].row(y), chroma_width, planes[c].width);
    fill_rows(planes[c], chroma_height);
  }
  fill_rows(planes[0], pixels.height);
  return planes;
}

void sharpen(Plane& plane, float amount) {
  const Plane before = plane;
  const float own = 1.0F + 4.0F * amount;
  for (std::uint32_t y = 0; y < plane.height; ++y) {
    const float* above = before.row(y > 0 ? y - 1 : 0);
    const float* row = before.row(y);
    const float* below = before.row(std::min(y + 1, plane.height - 1));
    float* out = plane.row(y);
    const auto sharpen_at = [&](std::uint32_t left, std::uint32_t x, std::uint32_t right) {
      out[x] = own * row[x] - amount * ((row[left] + row[right]) + (above[x] + below[x]));
    };
    const std::uint32_t last = plane.width - 1;
    sharpen_at(0, 0, 1);
    for (std::uint32_t x = 1; x < last; ++x)
      sharpen_at(x - 1, x, x + 1);
    sharpen_at(last - 1, last, last);
  }
}

}  // namespace imgopt::jpeg
