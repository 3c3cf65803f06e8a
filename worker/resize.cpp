#include "worker/resize.hpp"

#include <vector>

namespace imgopt {

namespace {

using vips::VImage;

VImage scaled(const VImage& image, PixelSize size, VipsKernel kernel) {
  const double horizontal = static_cast<double>(size.width) / image.width();
  const double vertical = static_cast<double>(size.height) / image.height();
  VImage result = image.resize(horizontal, VImage::option()->set("vscale", vertical)->set("kernel", kernel));
  // libvips rounds to the nearest pixel itself; the size is a promise, so it is held whatever its rounding.
  if (result.width() == static_cast<int>(size.width) && result.height() == static_cast<int>(size.height))
    return result;
  return result.embed(0, 0, static_cast<int>(size.width), static_cast<int>(size.height),
                      VImage::option()->set("extend", VIPS_EXTEND_COPY));
}

// Colour under transparency must not bleed into what is visible, so alpha weighs it while pixels mix.
VImage scaled_colour(const VImage& image, PixelSize size) {
  if (image.bands() != 2 && image.bands() != 4)
    return scaled(image, size, VIPS_KERNEL_LANCZOS3);
  const VipsBandFormat format = image.format();
  const double most = format == VIPS_FORMAT_USHORT ? 65535.0 : 255.0;
  const VImage weighted = image.premultiply(VImage::option()->set("max_alpha", most));
  return scaled(weighted, size, VIPS_KERNEL_LANCZOS3)
      .unpremultiply(VImage::option()->set("max_alpha", most))
      .rint()
      .cast(format);
}

// The red, green and blue of a tangent-space normal map are a vector's coordinates; their mean is a vector
// that is too short.
VImage scaled_normals(const VImage& image, PixelSize size) {
  VImage shrunk = scaled(image, size, VIPS_KERNEL_LANCZOS3);
  if (shrunk.bands() < 3)
    return shrunk;
  const double half = image.format() == VIPS_FORMAT_USHORT ? 32767.5 : 127.5;
  const VImage vectors = shrunk.extract_band(0, VImage::option()->set("n", 3)) / half - 1.0;
  const VImage squares = vectors * vectors;
  const VImage length = (squares[0] + squares[1] + squares[2]).pow(0.5);
  const VImage unit = (length > 1e-3).ifthenelse(vectors / length, vectors);
  VImage result = ((unit + 1.0) * half).rint().cast(image.format());
  if (shrunk.bands() == 4)
    result = result.bandjoin(shrunk[3]);
  return result.copy(VImage::option()->set("interpretation", image.interpretation()));
}

VImage resized_frame(const VImage& frame, PixelSize size, ResizeKernel kernel) {
  switch (kernel) {
    case ResizeKernel::nearest:
      return scaled(frame, size, VIPS_KERNEL_NEAREST);
    case ResizeKernel::data:
      return scaled(frame, size, VIPS_KERNEL_LANCZOS3);
    case ResizeKernel::normal:
      return scaled_normals(frame, size);
    case ResizeKernel::colour:
      break;
  }
  return scaled_colour(frame, size);
}

}  // namespace

VImage each_frame(const VImage& stack, std::uint32_t frames,
                  const std::function<VImage(const VImage&)>& change) {
  if (frames == 1)
    return change(stack);
  const int height = stack.height() / static_cast<int>(frames);
  std::vector<VImage> changed;
  changed.reserve(frames);
  for (int frame = 0; frame < static_cast<int>(frames); ++frame)
    changed.push_back(change(stack.crop(0, frame * height, stack.width(), height)));
  return VImage::arrayjoin(changed, VImage::option()->set("across", 1));
}

VImage resized(const VImage& stack, std::uint32_t frames, PixelSize size, ResizeKernel kernel) {
  if (stack.width() == static_cast<int>(size.width) &&
      stack.height() == static_cast<int>(size.height) * static_cast<int>(frames))
    return stack;
  return each_frame(stack, frames, [&](const VImage& frame) { return resized_frame(frame, size, kernel); });
}

}  // namespace imgopt
