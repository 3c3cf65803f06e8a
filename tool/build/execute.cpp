#include "tool/build/execute.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/interrupts.hpp"
#include "base/mapped_memory.hpp"
#include "tool/cache/cache.hpp"

namespace imgopt {

namespace {

// What bringing an output back from the cache is taken to cost beside an encoding.
constexpr std::uint64_t k_restore_cost_us = 200;

}  // namespace

Execution::Execution(ExecutionInputs inputs) : m_in(std::move(inputs)) {}

std::string Execution::path_of(const SourceWork& work) const {
  return m_in.scan->path_of(m_in.scan->files[work.source]);
}

std::uint64_t Execution::cost_of(const SourceWork& work, const OutputWork& output) const {
  return output.planned.action == Action::encode && !work.is_copy
             ? expected_cost_us(output.settings, m_in.identified->sources[work.source].stat.size)
             : k_restore_cost_us;
}

// Anew after each plan: what was thought to be in the cache may have to be encoded after all.
void Execution::estimate_total() {
  std::uint64_t left = 0;
  for (const SourceWork& work : *m_in.works)
    for (const OutputWork& output : work.outputs)
      left += output.is_done ? 0 : cost_of(work, output);
  const std::lock_guard lock(m_mutex);
  m_progress.cost_total = m_progress.cost_done + left;
}

void Execution::plan_again() {
  Planner planner;
  SourceFacts facts;
  std::vector<PlannedOutput> planned;
  for (SourceWork& work : *m_in.works) {
    facts.size = m_in.identified->sources[work.source].stat.size;
    facts.outputs.clear();
    for (const OutputWork& output : work.outputs) {
      OutputFacts& fact = facts.outputs.emplace_back(facts_of(output));
      if (output.is_done)
        fact.standing_key = fact.key;
    }
    planned.resize(work.outputs.size());
    planner.add(facts, planned);
    for (std::size_t o = 0; o < work.outputs.size(); ++o)
      if (!work.outputs[o].is_done)
        work.outputs[o].planned = planned[o];
  }
  m_plan = std::move(planner).finish();
}

Result<void> Execution::run() {
  const auto done = do_all();
  // Here, where trouble is told once.
  if (m_in.cache != nullptr)
    note_cache_trouble(m_in.cache->flush());
  return done;
}

Result<void> Execution::do_all() {
  m_left.resize(m_in.works->size());
  for (std::size_t w = 0; w < m_left.size(); ++w) {
    const auto& outputs = (*m_in.works)[w].outputs;
    m_left[w] = static_cast<std::size_t>(std::count_if(
        outputs.begin(), outputs.end(), [](const OutputWork& output) { return !output.is_done; }));
    m_progress.total += m_left[w] > 0 ? 1 : 0;
  }
  estimate_total();
  restore_all();
  // Every round ends with fewer outputs left to do, but for sources that are edited all the time.
  constexpr int k_rounds = 4;
  for (int round = 0; round < k_rounds; ++round) {
    if (Interrupts::pending() != 0)
      return interrupted();
    plan_again();
    estimate_total();
    if (m_plan.records.empty())
      break;
    IMGOPT_TRY(encode_all());
    share_all();
    if (!m_put_off.empty()) {
      IMGOPT_TRY(await_others());
      share_all();
      --round;
    }
  }
  for (SourceWork& work : *m_in.works)
    for (OutputWork& output : work.outputs)
      if (!output.is_done)
        fail_output(work, output, {ErrorCode::io, "it changes all the time"});
  return {};
}

Result<Bytes> Execution::read_source(const SourceWork& work, const Digest128& digest) const {
  IMGOPT_ASSIGN(Bytes content, read_file(path_of(work)));
  if (m_in.secret->digest(content) != digest)
    return fail(ErrorCode::io, path_of(work) + ": it changed while it was read");
  return content;
}

Result<Written> Execution::deliver(const SourceWork& work, OutputWork& output, ByteView content) {
  auto written = m_in.delivery->deliver(work, output, content);
  if (!written && written.error().code == ErrorCode::no_space) {
    const std::lock_guard lock(m_mutex);
    if (m_write_trouble.empty())
      m_write_trouble = written.error().message;
  }
  return written;
}

Result<Descriptor> Execution::write_batch(std::vector<std::uint32_t>& order) {
  BatchBuilder batch(m_in.nonce);
  m_records.clear();
  m_records.reserve(m_plan.records.size());
  std::vector<BatchBuilder::Output> outputs;
  std::vector<std::int64_t> batch_source(m_in.works->size(), -1);
  for (const PlannedRecord& planned : m_plan.records) {
    const SourceWork& work = (*m_in.works)[planned.source];
    const IdentifiedSource& source = m_in.identified->sources[work.source];
    if (batch_source[planned.source] < 0) {
      BatchSource described;
      described.size = source.stat.size;
      described.digest = source.digest;
      described.format = static_cast<std::uint32_t>(source.format);
      batch_source[planned.source] = batch.add_source(described);
    }
    outputs.clear();
    for (const std::uint32_t o : m_plan.outputs_of(planned)) {
      const OutputWork& output = work.outputs[o];
      for (const FormatCandidate& candidate : output.candidates)
        outputs.push_back({output.key, candidate.settings});
      if (output.candidates.empty())
        outputs.push_back({output.key, output.settings});
    }
    order.push_back(
        batch.add_record(static_cast<std::uint32_t>(batch_source[planned.source]), outputs, planned.cost));
    m_records.push_back({planned, {}, 0});
  }
  m_plan.records = {};
  const std::size_t size = batch.size();
  IMGOPT_ASSIGN(Descriptor file, create_memory_file("imgopt-batch"));
  if (::ftruncate(file.get(), static_cast<off_t>(size)) != 0)
    return system_error("batch manifest", "cannot allocate", errno);
  {
    IMGOPT_ASSIGN(const MappedRegion writable,
                  MappedRegion::map(file.get(), size, Access::read_write, "batch manifest"));
    batch.write(writable.writable_bytes());
  }
  IMGOPT_TRY(seal_against_changes(file.get()));
  return file;
}

Result<void> Execution::encode_all() {
  std::vector<std::uint32_t> order;
  IMGOPT_ASSIGN(const Descriptor file, write_batch(order));
  IMGOPT_ASSIGN(const FileStatus status, stat_descriptor(file.get(), "batch manifest"));
  IMGOPT_ASSIGN(const MappedRegion region, MappedRegion::map(file.get(), status.stat.size, Access::read_only,
                                                             "batch manifest", AccessHint::random));
  IMGOPT_ASSIGN(const BatchManifest manifest, BatchManifest::open(region.bytes()));
  return m_in.pool->run(manifest, file.get(), std::move(order), *this);
}

void Execution::store(const OutputWork& output, Bytes payload) {
  if (m_in.cache != nullptr && output.is_for_good)
    m_in.cache->store(output.facts, output.key, output.hash, std::move(payload));
}

void Execution::note_cache_trouble(const Result<void>& outcome) {
  if (outcome)
    return;
  const std::lock_guard lock(m_mutex);
  if (m_cache_trouble.empty())
    m_cache_trouble = uncached_warning(outcome.error());
}

void Execution::fail_output(const SourceWork& work, OutputWork& output, const Error& error) {
  output.status = OutputStatus::failed;
  output.error = error.message;
  if (error.code == ErrorCode::io || error.code == ErrorCode::not_found || error.code == ErrorCode::no_space)
    m_surroundings_failed = true;
  count_done(work, output);
}

void Execution::count_done(const SourceWork& work, OutputWork& output) {
  if (m_in.cache != nullptr)
    m_in.cache->end_turn(output.key);
  const std::lock_guard lock(m_mutex);
  output.is_done = true;
  m_progress.cost_done += cost_of(work, output);
  std::size_t& left = m_left[static_cast<std::size_t>(&work - m_in.works->data())];
  if (--left > 0)
    return;
  // A source counts when its last output is done, so that its bytes are counted once. What failed saved
  // nothing.
  ++m_progress.done;
  const auto has_failed = [](const OutputWork& made) { return made.status == OutputStatus::failed; };
  if (std::any_of(work.outputs.begin(), work.outputs.end(), has_failed))
    return;
  m_progress.bytes_in += m_in.identified->sources[work.source].stat.size;
  for (const OutputWork& made : work.outputs)
    m_progress.bytes_out += made.bytes;
}

void Execution::tick(std::span<const std::uint32_t> running) {
  if (m_in.cache != nullptr)
    note_cache_trouble(m_in.cache->flush_if_due());
  if (!m_in.progress)
    return;
  const std::lock_guard lock(m_mutex);
  m_progress.running = {};
  m_progress.in_flight = running.size();
  if (!running.empty())
    m_progress.running =
        m_in.scan->files[(*m_in.works)[m_records[running.front()].planned.source].source].name;
  m_in.progress(m_progress);
}

}  // namespace imgopt
