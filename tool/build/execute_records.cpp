// Execution as the worker pool's client: the sources that records are made of, and what workers made of them.
#include <algorithm>
#include <utility>

#include "base/mapped_memory.hpp"
#include "tool/build/execute.hpp"
#include "tool/build/reproduce.hpp"
#include "tool/plan/format_choice.hpp"
#include "tool/plan/work_key.hpp"
#include "tool/state/hash_content.hpp"

namespace imgopt {

namespace {

// What is kept of a result; its kind is the caller's to say where it is another.
EntryFacts facts_in(const ResultSlot& slot) {
  EntryFacts facts;
  facts.format = slot.format;
  facts.width = slot.width;
  facts.height = slot.height;
  facts.frames = slot.frames;
  facts.notes = slot.notes;
  facts.score = slot.score;
  return facts;
}

// Whether a failed result says something about the image alone, whatever the limits and the machine.
bool is_own_fault(FailureKind kind) {
  return kind == FailureKind::corrupt_image || kind == FailureKind::unsupported_image;
}

}  // namespace

Result<Descriptor> Execution::open_source(std::uint32_t index) {
  Record& record = m_records[index];
  SourceWork& work = (*m_in.works)[record.planned.source];
  IdentifiedSource& source = m_in.identified->sources[work.source];
  const auto give_up = [&](const Error& error) {
    for (const std::uint32_t o : outputs_of(record))
      fail_output(work, work.outputs[o], error);
    return tl::unexpected<Error>(error);
  };
  if (!m_write_trouble.empty())
    return give_up({ErrorCode::no_space, "not tried, since " + m_write_trouble});

  const std::string path = path_of(work);
  const std::uint64_t limit = m_in.request->options.max_input_size;
  if (const auto checked = check_input_size(source.stat.size, limit); !checked)
    return give_up(checked.error());
  if (!is_our_turn(record))
    return fail(ErrorCode::io, "put off");  // another build encodes it; nobody is told, since nothing failed
  auto file = open_for_reading(path);
  if (!file)
    return give_up(file.error());
  auto memory = create_memory_file("imgopt-source");
  if (!memory)
    return give_up(memory.error());
  Hasher hasher(*m_in.secret);
  record.size = 0;
  const auto content = read_content(file->get(), path, [&](ByteView piece) -> Result<void> {
    hasher.update(piece);
    IMGOPT_TRY(write_descriptor(memory->get(), piece, path));
    record.size += piece.size();
    return check_input_size(record.size, limit);
  });
  if (!content)
    return give_up(content.error());
  record.digest = hasher.finish();
  if (const auto sealed = seal_against_changes(memory->get()); !sealed)
    return give_up(sealed.error());
  if (record.digest != source.digest) {
    // Edited since it was identified: what is encoded now is keyed as what it is, and the next build looks
    // again.
    source.is_racy = true;
    if (content->kind != ContentKind::image || content->format != source.format)
      return give_up({ErrorCode::io, path + ": it was replaced by something else during the run"});
  }
  for (const std::uint32_t o : outputs_of(record)) {
    OutputWork& output = work.outputs[o];
    if (output.source_digest == record.digest)
      continue;
    if (m_in.cache != nullptr)
      m_in.cache->end_turn(output.key);
    output.source_digest = record.digest;
    output.key = key_of(output, {record.digest, record.size, source.format}, *m_in.encoders, *m_in.secret);
  }
  return std::move(*memory);
}

void Execution::finished(std::uint32_t index, const RecordResult& result, int file) {
  const Record& record = m_records[index];
  SourceWork& work = (*m_in.works)[record.planned.source];
  std::span<const ResultSlot> slots = result.outputs;
  for (const std::uint32_t o : outputs_of(record)) {
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
  SourceWork& work = (*m_in.works)[record.planned.source];
  output.facts = facts_in(slot);
  Bytes content;
  switch (static_cast<SlotStatus>(slot.status)) {
    case SlotStatus::encoded: {
      content.reserve(slot.length + sizeof(EntryFooter));  // the cache adds one
      content.resize(slot.length);
      if (const auto read = read_at(file, content, slot.offset, "imgopt-output"); !read)
        return fail_output(work, output, read.error());
      const SniffedContent sniffed =
          sniff_content(ByteView(content).first(std::min(content.size(), k_sniff_bytes)));
      if (sniffed.kind != ContentKind::image || sniffed.format != output.settings.format)
        return fail_output(work, output,
                           {ErrorCode::worker_crashed, "the worker gave something that is no " +
                                                           std::string(format_name(output.settings.format))});
      break;
    }
    case SlotStatus::original_is_best: {
      output.facts.kind = EntryKind::original_is_best;
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
        output.facts.kind = EntryKind::failed;
        output.facts.failure = slot.failure;
        store(output, Bytes(message.begin(), message.end()));
      }
      work.reproduce = reproducing_command(path_of(work), output.settings, m_in.request->options);
      return fail_output(work, output, {ErrorCode::corrupt_image, message});
    }
  }
  output.hash = sha256(content);
  output.status = OutputStatus::encoded;
  const auto delivered = deliver(work, output, content);
  store(output, output.facts.kind == EntryKind::encoded ? std::move(content) : Bytes());
  if (!delivered)
    return fail_output(work, output, delivered.error());
  count_done(work, output);
}

void Execution::failed(std::uint32_t index, const RecordFailure& failure) {
  const Record& record = m_records[index];
  SourceWork& work = (*m_in.works)[record.planned.source];
  work.reproduce = reproducing_command(path_of(work), work.outputs[outputs_of(record).front()].settings,
                                       m_in.request->options);
  for (const std::uint32_t o : outputs_of(record))
    fail_output(work, work.outputs[o], {failure.code, failure.message});
}

}  // namespace imgopt
