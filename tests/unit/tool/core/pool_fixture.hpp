// What tests of the worker pool share: a batch of sources for the fake worker (see fake_worker.cpp), and a
// client that notes everything it is asked and told.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/mapped_memory.hpp"
#include "protocol/batch_manifest.hpp"
#include "tests/unit/base/scratch_folder.hpp"
#include "tool/workers/worker_pool.hpp"

namespace imgopt {

// One record a source, each with one WebP output.
class TestBatch {
public:
  explicit TestBatch(std::size_t records);
  [[nodiscard]] const BatchManifest& manifest() const { return *m_manifest; }
  [[nodiscard]] int descriptor() const { return m_file.get(); }

private:
  Descriptor m_file;
  MappedRegion m_region;
  std::optional<BatchManifest> m_manifest;
};

class NotingClient : public RecordClient {
public:
  explicit NotingClient(std::vector<std::string> sources) : m_sources(std::move(sources)) {}

  Result<Descriptor> open_source(std::uint32_t record) override;
  void finished(std::uint32_t record, const RecordResult& result, int output) override;
  void failed(std::uint32_t record, const RecordFailure& failure) override;
  void tick(std::span<const std::uint32_t> running) override;

  // A source "unreadable" cannot be opened.
  std::vector<std::uint32_t> opened;
  std::vector<std::uint32_t> ended;  // finished and failed ones, in the order in which they ended
  std::map<std::uint32_t, RecordResult> results;
  std::map<std::uint32_t, std::string> contents;  // of the first output
  std::map<std::uint32_t, RecordFailure> failures;
  std::size_t ticks = 0;
  std::function<void()> on_open;
  std::function<void()> on_tick;

private:
  std::vector<std::string> m_sources;
};

class PoolTest : public testing::Test {
protected:
  PoolTest();
  // Runs all sources in their order.
  Result<void> run(WorkerPool& pool, NotingClient& client, std::size_t records) const;
  // The fake worker under another name.
  std::string worker_named(const std::string& name) const;

  ScratchFolder scratch;
  PoolOptions options;
};

}  // namespace imgopt
