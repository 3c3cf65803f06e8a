// Fuzzes BuildState::open with changes: the bytes as they are, and with a header that fits their records,
// content and state.
#include "tool/state/state_changes.hpp"

#include <algorithm>

#include "tests/fuzz/fuzz_target.hpp"

namespace imgopt::fuzz {
namespace {

constexpr int k_sources = 20;

// Twenty images with two outputs each.
Bytes unchanged_state() {
  StateBuilder builder({});
  StateSource source;
  source.kind = static_cast<std::uint8_t>(ContentKind::image);
  source.format = static_cast<std::uint8_t>(ImageFormat::png);
  StateOutput output;
  output.format = static_cast<std::uint8_t>(ImageFormat::webp);
  for (int i = 10; i < 10 + k_sources; ++i) {
    builder.add_source(source, std::to_string(i) + ".png");
    builder.add_output(output, std::to_string(i) + ".png");
    builder.add_output(output, std::to_string(i) + ".webp");
  }
  return builder.bytes();
}

void lay_over_and_walk(ByteView changes) {
  Bytes bytes = unchanged_state();
  const auto state = BuildState::open(std::span(bytes), changes);
  if (!state) {
    require(state.error().code == ErrorCode::corrupt, "bad changes are corrupt");
    return;
  }
  std::size_t outputs = 0;
  for (const StateSource& source : state->sources()) {
    require(state->text(source.name).size() == std::string_view("10.png").size(), "a name stays");
    for (const StateOutput& output : state->outputs_of(source)) {
      require(state->text(output.path).starts_with(state->text(source.name).substr(0, 2)), "a path stays");
      require(output.format < k_format_slots, "an output's format indexes tables");
      require(state->recipe_of(output) == nullptr, "there is no recipe");
      ++outputs;
    }
  }
  require(outputs == 2 * k_sources, "the outputs are those of the state");
  require(std::count(state->invocation().begin(), state->invocation().end(), 'x') < PTRDIFF_MAX,
          "the invocation can be read");
  // What was laid over it is what the next changes begin with.
  const Bytes again = StateChanges(*state, state->identity(), state->invocation()).bytes();
  Bytes other = unchanged_state();
  require(BuildState::open(std::span(other), again).has_value() && other == bytes, "changes are kept");
}

// Gives `bytes` a header under which its counts, as far as they fit, and its content are believed.
Bytes with_fitting_header(ByteView bytes) {
  Bytes out(bytes.begin(), bytes.end());
  StateChangesHeader header;
  std::memcpy(&header, out.data(), sizeof(header));
  std::uint64_t at = sizeof(header);
  const auto fit = [&](std::uint32_t& count, std::uint64_t element) {
    count = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, (out.size() - at) / element));
    at += count * element;
  };
  header.magic = k_state_changes_magic;
  header.version = k_state_changes_version;
  header.header_size = sizeof(header);
  header.total_size = out.size();
  const Bytes state = unchanged_state();
  header.state_digest = BuildState::open(ByteView(state)).value().content_digest();
  fit(header.source_count, sizeof(ChangedRecord<StateSource>));
  fit(header.output_count, sizeof(ChangedRecord<StateOutput>));
  header.invocation_bytes = out.size() - at;
  header.content_digest = {};
  std::memcpy(out.data(), &header, sizeof(header));
  header.content_digest = public_secret().digest(out);
  std::memcpy(out.data(), &header, sizeof(header));
  return out;
}

Bytes changes_of(std::initializer_list<int> sources) {
  const Bytes bytes = unchanged_state();
  const BuildState state = BuildState::open(ByteView(bytes)).value();
  StateChanges changes(state, {}, "/home");
  for (const int index : sources) {
    const StateSource& source = state.sources()[static_cast<std::size_t>(index)];
    changes.add_source(source, state.text(source.name));
    for (const StateOutput& output : state.outputs_of(source))
      changes.add_output(output, state.text(output.path));
  }
  return changes.bytes();
}

}  // namespace

Corpus make_corpus() {
  return {{{"none", changes_of({})}, {"first", changes_of({0})}, {"several", changes_of({3, 7, 19})}},
          {std::string("\x01\0\0\0", 4), std::string(4, '\xff')}};
}

}  // namespace imgopt::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace imgopt::fuzz;
  const AlignedCopy input({data, size});
  lay_over_and_walk(input.view());
  if (size >= sizeof(imgopt::StateChangesHeader))
    lay_over_and_walk(AlignedCopy(with_fitting_header(input.view())).view());
  return 0;
}
