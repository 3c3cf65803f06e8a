// Digests of content: XXH3-128 keyed with a secret for everything local, SHA-256 for what leaves the machine.
//
// An unkeyed XXH3 collision can be crafted, and images come from strangers; so local digests are keyed with a
// random secret that the cache (or, without a cache, the build state) owns. A digest means something only
// together with its secret.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace imgopt {

struct Digest128 {
  std::array<std::uint8_t, 16> bytes{};  // canonical (big-endian) order
  auto operator<=>(const Digest128&) const = default;
  [[nodiscard]] std::string hex() const;
};
static_assert(sizeof(Digest128) == 16);

struct Sha256Digest {
  std::array<std::uint8_t, 32> bytes{};
  auto operator<=>(const Sha256Digest&) const = default;
  [[nodiscard]] std::string hex() const;
};
static_assert(sizeof(Sha256Digest) == 32);

// Lower-case hexadecimal, two characters a byte.
[[nodiscard]] std::string to_hex(ByteView bytes);

// 32 random bytes from which the XXH3 secret is derived.
struct DigestSeed {
  std::array<std::uint8_t, 32> bytes{};
  auto operator<=>(const DigestSeed&) const = default;
};

// The XXH3 secret derived from a seed. Immutable, so threads may share one.
class DigestSecret {
public:
  explicit DigestSecret(const DigestSeed& seed);
  // Tells secrets apart without giving them away: a digest of a fixed text under this secret.
  [[nodiscard]] Digest128 id() const;
  [[nodiscard]] Digest128 digest(ByteView bytes) const;
  [[nodiscard]] ByteView bytes() const { return m_bytes; }

private:
  std::array<std::uint8_t, 192> m_bytes{};
};

// The same everywhere: for digests that guard against accidents and nothing else.
[[nodiscard]] const DigestSecret& public_secret();

// Streaming keyed XXH3-128. The secret must outlive it.
class Hasher {
public:
  explicit Hasher(const DigestSecret& secret);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void reset();
  void update(ByteView bytes);
  void update(std::string_view text);
  // A number as eight little-endian bytes.
  void update_number(std::uint64_t value);
  [[nodiscard]] Digest128 finish() const;

private:
  struct State;
  const DigestSecret* m_secret;
  std::unique_ptr<State> m_state;
};

// Streaming SHA-256.
class Sha256Hasher {
public:
  Sha256Hasher();
  ~Sha256Hasher();
  Sha256Hasher(Sha256Hasher&&) noexcept;
  Sha256Hasher& operator=(Sha256Hasher&&) noexcept;
  void update(ByteView bytes);
  [[nodiscard]] Sha256Digest finish();

private:
  struct State;
  std::unique_ptr<State> m_state;
};

[[nodiscard]] Sha256Digest sha256(ByteView bytes);

// Fills with bytes from the system's random source.
[[nodiscard]] DigestSeed random_seed();
// `bytes` random bytes as hexadecimal: for names that nobody can guess.
[[nodiscard]] std::string random_name(std::size_t bytes);

}  // namespace imgopt
