#include "tool/plan/output_key.hpp"

namespace imgopt {

namespace {

// Names delimit values: each part is its name's length, its name, and a value of fixed length.
class DigestSink {
public:
  explicit DigestSink(const DigestSecret& secret) : m_hasher(secret) {}
  void number(std::string_view name, std::uint64_t value) {
    part(name);
    m_hasher.update_number(value);
  }
  void digest(std::string_view name, const Digest128& value) {
    part(name);
    m_hasher.update(ByteView(value.bytes));
  }
  [[nodiscard]] Digest128 finish() const { return m_hasher.finish(); }

private:
  void part(std::string_view name) {
    m_hasher.update_number(name.size());
    m_hasher.update(name);
  }
  Hasher m_hasher;
};

}  // namespace

Digest128 build_key(const KeyInputs& inputs, const DigestSecret& secret) {
  DigestSink sink(secret);
  visit_key_parts(inputs, sink);
  return sink.finish();
}

Digest128 build_choice_key(std::span<const Digest128> candidates, const DigestSecret& secret) {
  DigestSink sink(secret);
  sink.number("choice-of", candidates.size());
  for (const Digest128& candidate : candidates)
    sink.digest("candidate", candidate);
  return sink.finish();
}

}  // namespace imgopt
