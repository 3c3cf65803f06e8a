// Writing, sealing, mapping and reading a batch manifest of 100,000 records.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/mapped_memory.hpp"
#include "protocol/batch_manifest.hpp"

namespace imgopt {
namespace {

constexpr std::size_t k_outputs_per_record = 3;

BatchBuilder build(std::size_t records) {
  BatchBuilder batch({});
  std::array<BatchBuilder::Output, k_outputs_per_record> outputs;
  for (std::size_t i = 0; i < records; ++i) {
    BatchSource source;
    source.size = 1000 + i;
    source.format = static_cast<std::uint32_t>(ImageFormat::png);
    for (std::size_t o = 0; o < outputs.size(); ++o) {
      outputs[o].key.bytes[0] = static_cast<std::uint8_t>(i);
      outputs[o].settings.format = k_all_formats[o];
      outputs[o].settings.quality = static_cast<std::uint8_t>(60 + i % 8);
    }
    batch.add_record(batch.add_source(source), outputs, i);
  }
  return batch;
}

Descriptor write_sealed(const BatchBuilder& batch) {
  auto file = create_memory_file("bench-batch");
  if (!file || ::ftruncate(file->get(), static_cast<off_t>(batch.size())) != 0)
    std::abort();
  {
    const auto region = MappedRegion::map(file->get(), batch.size(), Access::read_write, "bench-batch");
    if (!region)
      std::abort();
    batch.write(region->writable_bytes());
  }
  if (!seal_against_changes(file->get()))
    std::abort();
  return std::move(*file);
}

void write_manifest(benchmark::State& state) {
  const auto records = static_cast<std::size_t>(state.range(0));
  for ([[maybe_unused]] auto _ : state) {
    const BatchBuilder batch = build(records);
    benchmark::DoNotOptimize(write_sealed(batch));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(write_manifest)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void read_manifest(benchmark::State& state) {
  const BatchBuilder batch = build(static_cast<std::size_t>(state.range(0)));
  const Descriptor file = write_sealed(batch);
  for ([[maybe_unused]] auto _ : state) {
    const auto region = MappedRegion::map(file.get(), batch.size(), Access::read_only, "bench-batch");
    const auto manifest = BatchManifest::open(region->bytes());
    std::uint64_t cost = 0;
    for (const BatchRecord& record : manifest->records())
      cost += record.cost + manifest->settings_of(manifest->outputs_of(record)[0]).quality;
    benchmark::DoNotOptimize(cost);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(read_manifest)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace imgopt
