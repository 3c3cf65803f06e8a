#include "base/digest.hpp"

#include <sys/random.h>

#include <cstdlib>
#include <vector>

#define XXH_STATIC_LINKING_ONLY
#include <nettle/sha2.h>
#include <xxhash.h>

namespace imgopt {

namespace {

Digest128 canonical(XXH128_hash_t hash) {
  XXH128_canonical_t out;
  XXH128_canonicalFromHash(&out, hash);
  Digest128 digest;
  std::copy(std::begin(out.digest), std::end(out.digest), digest.bytes.begin());
  return digest;
}

void fill_random(std::span<std::uint8_t> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = getrandom(out.data() + done, out.size() - done, 0);
    // getrandom fails only where the kernel has none (before 3.17), and then nothing here can work.
    if (got < 0)
      std::abort();
    done += static_cast<std::size_t>(got);
  }
}

}  // namespace

std::string to_hex(ByteView bytes) {
  constexpr std::string_view k_digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += k_digits[byte >> 4];
    text += k_digits[byte & 15];
  }
  return text;
}

std::string Digest128::hex() const {
  return to_hex(bytes);
}
std::string Sha256Digest::hex() const {
  return to_hex(bytes);
}

DigestSecret::DigestSecret(const DigestSeed& seed) {
  static_assert(sizeof(m_bytes) >= XXH3_SECRET_SIZE_MIN);
  XXH3_generateSecret(m_bytes.data(), m_bytes.size(), seed.bytes.data(), seed.bytes.size());
}

Digest128 DigestSecret::digest(ByteView bytes) const {
  // XXH3 hashes short inputs with the secret directly, so one-shot and streaming agree for every length.
  return canonical(XXH3_128bits_withSecret(bytes.data(), bytes.size(), m_bytes.data(), m_bytes.size()));
}

Digest128 DigestSecret::id() const {
  constexpr std::string_view k_text = "imgopt digest secret id";
  return digest({reinterpret_cast<const std::uint8_t*>(k_text.data()), k_text.size()});
}

struct Hasher::State {
  XXH3_state_t xxh;
};

const DigestSecret& public_secret() {
  static const DigestSecret secret{DigestSeed{}};
  return secret;
}

Hasher::Hasher(const DigestSecret& secret) : m_secret(&secret), m_state(std::make_unique<State>()) {
  XXH3_INITSTATE(&m_state->xxh);
  reset();
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::reset() {
  XXH3_128bits_reset_withSecret(&m_state->xxh, m_secret->bytes().data(), m_secret->bytes().size());
}
void Hasher::update(ByteView bytes) {
  XXH3_128bits_update(&m_state->xxh, bytes.data(), bytes.size());
}
void Hasher::update(std::string_view text) {
  XXH3_128bits_update(&m_state->xxh, text.data(), text.size());
}
void Hasher::update_number(std::uint64_t value) {
  std::array<std::uint8_t, 8> little;
  for (std::size_t i = 0; i < little.size(); ++i)
    little[i] = static_cast<std::uint8_t>(value >> (8 * i));
  update(ByteView(little));
}
Digest128 Hasher::finish() const {
  return canonical(XXH3_128bits_digest(&m_state->xxh));
}

struct Sha256Hasher::State {
  sha256_ctx context;
};

Sha256Hasher::Sha256Hasher() : m_state(std::make_unique<State>()) {
  sha256_init(&m_state->context);
}
Sha256Hasher::~Sha256Hasher() = default;
Sha256Hasher::Sha256Hasher(Sha256Hasher&&) noexcept = default;
Sha256Hasher& Sha256Hasher::operator=(Sha256Hasher&&) noexcept = default;
void Sha256Hasher::update(ByteView bytes) {
  sha256_update(&m_state->context, bytes.size(), bytes.data());
}
Sha256Digest Sha256Hasher::finish() {
  Sha256Digest digest;
  sha256_digest(&m_state->context, digest.bytes.size(), digest.bytes.data());
  return digest;
}

Sha256Digest sha256(ByteView bytes) {
  Sha256Hasher hasher;
  hasher.update(bytes);
  return hasher.finish();
}

DigestSeed random_seed() {
  DigestSeed seed;
  fill_random(seed.bytes);
  return seed;
}

std::string random_name(std::size_t bytes) {
  std::vector<std::uint8_t> raw(bytes);
  fill_random(raw);
  return to_hex(raw);
}

}  // namespace imgopt
