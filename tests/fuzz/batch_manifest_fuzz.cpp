// Fuzzes BatchManifest::open: the bytes as they are, and with a header that fits their tables.
#include "protocol/batch_manifest.hpp"

#include <algorithm>

#include "tests/fuzz/fuzz_target.hpp"

namespace imgopt::fuzz {
namespace {

void open_and_walk(ByteView bytes) {
  const auto manifest = BatchManifest::open(bytes);
  if (!manifest) {
    require(manifest.error().code == ErrorCode::corrupt, "a bad manifest is corrupt");
    return;
  }
  for (const BatchRecord& record : manifest->records()) {
    require(manifest->source_of(record).format < k_format_slots, "a source has a format");
    const auto outputs = manifest->outputs_of(record);
    require(!outputs.empty() && outputs.size() <= k_max_outputs_per_record, "a record has outputs");
    for (const BatchOutput& output : outputs)
      require(validate(manifest->settings_of(output)).has_value(), "settings are valid");
  }
}

// Gives `bytes` a header under which its counts, as far as they fit, are believed.
Bytes with_fitting_header(ByteView bytes) {
  Bytes out(bytes.begin(), bytes.end());
  BatchHeader header;
  std::memcpy(&header, out.data(), sizeof(header));
  std::uint64_t at = sizeof(header);
  const auto place = [&](std::uint32_t& count, std::uint64_t element) {
    count = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, (out.size() - at) / element));
    at += count * element;
    return at;
  };
  header.magic = k_batch_magic;
  header.version = k_batch_version;
  header.header_size = sizeof(header);
  header.reserved = {};
  header.sources_offset = at;
  header.records_offset = place(header.source_count, sizeof(BatchSource));
  header.outputs_offset = place(header.record_count, sizeof(BatchRecord));
  header.settings_offset = place(header.output_count, sizeof(BatchOutput));
  header.total_size = place(header.settings_count, sizeof(OutputSettings));
  std::memcpy(out.data(), &header, sizeof(header));
  out.resize(header.total_size);
  return out;
}

Bytes manifest_of(std::size_t sources, std::size_t outputs_each) {
  BatchBuilder builder({});
  for (std::size_t i = 0; i < sources; ++i) {
    BatchSource source;
    source.size = 1000 + i;
    source.format = static_cast<std::uint32_t>(k_all_formats[i % k_all_formats.size()]);
    const std::uint32_t index = builder.add_source(source);
    std::vector<BatchBuilder::Output> outputs(outputs_each);
    for (std::size_t o = 0; o < outputs_each; ++o)
      outputs[o].settings.format = k_all_formats[(i + o) % k_all_formats.size()];
    builder.add_record(index, outputs, 7);
  }
  Bytes bytes(builder.size());
  builder.write(bytes);
  return bytes;
}

}  // namespace

Corpus make_corpus() {
  return {{{"empty", manifest_of(0, 0)},
           {"one", manifest_of(1, 1)},
           {"several", manifest_of(7, 3)},
           {"most-outputs", manifest_of(1, k_max_outputs_per_record)}},
          {std::string("\x01\0\0\0", 4), std::string("\x40\0\0\0", 4), std::string(4, '\xff')}};
}

}  // namespace imgopt::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace imgopt::fuzz;
  const AlignedCopy input({data, size});
  open_and_walk(input.view());
  if (size >= sizeof(imgopt::BatchHeader))
    open_and_walk(AlignedCopy(with_fitting_header(input.view())).view());
  return 0;
}
