// Draws creatures for the game where no sprites are given: `draw_sprites FOLDER`.
//
// Pixel art as it comes out of an editor: few colours, hard edges, much transparency, RGBA without any
// packing. The same sprites on every machine.
#include <cstdint>
#include <cstdio>
#include <string>

#include "png_writer.hpp"

namespace {

constexpr std::uint32_t k_cells = 12;  // a creature is a grid of 12 x 12 cells
constexpr std::uint32_t k_zoom = 4;    // pixels a cell
constexpr std::uint32_t k_creatures = 48;
constexpr std::uint32_t k_frames = 2;

struct Rgb {
  std::uint8_t r, g, b;
};

constexpr Rgb k_bodies[] = {{126, 196, 76}, {92, 148, 212},  {204, 92, 84},
                            {196, 156, 64}, {148, 108, 188}, {88, 176, 164}};
constexpr Rgb k_outline = {34, 28, 40};
constexpr Rgb k_eye = {250, 246, 226};

std::uint32_t next(std::uint32_t& state) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

enum class Cell : std::uint8_t { empty, body, shade, eye };

struct Creature {
  Cell cells[k_cells][k_cells] = {};

  bool is_filled(int x, int y) const {
    return x >= 0 && y >= 0 && x < static_cast<int>(k_cells) && y < static_cast<int>(k_cells) &&
           cells[y][x] != Cell::empty;
  }
};

// Symmetric, denser towards the middle; the frames of one creature differ in its lowest rows, as if it
// walked.
Creature grow(std::uint32_t number, std::uint32_t frame) {
  Creature creature;
  std::uint32_t state = 0x9e3779b9u * (number + 1);
  for (std::uint32_t y = 1; y + 1 < k_cells; ++y) {
    if (y == k_cells - 3)
      state ^= frame * 0x85ebca6bu;
    for (std::uint32_t x = 1; x < k_cells / 2; ++x) {
      const std::uint32_t from_middle = (k_cells / 2 - 1 - x) + (y > 5 ? y - 5 : 5 - y);
      if (next(state) % 10 < from_middle)
        continue;
      const Cell cell = next(state) % 4 == 0 ? Cell::shade : Cell::body;
      creature.cells[y][x] = cell;
      creature.cells[y][k_cells - 1 - x] = cell;
    }
  }
  creature.cells[4][4] = Cell::eye;
  creature.cells[4][k_cells - 5] = Cell::eye;
  return creature;
}

drawing::Picture draw(std::uint32_t number, std::uint32_t frame) {
  const Creature creature = grow(number, frame);
  const Rgb body = k_bodies[number % std::size(k_bodies)];
  drawing::Picture picture(k_cells * k_zoom, k_cells * k_zoom, 4);
  for (std::uint32_t y = 0; y < picture.height; ++y) {
    for (std::uint32_t x = 0; x < picture.width; ++x) {
      const int cell_x = static_cast<int>(x / k_zoom);
      const int cell_y = static_cast<int>(y / k_zoom);
      Rgb color{};
      if (creature.is_filled(cell_x, cell_y)) {
        const Cell cell = creature.cells[cell_y][cell_x];
        color = cell == Cell::eye ? k_eye : body;
        if (cell == Cell::shade)
          color = {static_cast<std::uint8_t>(body.r * 3 / 4), static_cast<std::uint8_t>(body.g * 3 / 4),
                   static_cast<std::uint8_t>(body.b * 3 / 4)};
      } else if (creature.is_filled(cell_x - 1, cell_y) || creature.is_filled(cell_x + 1, cell_y) ||
                 creature.is_filled(cell_x, cell_y - 1) || creature.is_filled(cell_x, cell_y + 1)) {
        color = k_outline;
      } else {
        continue;
      }
      std::uint8_t* const out = picture.pixel(x, y);
      out[0] = color.r;
      out[1] = color.g;
      out[2] = color.b;
      out[3] = 255;
    }
  }
  return picture;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: draw_sprites FOLDER\n");
    return 2;
  }
  for (std::uint32_t number = 0; number < k_creatures; ++number) {
    for (std::uint32_t frame = 0; frame < k_frames; ++frame) {
      const std::string path =
          std::string(argv[1]) + "/creature-" + std::to_string(number) + "-" + std::to_string(frame) + ".png";
      if (!drawing::write_png(path, draw(number, frame))) {
        std::fprintf(stderr, "draw_sprites: %s: cannot write\n", path.c_str());
        return 1;
      }
    }
  }
  return 0;
}
