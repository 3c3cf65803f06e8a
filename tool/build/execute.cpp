#include "tool/build/execute.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/interrupts.hpp"
#include "base/mapped_memory.hpp"
#include "base/parallel.hpp"
#include "tool/build/reproduce.hpp"
#include "tool/cache/cache.hpp"
#include "tool/plan/format_choice.hpp"
#include "tool/plan/work_key.hpp"

namespace imgopt {

namespace {

constexpr std::size_t k_copy_bytes = 1u << 20;
// What bringing an output back from the cache is taken to cost beside an encoding.
constexpr std::uint64_t k_restore_cost_us = 200;

// Whether a failed result says something about the image alone, whatever the limits and the machine.
bool is_own_fault(FailureKind kind) {
  return kind == FailureKind::corrupt_image || kind == FailureKind::unsupported_image;
}

// Settles an output whose format is to be chosen on `format`. False where that is none of its candidates.
bool take_candidate(OutputWork& output, std::uint32_t format) {
  if (output.candidates.empty())
    return true;
  const auto found =
      std::find_if(output.candidates.begin(), output.candidates.end(), [&](const FormatCandidate& candidate) {
        return static_cast<std::uint32_t>(candidate.settings.format) == format;
      });
  if (found == output.candidates.end())
    return false;
  output.path = found->path;
  output.settings = found->settings;
  return true;
}

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
  std::vector<SourceFacts> facts(m_in.works->size());
  for (std::size_t w = 0; w < facts.size(); ++w) {
    const SourceWork& work = (*m_in.works)[w];
    const IdentifiedSource& source = m_in.identified->sources[work.source];
    facts[w].size = source.stat.size;
    facts[w].outputs.reserve(work.outputs.size());
    for (const OutputWork& output : work.outputs) {
      OutputFacts fact;
      fact.key = output.key;
      fact.settings = output.settings;
      fact.encodings = std::max<std::size_t>(1, output.candidates.size());
      if (output.is_done)
        fact.standing_key = output.key;
      facts[w].outputs.push_back(fact);
    }
  }
  m_plan = make_plan(facts);
  for (std::size_t w = 0; w < facts.size(); ++w)
    for (std::size_t o = 0; o < m_plan.outputs[w].size(); ++o)
      if (!(*m_in.works)[w].outputs[o].is_done)
        (*m_in.works)[w].outputs[o].planned = m_plan.outputs[w][o];
}

Result<void> Execution::run() {
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

void Execution::restore_all() {
  struct Job {
    SourceWork* work;
    OutputWork* output;
  };
  std::vector<Job> jobs;
  for (SourceWork& work : *m_in.works)
    for (OutputWork& output : work.outputs)
      if (!output.is_done &&
          (work.is_copy || output.planned.action == Action::restore || output.planned.action == Action::fail))
        jobs.push_back({&work, &output});
  parallel_for(jobs.size(), m_in.request->jobs, 1, [&](std::size_t i) {
    if (Interrupts::pending() == 0)
      restore(*jobs[i].work, *jobs[i].output);
  });
  tick({});
}

void Execution::restore(SourceWork& work, OutputWork& output) {
  const IdentifiedSource& source = m_in.identified->sources[work.source];
  Result<Written> delivered = Written::yes;
  if (work.is_copy) {
    auto content = read_source(work, source.digest);
    if (!content)
      return fail_output(work, output, content.error());
    output.hash = sha256(*content);
    delivered = deliver(work, output, *content);
  } else {
    const auto entry = m_in.cache->lookup(output.key);
    if (!entry)
      return;  // it went since the plan was made: encoded in the next round
    if (entry->footer.facts.kind != EntryKind::failed && !take_candidate(output, entry->footer.facts.format))
      return;
    output.facts = entry->footer.facts;
    output.hash = entry->footer.hash;
    if (output.facts.kind == EntryKind::original_is_best) {
      const auto content = read_source(work, source.digest);
      if (!content)
        return;
      m_in.cache->mark_used(*entry);
      delivered = deliver(work, output, *content);
    } else {
      const auto payload = m_in.cache->read_payload(*entry);
      if (!payload)
        return;
      m_in.cache->mark_used(*entry);
      if (output.facts.kind == EntryKind::failed)
        return fail_output(work, output,
                           {ErrorCode::corrupt_image, std::string(payload->begin(), payload->end())});
      delivered = deliver(work, output, *payload);
    }
  }
  if (!delivered)
    return fail_output(work, output, delivered.error());
  output.status = *delivered == Written::yes ? OutputStatus::restored : OutputStatus::up_to_date;
  count_done(work, output);
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
  for (PlannedRecord& planned : m_plan.records) {
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
    for (const std::size_t o : planned.outputs) {
      const OutputWork& output = work.outputs[o];
      for (const FormatCandidate& candidate : output.candidates)
        outputs.push_back({output.key, candidate.settings});
      if (output.candidates.empty())
        outputs.push_back({output.key, output.settings});
    }
    order.push_back(
        batch.add_record(static_cast<std::uint32_t>(batch_source[planned.source]), outputs, planned.cost));
    m_records.push_back({planned.source, std::move(planned.outputs), {}, 0});
  }
  m_plan = {};  // all of it is in works and records now
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

Result<Descriptor> Execution::open_source(std::uint32_t index) {
  Record& record = m_records[index];
  SourceWork& work = (*m_in.works)[record.work];
  IdentifiedSource& source = m_in.identified->sources[work.source];
  const auto give_up = [&](const Error& error) {
    for (const std::size_t o : record.outputs)
      fail_output(work, work.outputs[o], error);
    return tl::unexpected<Error>(error);
  };
  if (!m_write_trouble.empty())
    return give_up({ErrorCode::no_space, "not tried, since " + m_write_trouble});

  const std::string path = path_of(work);
  if (source.stat.size > m_in.request->options.max_input_size && m_in.request->options.max_input_size != 0)
    return give_up({ErrorCode::limit_exceeded, std::to_string(source.stat.size) +
                                                   " bytes are more than the limit of " +
                                                   std::to_string(m_in.request->options.max_input_size) +
                                                   "; raise it with --max-input-size"});
  if (!is_our_turn(record))
    return fail(ErrorCode::io, path + ": another build encodes it");
  auto file = open_for_reading(path);
  if (!file)
    return give_up(file.error());
  auto memory = create_memory_file("imgopt-source");
  if (!memory)
    return give_up(memory.error());
  static thread_local Bytes buffer(k_copy_bytes);
  Hasher hasher(*m_in.secret);
  record.size = 0;
  SniffedContent content;
  for (;;) {
    const ssize_t got = ::read(file->get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return give_up(system_error(path, "cannot read", errno).value());
    if (got == 0)
      break;
    const ByteView piece(buffer.data(), static_cast<std::size_t>(got));
    if (record.size == 0)
      content = sniff_content(piece.first(std::min(piece.size(), k_sniff_bytes)));
    hasher.update(piece);
    if (const auto written = write_descriptor(memory->get(), piece, path); !written)
      return give_up(written.error());
    record.size += piece.size();
  }
  record.digest = hasher.finish();
  if (const auto sealed = seal_against_changes(memory->get()); !sealed)
    return give_up(sealed.error());
  if (record.digest != source.digest) {
    // Edited since it was identified: what is encoded now is keyed as what it is, and the next build looks
    // again.
    source.is_racy = true;
    if (content.kind != ContentKind::image || content.format != source.format)
      return give_up({ErrorCode::io, path + ": it was replaced by something else during the run"});
    for (const std::size_t o : record.outputs) {
      OutputWork& output = work.outputs[o];
      if (m_in.cache != nullptr)
        m_in.cache->end_turn(output.key);
      output.source_digest = record.digest;
      output.key = key_of(output, {record.digest, record.size, source.format}, *m_in.encoders, *m_in.secret);
    }
  }
  return std::move(*memory);
}

void Execution::finished(std::uint32_t index, const RecordResult& result, int file) {
  const Record& record = m_records[index];
  SourceWork& work = (*m_in.works)[record.work];
  std::span<const ResultSlot> slots = result.outputs;
  for (const std::size_t o : record.outputs) {
    OutputWork& output = work.outputs[o];
    const std::size_t count = std::max<std::size_t>(1, output.candidates.size());
    const auto own = slots.first(count);
    slots = slots.subspan(count);
    for (const ResultSlot& slot : own) {
      output.cpu_us += slot.cpu_us;
      output.encodings += slot.encodings;
    }
    finish_output(record, output, own.size() == 1 ? own.front() : chosen(record, output, own), file);
  }
}

// The slot of the candidate that is taken; path and settings become its own. Where all failed, the first.
const ResultSlot& Execution::chosen(const Record& record, OutputWork& output,
                                    std::span<const ResultSlot> slots) {
  std::vector<CandidateResult> results;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    results.push_back({output.candidates[i].settings.lossless, &slots[i]});
    const auto failure = static_cast<FailureKind>(slots[i].failure);
    if (failure == FailureKind::limit || failure == FailureKind::internal)
      output.is_for_good = false;
  }
  const auto choice = choose_candidate(results, record.size);
  if (!choice)
    return slots.front();
  output.path = output.candidates[*choice].path;
  output.settings = output.candidates[*choice].settings;
  return slots[*choice];
}

void Execution::finish_output(const Record& record, OutputWork& output, const ResultSlot& slot, int file) {
  SourceWork& work = (*m_in.works)[record.work];
  const IdentifiedSource& source = m_in.identified->sources[work.source];
  output.facts.format = slot.format;
  output.facts.width = slot.width;
  output.facts.height = slot.height;
  output.facts.frames = slot.frames;
  output.facts.notes = slot.notes;
  output.facts.score = slot.score;
  Bytes content;
  switch (static_cast<SlotStatus>(slot.status)) {
    case SlotStatus::encoded: {
      output.facts.kind = EntryKind::encoded;
      content.resize(slot.length);
      if (const auto read = read_at(file, content, slot.offset, "imgopt-output"); !read)
        return fail_output(work, output, read.error());
      const SniffedContent sniffed =
          sniff_content(ByteView(content).first(std::min(content.size(), k_sniff_bytes)));
      if (sniffed.kind != ContentKind::image || sniffed.format != output.settings.format ||
          static_cast<std::uint32_t>(sniffed.format) != slot.format)
        return fail_output(work, output,
                           {ErrorCode::worker_crashed, "the worker gave something that is no " +
                                                           std::string(format_name(output.settings.format))});
      break;
    }
    case SlotStatus::original_is_best: {
      output.facts.kind = EntryKind::original_is_best;
      if (static_cast<std::uint32_t>(source.format) != slot.format)
        return fail_output(work, output,
                           {ErrorCode::worker_crashed, "the worker kept a source of another format"});
      auto original = read_source(work, record.digest);
      if (!original)
        return fail_output(work, output, original.error());
      content = std::move(*original);
      break;
    }
    case SlotStatus::failed:
    case SlotStatus::none: {
      const auto kind = static_cast<FailureKind>(slot.failure);
      const std::string message(message_of(slot));
      if (is_own_fault(kind)) {
        output.facts = {};
        output.facts.kind = EntryKind::failed;
        output.facts.failure = slot.failure;
        store(output, {reinterpret_cast<const std::uint8_t*>(message.data()), message.size()});
      }
      work.reproduce = reproducing_command(path_of(work), output.settings, m_in.request->options);
      return fail_output(work, output, {ErrorCode::corrupt_image, message});
    }
  }
  output.hash = sha256(content);
  output.status = OutputStatus::encoded;
  store(output, output.facts.kind == EntryKind::encoded ? ByteView(content) : ByteView());
  if (const auto delivered = deliver(work, output, content); !delivered)
    return fail_output(work, output, delivered.error());
  count_done(work, output);
}

void Execution::failed(std::uint32_t index, const RecordFailure& failure) {
  const Record& record = m_records[index];
  SourceWork& work = (*m_in.works)[record.work];
  work.reproduce = reproducing_command(path_of(work), work.outputs[record.outputs.front()].settings,
                                       m_in.request->options);
  for (const std::size_t o : record.outputs)
    fail_output(work, work.outputs[o], {failure.code, failure.message});
}

void Execution::share_all() {
  struct Job {
    SourceWork* work;
    OutputWork* output;
    const SourceWork* first_work;
    const OutputWork* first;
  };
  std::vector<Job> jobs;
  for (SourceWork& work : *m_in.works) {
    for (OutputWork& output : work.outputs) {
      if (output.is_done || output.planned.action != Action::share)
        continue;
      const OutputRef shared = output.planned.shares_with;
      const SourceWork& first_work = (*m_in.works)[shared.source];
      const OutputWork& first = first_work.outputs[shared.output];
      // Where the first's source was edited meanwhile, this one is encoded in the next round.
      if (first.is_done && first.key == output.key)
        jobs.push_back({&work, &output, &first_work, &first});
    }
  }
  // In pieces, between which progress is told.
  constexpr std::size_t k_piece = 1024;
  for (std::size_t begin = 0; begin < jobs.size() && Interrupts::pending() == 0; begin += k_piece) {
    parallel_for(std::min(k_piece, jobs.size() - begin), m_in.request->jobs, 8, [&](std::size_t i) {
      const Job& job = jobs[begin + i];
      share(*job.work, *job.output, *job.first_work, *job.first);
    });
    tick({});
  }
}

void Execution::share(SourceWork& work, OutputWork& output, const SourceWork& first_work,
                      const OutputWork& first) {
  output.facts = first.facts;
  if (first.status != OutputStatus::failed && !take_candidate(output, first.facts.format))
    return;
  if (first.status == OutputStatus::failed)
    return fail_output(work, output, {ErrorCode::corrupt_image, first.error});
  output.hash = first.hash;
  output.status = OutputStatus::deduplicated;
  const auto content = m_in.delivery->read(first_work, first);
  if (!content || sha256(*content) != first.hash)
    return;  // somebody changed it already: this one is encoded in the next round
  if (const auto delivered = deliver(work, output, *content); !delivered)
    fail_output(work, output, delivered.error());
  else
    count_done(work, output);
}

void Execution::store(const OutputWork& output, ByteView payload) {
  if (m_in.cache == nullptr || !output.is_for_good)
    return;
  note_cache_trouble(m_in.cache->store(output.facts, output.key, output.hash, payload));
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
    m_progress.running = m_in.scan->files[(*m_in.works)[m_records[running.front()].work].source].name;
  m_in.progress(m_progress);
}

}  // namespace imgopt
