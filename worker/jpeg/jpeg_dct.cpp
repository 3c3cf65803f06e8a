#include "worker/jpeg/jpeg_dct.hpp"

#include <array>
#include <cstddef>

#include "worker/jpeg/jpeg_constants.hpp"

namespace imgopt::jpeg {
namespace {

// k_basis[u][x] = C(u) / 2 * cos((2x + 1) u pi / 16), C(0) = sqrt(1/2), else 1.
constexpr std::array<std::array<float, 8>, 8> k_basis = [] {
  // cos(n pi / 16) for n = 0..8
  constexpr std::array<double, 9> k_cosine = {1.0,
                                              0.98078528040323044913,
                                              0.92387953251128675613,
                                              0.83146961230254523708,
                                              0.70710678118654752440,
                                              0.55557023301960222474,
                                              0.38268343236508977173,
                                              0.19509032201612826785,
                                              0.0};
  std::array<std::array<float, 8>, 8> basis{};
  for (std::size_t u = 0; u < 8; ++u) {
    for (std::size_t x = 0; x < 8; ++x) {
      std::size_t n = (2 * x + 1) * u % 32;
      double sign = 1.0;
      if (n > 16)
        n = 32 - n;
      if (n > 8) {
        n = 16 - n;
        sign = -1.0;
      }
      const double scale = u == 0 ? 0.5 * k_cosine[4] : 0.5;
      basis[u][x] = static_cast<float>(sign * scale * k_cosine[n]);
    }
  }
  return basis;
}();

using Block = std::array<std::array<float, 8>, 8>;

// out[u][x] = sum over y of basis[u][y] * in[y][x]
Block transform_columns(const Block& in) {
  Block out{};
  for (std::size_t u = 0; u < 8; ++u) {
    std::array<float, 8> sum{};
    for (std::size_t y = 0; y < 8; ++y) {
      const float factor = k_basis[u][y];
      for (std::size_t x = 0; x < 8; ++x)
        sum[x] += factor * in[y][x];
    }
    out[u] = sum;
  }
  return out;
}

Block transposed(const Block& in) {
  Block out;
  for (std::size_t y = 0; y < 8; ++y) {
    for (std::size_t x = 0; x < 8; ++x)
      out[x][y] = in[y][x];
  }
  return out;
}

}  // namespace

std::vector<float> forward_dct(const Plane& plane) {
  const std::uint32_t blocks_wide = plane.width / 8;
  const std::uint32_t blocks_high = plane.height / 8;
  std::vector<float> coefficients(std::size_t{blocks_wide} * blocks_high * k_block_size);
  float* out = coefficients.data();
  for (std::uint32_t by = 0; by < blocks_high; ++by) {
    for (std::uint32_t bx = 0; bx < blocks_wide; ++bx) {
      Block block;
      for (std::uint32_t y = 0; y < 8; ++y) {
        const float* row = plane.row(by * 8 + y) + std::size_t{bx} * 8;
        for (std::size_t x = 0; x < 8; ++x)
          block[y][x] = row[x];
      }
      // Twice along the columns with a transposition between leaves the result transposed.
      const Block result = transform_columns(transposed(transform_columns(block)));
      for (std::size_t k = 0; k < k_block_size; ++k) {
        const std::size_t natural = k_zigzag_to_natural[k];
        out[k] = result[natural % 8][natural / 8];
      }
      out += k_block_size;
    }
  }
  return coefficients;
}

}  // namespace imgopt::jpeg
