#include "tool/plan/identify.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <compare>
#include <thread>

#include "base/interrupts.hpp"
#include "base/parallel.hpp"
#include "tool/state/hash_content.hpp"

namespace imgopt {

namespace {

// A file that is being written all the time is keyed as it was last read; the next build sees it changed.
constexpr int k_read_attempts = 3;

constexpr Digest128 k_unread{};

Result<void> hash_source(const std::string& path, const IdentifyInputs& inputs, IdentifiedSource& source) {
  IMGOPT_ASSIGN(const Descriptor file, open_for_reading(path));
  IMGOPT_ASSIGN(FileStatus before, stat_regular(file.get(), path));
  std::uint64_t most = inputs.max_input_size;
  if (const auto checked = check_input_size(before.stat.size, most); !checked) {
    IMGOPT_ASSIGN(const SniffedContent content, sniff_file(file.get(), path));
    if (content.kind == ContentKind::image)
      return checked;
    if (!inputs.copies_others) {
      source.stat = before.stat;
      source.kind = content.kind;
      source.digest = k_unread;
      return {};
    }
    most = 0;
  }
  Hasher hasher(*inputs.secret);
  for (int attempt = 0; attempt < k_read_attempts; ++attempt) {
    hasher.reset();
    IMGOPT_ASSIGN(const SniffedContent content, hash_content(file.get(), path, most, hasher));
    source.kind = content.kind;
    source.format = content.format;
    IMGOPT_ASSIGN(const FileStatus after, stat_descriptor(file.get(), path));
    source.stat = before.stat;
    source.digest = hasher.finish();
    if (after.stat == before.stat)
      break;
    before = after;
    source.is_racy = attempt + 1 == k_read_attempts;
  }
  return {};
}

bool is_young(const FileStat& stat, const IdentifyInputs& inputs) {
  const std::int64_t limit = inputs.scan_start_ns - inputs.time_step_ns;
  return stat.mtime_ns >= limit || stat.ctime_ns >= limit;
}

// Whether an output still is what the state says, by stat data or else by content.
StandingOutput look_at(const IdentifyInputs& inputs, const StateOutput& output) {
  StandingOutput standing;
  if (has(output.flags, OutputFlag::missing))
    return standing;
  const std::string path(inputs.state->text(output.path));
  const auto found = inputs.out->stat(path);
  if (!found || !*found)
    return standing;
  standing.stat = **found;
  if (standing.stat == output.stat && !inputs.is_other_boot) {
    standing.stands = true;
  } else if (standing.stat.size == output.stat.size) {
    const auto content = inputs.out->read(path, output.stat.size);
    standing.stands = content && sha256(*content) == output.hash;
    // It may change once more with the same times, so these prove nothing.
    if (standing.stands && is_young(standing.stat, inputs))
      standing.stat = output.stat;
  }
  return standing;
}

const StateSource* known_source(const IdentifyInputs& inputs, const IdentifiedSource& source) {
  if (inputs.state == nullptr || source.state_index < 0)
    return nullptr;
  return &inputs.state->sources()[static_cast<std::size_t>(source.state_index)];
}

// Whether the source's stat data prove that it is the one the state knows.
bool is_proven(const IdentifyInputs& inputs, std::size_t index, Identified& identified) {
  IdentifiedSource& source = identified.sources[index];
  const ScannedFile& file = inputs.scan->files[index];
  source.stat = file.stat;
  const StateSource* known = known_source(inputs, source);
  if (known == nullptr || known->stat != file.stat ||
      (known->flags & static_cast<std::uint32_t>(SourceFlag::racy)) != 0 ||
      inputs.state->identity().secret_id != inputs.secret->id() ||
      (known->digest == k_unread && inputs.copies_others))
    return false;
  source.change = Change::none;
  source.kind = static_cast<ContentKind>(known->kind);
  source.format = static_cast<ImageFormat>(known->format);
  source.digest = known->digest;
  return true;
}

void look_at_outputs(const IdentifyInputs& inputs, std::size_t index, Identified& identified) {
  IdentifiedSource& source = identified.sources[index];
  const StateSource* known = known_source(inputs, source);
  if (known == nullptr)
    return;
  source.outputs_stand = true;
  for (std::uint32_t i = 0; i < known->output_count; ++i) {
    StandingOutput& standing = identified.outputs[known->first_output + i];
    standing = look_at(inputs, inputs.state->outputs()[known->first_output + i]);
    source.outputs_stand = source.outputs_stand && standing.stands;
  }
}

void read_source(const IdentifyInputs& inputs, std::size_t index, Identified& identified) {
  IdentifiedSource& source = identified.sources[index];
  const StateSource* known = known_source(inputs, source);
  const auto hashed = hash_source(inputs.scan->path_of(inputs.scan->files[index]), inputs, source);
  if (!hashed && hashed.error().code == ErrorCode::interrupted)
    return;
  if (!hashed) {
    source.error = hashed.error().message;
    source.is_too_large = hashed.error().code == ErrorCode::limit_exceeded;
    source.is_racy = true;  // what its stat data are of, nobody has seen
    source.change = known == nullptr ? Change::added : Change::modified;
    return;
  }
  const bool is_same = known != nullptr && known->digest == source.digest && source.digest != k_unread &&
                       inputs.state->identity().secret_id == inputs.secret->id();
  source.change = known == nullptr ? Change::added : is_same ? Change::touched : Change::modified;
  source.is_racy = source.is_racy || is_young(source.stat, inputs);
  if (!is_same && inputs.changed)
    inputs.changed(index, source);
}

// Large files first, so that none is left to one thread at the end; small ones in the order of their folders.
void put_largest_first(std::vector<std::uint32_t>& indices, const ScanResult& scan) {
  constexpr int k_small_bits = 16;  // below 64 KiB
  const auto rank = [&](std::uint32_t index) {
    return std::bit_width(scan.files[index].stat.size >> k_small_bits);
  };
  std::stable_sort(indices.begin(), indices.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return rank(a) > rank(b); });
}

}  // namespace

Identified identify(const IdentifyInputs& inputs) {
  Identified identified;
  const auto& files = inputs.scan->files;
  identified.sources.resize(files.size());
  if (inputs.state != nullptr) {
    identified.outputs.resize(inputs.state->outputs().size());
    const auto known = inputs.state->sources();
    std::size_t k = 0;
    for (std::size_t f = 0; f < files.size(); ++f) {
      for (; k < known.size(); ++k) {
        const auto order = compare_names(inputs.state->text(known[k].name), files[f].name);
        if (order == std::strong_ordering::equal)
          identified.sources[f].state_index = static_cast<std::int64_t>(k);
        if (order == std::strong_ordering::greater)
          break;
        if (order == std::strong_ordering::less)
          identified.gone_sources.push_back(static_cast<std::uint32_t>(k));
        else {
          ++k;
          break;
        }
      }
    }
    for (; k < known.size(); ++k)
      identified.gone_sources.push_back(static_cast<std::uint32_t>(k));
  }
  std::vector<std::uint32_t> unread;
  for (std::size_t index = 0; index < files.size(); ++index)
    if (!is_proven(inputs, index, identified))
      unread.push_back(static_cast<std::uint32_t>(index));
  put_largest_first(unread, *inputs.scan);
  const auto caller = std::this_thread::get_id();
  std::atomic<std::size_t> read{0};
  parallel_for(unread.size(), inputs.threads, 1, [&](std::size_t i) {
    if (Interrupts::pending() == 0)
      read_source(inputs, unread[i], identified);
    const std::size_t done = read.fetch_add(1, std::memory_order_relaxed) + 1;
    if (inputs.between && std::this_thread::get_id() == caller)
      inputs.between(done, unread.size());
  });
  if (inputs.between && !unread.empty())
    inputs.between(unread.size(), unread.size());
  constexpr std::size_t k_block = 64;
  parallel_for(files.size(), inputs.threads, k_block, [&](std::size_t index) {
    if (Interrupts::pending() == 0)
      look_at_outputs(inputs, index, identified);
  });
  identified.has_news = std::any_of(identified.sources.begin(), identified.sources.end(),
                                    [](const IdentifiedSource& s) { return s.change != Change::none; });
  for (std::size_t o = 0; o < identified.outputs.size(); ++o)
    if (identified.outputs[o].stands && identified.outputs[o].stat != inputs.state->outputs()[o].stat)
      identified.has_news = true;
  return identified;
}

}  // namespace imgopt
