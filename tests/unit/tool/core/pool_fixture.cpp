#include "tests/unit/tool/core/pool_fixture.hpp"

#include <unistd.h>

#include <algorithm>
#include <numeric>

namespace imgopt {

TestBatch::TestBatch(std::size_t records) {
  BatchBuilder builder({});
  BatchBuilder::Output output;
  output.settings.format = ImageFormat::webp;
  BatchSource source;
  source.format = static_cast<std::uint32_t>(ImageFormat::png);
  for (std::size_t i = 0; i < records; ++i)
    builder.add_record(builder.add_source(source), {&output, 1}, 1);
  m_file = create_memory_file("imgopt-test").value();
  EXPECT_EQ(::ftruncate(m_file.get(), static_cast<off_t>(builder.size())), 0);
  builder.write(MappedRegion::map(m_file.get(), builder.size(), Access::read_write, "manifest")
                    .value()
                    .writable_bytes());
  EXPECT_TRUE(seal_against_changes(m_file.get()));
  m_region = MappedRegion::map(m_file.get(), builder.size(), Access::read_only, "manifest").value();
  m_manifest = BatchManifest::open(m_region.bytes()).value();
}

Result<Descriptor> NotingClient::open_source(std::uint32_t record) {
  opened.push_back(record);
  if (on_open)
    on_open();
  if (m_sources.at(record) == "unreadable")
    return fail(ErrorCode::io, "unreadable");
  Descriptor memory = create_memory_file("imgopt-test").value();
  EXPECT_TRUE(write_descriptor(memory.get(), view(m_sources.at(record)), "source"));
  EXPECT_TRUE(seal_against_changes(memory.get()));
  return memory;
}

void NotingClient::finished(std::uint32_t record, const RecordResult& result, int output) {
  ended.push_back(record);
  EXPECT_TRUE(results.emplace(record, result).second) << record;
  EXPECT_FALSE(failures.contains(record)) << record;
  Bytes content(result.outputs.at(0).length);
  EXPECT_TRUE(read_at(output, content, result.outputs.at(0).offset, "output"));
  contents[record] = text_of(content);
}

void NotingClient::failed(std::uint32_t record, const RecordFailure& failure) {
  ended.push_back(record);
  EXPECT_TRUE(failures.emplace(record, failure).second) << record;
  EXPECT_FALSE(results.contains(record)) << record;
}

void NotingClient::tick(std::span<const std::uint32_t> running) {
  ++ticks;
  for (const std::uint32_t record : running)
    EXPECT_NE(std::find(opened.begin(), opened.end(), record), opened.end());
  if (on_tick)
    on_tick();
}

PoolTest::PoolTest() {
  options.program = IMGOPT_FAKE_WORKER;
  options.memory_limit = 1000;
}

Result<void> PoolTest::run(WorkerPool& pool, NotingClient& client, std::size_t records) const {
  const TestBatch batch(records);
  std::vector<std::uint32_t> order(records);
  std::iota(order.begin(), order.end(), 0u);
  return pool.run(batch.manifest(), batch.descriptor(), order, client);
}

std::string PoolTest::worker_named(const std::string& name) const {
  std::filesystem::create_symlink(IMGOPT_FAKE_WORKER, scratch.path(name));
  return scratch.path(name);
}

}  // namespace imgopt
