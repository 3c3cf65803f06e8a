// Fuzzes BuildState::open: the bytes as they are, and with a header that fits their tables and content.
#include "tool/state/build_state.hpp"

#include <algorithm>

#include "tests/fuzz/fuzz_target.hpp"

namespace imgopt::fuzz {
namespace {

void open_and_walk(ByteView bytes) {
  const auto state = BuildState::open(bytes);
  if (!state) {
    require(state.error().code == ErrorCode::corrupt, "a bad state is corrupt");
    return;
  }
  // Every byte that a text names is read.
  std::size_t sum = 0;
  const auto read = [&](StateText text) {
    for (const char character : state->text(text))
      sum += static_cast<unsigned char>(character);
  };
  std::size_t outputs = 0;
  for (const StateSource& source : state->sources()) {
    read(source.name);
    for (const StateOutput& output : state->outputs_of(source)) {
      read(output.path);
      require(output.format < k_format_slots, "an output's format indexes tables");
      ++outputs;
    }
  }
  require(outputs == state->outputs().size(), "every output has one source");
  for (const StateObject& object : state->objects())
    read(object.path);
  for (const StateEncoder& encoder : state->encoders()) {
    read(encoder.description);
    require(encoder.format > 0 && encoder.format < k_format_slots, "an encoder has a format");
  }
  require(sum < SIZE_MAX, "texts can be read");
}

// Gives `bytes` a header under which its counts, as far as they fit, and its content are believed.
Bytes with_fitting_header(ByteView bytes) {
  Bytes out(bytes.begin(), bytes.end());
  StateHeader header;
  std::memcpy(&header, out.data(), sizeof(header));
  std::uint64_t at = sizeof(header);
  const auto fit = [&](std::uint32_t& count, std::uint64_t element) {
    count = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, (out.size() - at) / element));
    at += count * element;
  };
  header.magic = k_state_magic;
  header.version = k_state_version;
  header.header_size = sizeof(header);
  header.total_size = out.size();
  header.content_digest = {};
  fit(header.source_count, sizeof(StateSource));
  fit(header.output_count, sizeof(StateOutput));
  fit(header.object_count, sizeof(StateObject));
  fit(header.encoder_count, sizeof(StateEncoder));
  header.string_bytes = out.size() - at;
  std::memcpy(out.data(), &header, sizeof(header));
  header.content_digest = public_secret().digest(out);
  std::memcpy(out.data(), &header, sizeof(header));
  return out;
}

Bytes state_of(int sources, int outputs_each) {
  StateBuilder builder({});
  for (int i = 0; i < sources; ++i) {
    StateSource source;
    source.kind = static_cast<std::uint8_t>(ContentKind::image);
    source.format = static_cast<std::uint8_t>(ImageFormat::png);
    builder.add_source(source, "folder/" + std::to_string(i) + ".png");
    for (int o = 0; o < outputs_each; ++o) {
      StateOutput output;
      output.format = static_cast<std::uint8_t>(ImageFormat::webp);
      builder.add_output(output, "folder/" + std::to_string(i) + "-" + std::to_string(o) + ".webp");
    }
  }
  builder.add_object({}, "libvips.so.42");
  StateEncoder encoder;
  encoder.format = static_cast<std::uint32_t>(ImageFormat::webp);
  builder.add_encoder(encoder, "libwebp 1.2.4");
  return builder.bytes();
}

}  // namespace

Corpus make_corpus() {
  return {{{"empty", StateBuilder({}).bytes()},
           {"one", state_of(1, 1)},
           {"several", state_of(5, 2)},
           {"no-outputs", state_of(3, 0)}},
          {std::string("\x01\0\0\0", 4), std::string(4, '\xff')}};
}

}  // namespace imgopt::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace imgopt::fuzz;
  const AlignedCopy input({data, size});
  open_and_walk(input.view());
  if (size >= sizeof(imgopt::StateHeader))
    open_and_walk(AlignedCopy(with_fitting_header(input.view())).view());
  return 0;
}
