// Execution's copies: outputs that need no encoder, from the cache, from their source, from another output.
#include <algorithm>

#include "base/interrupts.hpp"
#include "base/parallel.hpp"
#include "tool/build/execute.hpp"

namespace imgopt {

namespace {

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

}  // namespace imgopt
