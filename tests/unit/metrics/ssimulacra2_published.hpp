// Scores that the reference implementation gave for pairs of test images.
//
// github.com/cloudinary/ssimulacra2, version 2.1, built with its own build script, run on a processor with
// AVX2 on the pairs written as PNG without colour chunks.
#pragma once

#include <array>
#include <cstdint>

#include "tests/unit/metrics/test_images.hpp"

namespace imgopt::test {

struct PublishedScore {
  const char* name;
  Scene scene;
  std::uint32_t width;
  std::uint32_t height;
  int channels;
  int bits;
  Distortion distortion;
  int strength;
  double score;
};

inline constexpr std::array<PublishedScore, 34> k_published_scores = {{
    // clang-format off
    {"SmallestSize", Scene::detail, 8, 8, 3, 8, Distortion::noise, 10, 94.09284555},
    {"TwoLevels", Scene::shapes, 15, 9, 3, 8, Distortion::steps, 20, 98.10265985},
    {"SixteenSquare", Scene::shapes, 16, 16, 3, 8, Distortion::blur, 100, 68.11448264},
    {"NarrowAndHigh", Scene::detail, 9, 301, 3, 8, Distortion::blur, 60, 86.83384968},
    {"WideAndLow", Scene::smooth, 700, 11, 3, 8, Distortion::noise, 5, 95.96877650},
    {"OddSides", Scene::detail, 31, 57, 3, 8, Distortion::blocks, 80, -37.97142193},
    {"IconSize", Scene::shapes, 64, 64, 3, 8, Distortion::noise, 4, 88.89845656},
    {"FiveLevels", Scene::smooth, 112, 200, 3, 8, Distortion::steps, 6, 82.15723085},
    {"SixLevels", Scene::smooth, 113, 200, 3, 8, Distortion::steps, 6, 92.07008853},
    {"LightNoise", Scene::smooth, 160, 120, 3, 8, Distortion::noise, 1, 96.25866345},
    {"StrongNoise", Scene::smooth, 160, 120, 3, 8, Distortion::noise, 60, 22.90894559},
    {"Posterized", Scene::smooth, 160, 120, 3, 8, Distortion::steps, 25, 47.64039425},
    {"SlightBlur", Scene::detail, 200, 140, 3, 8, Distortion::blur, 20, 90.44175801},
    {"FullBlur", Scene::detail, 200, 140, 3, 8, Distortion::blur, 100, 50.59744918},
    {"BlurredShapes", Scene::shapes, 200, 140, 3, 8, Distortion::blur, 50, 56.82179587},
    {"Blocks", Scene::shapes, 200, 140, 3, 8, Distortion::blocks, 100, 4.07570649},
    {"FaintBlocks", Scene::detail, 200, 140, 3, 8, Distortion::blocks, 15, 90.96908152},
    {"Darker", Scene::shapes, 140, 150, 3, 8, Distortion::darker, 10, 82.53949248},
    {"OnePixelChanged", Scene::smooth, 130, 130, 3, 8, Distortion::one_pixel, 1, 74.39768086},
    {"OneStrip", Scene::detail, 512, 40, 3, 8, Distortion::noise, 3, 93.99742811},
    {"OneColumnBeyondAStrip", Scene::detail, 513, 40, 3, 8, Distortion::noise, 3, 93.98942668},
    {"SevenColumnsBeyondAStrip", Scene::detail, 519, 40, 3, 8, Distortion::blur, 30, 41.95067448},
    {"TwoStrips", Scene::shapes, 800, 130, 3, 8, Distortion::noise, 2, 95.75339011},
    {"ThreeStripsManyRows", Scene::smooth, 1030, 300, 3, 8, Distortion::blocks, 40, 93.23247280},
    {"Grey", Scene::detail, 150, 130, 1, 8, Distortion::blur, 40, 81.99510067},
    {"GreyNearlyEqual", Scene::smooth, 150, 130, 1, 8, Distortion::noise, 1, 96.10581209},
    {"SixteenBits", Scene::smooth, 150, 130, 3, 16, Distortion::noise, 2, 96.33899030},
    {"SixteenBitGrey", Scene::smooth, 133, 121, 1, 16, Distortion::steps, 3, 95.52064510},
    {"Alpha", Scene::shapes, 150, 130, 4, 8, Distortion::blur, 50, 59.84287902},
    {"AlphaChanged", Scene::shapes, 150, 130, 4, 8, Distortion::transparency, 10, 65.66121916},
    {"AlphaNoise", Scene::smooth, 65, 77, 4, 8, Distortion::noise, 8, 78.93213693},
    {"GreyAlpha", Scene::detail, 90, 70, 2, 8, Distortion::blocks, 30, 90.80642034},
    {"SixteenBitAlpha", Scene::detail, 121, 119, 4, 16, Distortion::noise, 3, 96.01917376},
    {"SixteenBitGreyAlpha", Scene::shapes, 121, 119, 2, 16, Distortion::transparency, 3, 89.99380071},
    // clang-format on
}};

}  // namespace imgopt::test
