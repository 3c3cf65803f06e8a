#include "tool/state/state_changes.hpp"

#include <algorithm>
#include <cstring>

#include "base/record_header.hpp"
#include "tool/scan/scan.hpp"

namespace imgopt {

namespace {

constexpr std::string_view k_changes_format = "changes of the build state";

tl::unexpected<Error> damaged_changes(std::string_view why) {
  return damaged_format(k_changes_format, why);
}

template <typename Record>
void append(Bytes& out, const std::map<std::uint32_t, Record>& records) {
  for (const auto& [index, record] : records) {
    const ChangedRecord<Record> changed{record, index};
    const auto* begin = reinterpret_cast<const std::uint8_t*>(&changed);
    out.insert(out.end(), begin, begin + sizeof(changed));
  }
}

}  // namespace

std::string changes_path(const std::string& state_path) {
  return state_path + ".changes";
}

Result<std::optional<OpenedChanges>> open_changes(ByteView bytes, const Digest128& state_digest) {
  IMGOPT_ASSIGN(const StateChangesHeader header,
                read_header<StateChangesHeader>(bytes, k_state_changes_magic, k_changes_format));
  if (header.version != k_state_changes_version || header.header_size != sizeof(StateChangesHeader) ||
      header.state_digest != state_digest)
    return std::nullopt;
  const std::uint64_t sources = std::uint64_t{header.source_count} * sizeof(ChangedRecord<StateSource>);
  const std::uint64_t outputs = std::uint64_t{header.output_count} * sizeof(ChangedRecord<StateOutput>);
  if (header.total_size != bytes.size() || header.invocation_bytes > bytes.size() ||
      sizeof(header) + sources + outputs + header.invocation_bytes != bytes.size())
    return damaged_changes("their records do not fill them");
  const ByteView records = bytes.subspan(sizeof(header));
  if (digest_of(header, records) != header.content_digest)
    return damaged_changes("their content is not what was written");
  return OpenedChanges{
      header.identity,
      {reinterpret_cast<const ChangedRecord<StateSource>*>(records.data()), header.source_count},
      {reinterpret_cast<const ChangedRecord<StateOutput>*>(records.data() + sources), header.output_count},
      {reinterpret_cast<const char*>(records.data() + sources + outputs), header.invocation_bytes}};
}

StateChanges::StateChanges(const BuildState& state, const StateIdentity& identity,
                           std::string_view invocation)
    : m_state(state), m_identity(identity), m_invocation(invocation) {
  for (const std::uint32_t index : state.changed_sources())
    m_sources.emplace(index, state.sources()[index]);
  for (const std::uint32_t index : state.changed_outputs())
    m_outputs.emplace(index, state.outputs()[index]);
}

std::uint32_t StateChanges::add_recipe(const RecipeText& recipe) {
  const auto recipes = m_state.recipes();
  const auto is_same = [&](const StateRecipe& known) {
    StateRecipe bare = known;
    bare.decoder = recipe.recipe.decoder;
    bare.encoder = recipe.recipe.encoder;
    bare.places = recipe.recipe.places;
    return std::memcmp(&bare, &recipe.recipe, sizeof(bare)) == 0 &&
           m_state.text(known.decoder) == recipe.decoder && m_state.text(known.encoder) == recipe.encoder &&
           m_state.text(known.places) == recipe.places;
  };
  const auto found = std::find_if(recipes.begin(), recipes.end(), is_same);
  if (found != recipes.end())
    return static_cast<std::uint32_t>(found - recipes.begin());
  give_up();
  return k_no_recipe;
}

bool StateChanges::is_last_complete() const {
  return m_last == nullptr || m_last_outputs == m_last->output_count;
}

void StateChanges::give_up() {
  m_says_all = false;
  m_sources.clear();
  m_outputs.clear();
}

bool StateChanges::are_few() const {
  // They are read and written at each build, as a state is once.
  constexpr std::size_t k_smaller = 8;
  const std::size_t changed = m_sources.size() * sizeof(StateSource) + m_outputs.size() * sizeof(StateOutput);
  const std::size_t all = m_state.sources().size_bytes() + m_state.outputs().size_bytes();
  return changed <= all / k_smaller;
}

void StateChanges::add_source(StateSource source, std::string_view name) {
  if (!suffice())
    return give_up();
  m_last_outputs = 0;
  const auto sources = m_state.sources();
  const auto found = std::lower_bound(sources.begin(), sources.end(), name,
                                      [&](const StateSource& known, std::string_view wanted) {
                                        return compare_names(m_state.text(known.name), wanted) < 0;
                                      });
  if (found == sources.end() || m_state.text(found->name) != name)
    return give_up();
  m_last = &*found;
  source.name = m_last->name;
  source.first_output = m_last->first_output;
  source.output_count = m_last->output_count;
  m_sources[static_cast<std::uint32_t>(found - sources.begin())] = source;
}

void StateChanges::add_output(StateOutput output, std::string_view path) {
  const bool is_known = m_says_all && m_last != nullptr && m_last_outputs < m_last->output_count;
  if (!is_known || m_state.text(m_state.outputs_of(*m_last)[m_last_outputs].path) != path)
    return give_up();
  const std::uint32_t index = m_last->first_output + m_last_outputs++;
  output.path = m_state.outputs()[index].path;
  m_outputs[index] = output;
}

bool StateChanges::suffice() const {
  return m_says_all && is_last_complete() && are_few();
}

Bytes StateChanges::bytes() const {
  StateChangesHeader header;
  header.header_size = sizeof(header);
  header.state_digest = m_state.content_digest();
  header.identity = m_identity;
  header.source_count = static_cast<std::uint32_t>(m_sources.size());
  header.output_count = static_cast<std::uint32_t>(m_outputs.size());
  header.invocation_bytes = m_invocation.size();
  Bytes out(sizeof(header));
  append(out, m_sources);
  append(out, m_outputs);
  out.insert(out.end(), m_invocation.begin(), m_invocation.end());
  header.total_size = out.size();
  header.content_digest = digest_of(header, ByteView(out).subspan(sizeof(header)));
  std::memcpy(out.data(), &header, sizeof(header));
  return out;
}

Result<void> StateChanges::save(const std::string& state_path) const {
  IMGOPT_ASSIGN(AtomicFile file, AtomicFile::create(changes_path(state_path), 0600));
  IMGOPT_TRY(file.write(ByteView(bytes())));
  return file.commit();
}

}  // namespace imgopt
