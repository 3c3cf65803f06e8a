// Draws landscapes for the gallery where no photographs are given: `draw_photos FOLDER WIDTH`.
//
// Ridges of value noise before a sky, farther ones hazier, and the grain of a sensor, so that the encoders
// meet what a photograph has: smooth gradients, edges and noise. The same pictures on every machine.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "png_writer.hpp"

namespace {

struct Color {
  double r, g, b;
};

Color mix(Color a, Color b, double t) {
  return {a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

struct Scene {
  const char* name;
  std::uint32_t seed;
  Color zenith, horizon, near_ground, sun;
  double sun_x, sun_y, roughness;
};

constexpr Scene k_scenes[] = {
    {"first-light", 11, {38, 52, 104}, {250, 186, 148}, {22, 26, 44}, {255, 226, 190}, 0.56, 0.29, 1.0},
    {"high-noon", 23, {46, 116, 196}, {206, 230, 244}, {46, 78, 40}, {255, 252, 240}, 0.72, 0.16, 1.3},
    {"red-desert", 37, {92, 140, 190}, {246, 214, 170}, {128, 52, 26}, {255, 244, 214}, 0.55, 0.22, 0.6},
    {"evening-fjord", 41, {30, 34, 82}, {240, 128, 92}, {14, 20, 34}, {255, 196, 120}, 0.86, 0.22, 1.2},
    {"moonlit-pass", 59, {8, 12, 30}, {62, 82, 128}, {6, 10, 18}, {226, 232, 246}, 0.24, 0.2, 1.6},
    {"misty-hills", 73, {150, 168, 178}, {228, 232, 228}, {48, 70, 60}, {250, 248, 238}, 0.5, 0.3, 0.8},
};

std::uint32_t hash(std::uint32_t x, std::uint32_t y, std::uint32_t seed) {
  std::uint32_t h = x * 0x9e3779b1u ^ y * 0x85ebca6bu ^ seed * 0xc2b2ae35u;
  h = (h ^ h >> 15) * 0x2c1b3c6du;
  h = (h ^ h >> 12) * 0x297a2d39u;
  return h ^ h >> 15;
}

// 0..1, the same at the same place of the lattice.
double lattice(int x, int y, std::uint32_t seed) {
  return hash(static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y), seed) / 4294967295.0;
}

double noise(double x, double y, std::uint32_t seed) {
  const int x0 = static_cast<int>(std::floor(x));
  const int y0 = static_cast<int>(std::floor(y));
  const auto ease = [](double t) { return t * t * (3 - 2 * t); };
  const double tx = ease(x - x0);
  const double ty = ease(y - y0);
  const double top = lattice(x0, y0, seed) * (1 - tx) + lattice(x0 + 1, y0, seed) * tx;
  const double bottom = lattice(x0, y0 + 1, seed) * (1 - tx) + lattice(x0 + 1, y0 + 1, seed) * tx;
  return top * (1 - ty) + bottom * ty;
}

double fractal(double x, double y, std::uint32_t seed, int octaves) {
  double sum = 0;
  double weight = 0.5;
  for (int octave = 0; octave < octaves; ++octave, x *= 2, y *= 2, weight /= 2)
    sum += weight * noise(x, y, seed + static_cast<std::uint32_t>(octave));
  return sum;
}

drawing::Picture draw(const Scene& scene, std::uint32_t width) {
  constexpr int k_ridges = 6;
  const std::uint32_t height = width * 2 / 3;
  drawing::Picture picture(width, height, 3);
  for (std::uint32_t px = 0; px < width; ++px) {
    const double x = static_cast<double>(px) / width;
    double crest[k_ridges];
    for (int ridge = 0; ridge < k_ridges; ++ridge) {
      const double nearness = (ridge + 1.0) / k_ridges;
      const double shape =
          fractal(x * (2 + 2.5 * nearness) * scene.roughness + ridge * 17, ridge, scene.seed, 8);
      crest[ridge] = 0.36 + 0.5 * nearness - 0.34 * (1.15 - 0.5 * nearness) * shape;
    }
    for (std::uint32_t py = 0; py < height; ++py) {
      const double y = static_cast<double>(py) / height;
      Color color = mix(scene.zenith, scene.horizon, std::pow(std::min(1.0, y / 0.62), 1.4));
      const double clouds = fractal(x * 5, y * 13, scene.seed + 100, 6);
      color = mix(color, scene.sun, std::clamp((clouds - 0.5) * 1.6, 0.0, 0.5));
      const double distance = std::hypot(x - scene.sun_x, (y - scene.sun_y) * 2 / 3);
      color = mix(color, scene.sun, distance < 0.03 ? 1.0 : 0.75 * std::exp(-(distance - 0.03) * 9));
      for (int ridge = 0; ridge < k_ridges; ++ridge) {
        if (y < crest[ridge])
          continue;
        const double nearness = (ridge + 1.0) / k_ridges;
        const double depth = y - crest[ridge];
        color = mix(mix(scene.horizon, scene.near_ground, std::pow(nearness, 0.7)), scene.horizon,
                    std::clamp(depth * 1.6 * (1 - nearness), 0.0, 0.6));
        const double texture = fractal(x * 60 * nearness + 3, y * 90 * nearness, scene.seed + 200, 4) - 0.47;
        const double shade = 1 + texture * 0.9 * nearness;
        color = {color.r * shade, color.g * shade, color.b * shade};
      }
      const double grain = (lattice(static_cast<int>(px), static_cast<int>(py), scene.seed + 300) - 0.5) * 5;
      std::uint8_t* const out = picture.pixel(px, py);
      out[0] = static_cast<std::uint8_t>(std::clamp(color.r + grain, 0.0, 255.0));
      out[1] = static_cast<std::uint8_t>(std::clamp(color.g + grain, 0.0, 255.0));
      out[2] = static_cast<std::uint8_t>(std::clamp(color.b + grain, 0.0, 255.0));
    }
  }
  return picture;
}

}  // namespace

int main(int argc, char** argv) {
  const int width = argc == 3 ? std::atoi(argv[2]) : 0;
  if (width < 16 || width > 8192) {
    std::fprintf(stderr, "usage: draw_photos FOLDER WIDTH (16..8192)\n");
    return 2;
  }
  for (const Scene& scene : k_scenes) {
    const std::string path = std::string(argv[1]) + "/" + scene.name + ".png";
    if (!drawing::write_png(path, draw(scene, static_cast<std::uint32_t>(width)))) {
      std::fprintf(stderr, "draw_photos: %s: cannot write\n", path.c_str());
      return 1;
    }
  }
  return 0;
}
