// Images that the worker's tests make themselves, and the pipeline run on them.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>
#include <vips/vips8>

#include "base/bytes.hpp"
#include "protocol/output_settings.hpp"
#include "protocol/record_results.hpp"
#include "worker/optimize_record.hpp"
#include "worker/source_image.hpp"

namespace imgopt::test {

// Starts libvips once for the program.
class WorkerTest : public ::testing::Test {
protected:
  static void SetUpTestSuite();
};

// Gradients with a texture: compresses like a photograph. 8-bit sRGB, in memory.
[[nodiscard]] vips::VImage photograph(int width, int height);
// Flat areas with hard edges: 8-bit RGBA, corners fully transparent and a half-transparent disc's rim.
[[nodiscard]] vips::VImage sprite(int width, int height);
[[nodiscard]] vips::VImage grey(int width, int height);
// The photograph with 16 bits that 8 could not hold.
[[nodiscard]] vips::VImage deep_photograph(int width, int height);
// `frames` differently coloured RGBA frames of 100 ms each, stacked.
[[nodiscard]] vips::VImage animation(int width, int height, int frames);

// Writes through libvips' saver of the format; `options` may be null.
[[nodiscard]] Bytes save(const vips::VImage& image, ImageFormat format, vips::VOption* options = nullptr);
// All frames, decoded.
[[nodiscard]] vips::VImage load(ByteView bytes);

struct Outcome {
  ResultSlot slot;
  Bytes data;
  [[nodiscard]] SlotStatus status() const { return static_cast<SlotStatus>(slot.status); }
  [[nodiscard]] FailureKind failure() const { return static_cast<FailureKind>(slot.failure); }
  [[nodiscard]] bool has(OutputNote note) const { return (slot.notes & bit(note)) != 0; }
};

// The record pipeline, header and limits included, in the order of `outputs`.
[[nodiscard]] std::vector<Outcome> optimize(ByteView source, const std::vector<OutputSettings>& outputs,
                                            const SourceLimits& limits = {});
[[nodiscard]] Outcome optimize_one(ByteView source, const OutputSettings& output,
                                   const SourceLimits& limits = {});

[[nodiscard]] OutputSettings settings_for(ImageFormat format, Lossless lossless = Lossless::no);
[[nodiscard]] OutputSettings at_width(OutputSettings settings, std::uint32_t width);

// Largest and mean difference of samples; images of different shape are infinitely far apart.
[[nodiscard]] double largest_difference(const vips::VImage& a, const vips::VImage& b);
[[nodiscard]] double mean_difference(const vips::VImage& a, const vips::VImage& b);

}  // namespace imgopt::test
