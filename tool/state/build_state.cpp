#include "tool/state/build_state.hpp"

#include <algorithm>
#include <cstring>

#include "base/record_header.hpp"
#include "tool/state/state_changes.hpp"

namespace imgopt {

namespace {

constexpr std::string_view k_state_format = "build state";

tl::unexpected<Error> damaged_state(std::string_view why) {
  return damaged_format(k_state_format, why);
}

struct Layout {
  std::uint64_t sources, outputs, recipes, objects, encoders, strings, total;
};

Layout lay_out(const StateHeader& header) {
  Layout layout{};
  layout.sources = sizeof(StateHeader);
  layout.outputs = layout.sources + std::uint64_t{header.source_count} * sizeof(StateSource);
  layout.recipes = layout.outputs + std::uint64_t{header.output_count} * sizeof(StateOutput);
  layout.objects = layout.recipes + std::uint64_t{header.recipe_count} * sizeof(StateRecipe);
  layout.encoders = layout.objects + std::uint64_t{header.object_count} * sizeof(StateObject);
  layout.strings = layout.encoders + std::uint64_t{header.encoder_count} * sizeof(StateEncoder);
  layout.total = layout.strings + header.string_bytes;
  return layout;
}

template <typename T>
std::span<const T> table(ByteView bytes, std::uint64_t offset, std::uint32_t count) {
  static_assert(alignof(T) <= 8 && sizeof(T) % 8 == 0);
  return {reinterpret_cast<const T*>(bytes.data() + offset), count};
}

bool is_within(StateText text, std::uint64_t string_bytes) {
  return text.offset <= string_bytes && text.length <= string_bytes - text.offset;
}

bool is_format(std::uint32_t value) {
  return value >= 1 && value < k_format_slots;
}

bool is_of_a_kind(const StateSource& source) {
  return source.kind <= static_cast<std::uint8_t>(ContentKind::other_image) &&
         (source.kind != static_cast<std::uint8_t>(ContentKind::image) || is_format(source.format));
}

bool is_made_somehow(const StateOutput& output, std::size_t recipes) {
  return output.format < k_format_slots && (output.recipe == k_no_recipe || output.recipe < recipes);
}

bool operator==(StateText a, StateText b) {
  return a.offset == b.offset && a.length == b.length;
}

// Puts each changed record in its place and says which they were. `may_replace` says whether one may stand
// for another.
template <typename Record, typename MayReplace>
Result<std::vector<std::uint32_t>> put_in_place(std::span<const ChangedRecord<Record>> changes,
                                                std::span<Record> records, MayReplace&& may_replace) {
  std::vector<std::uint32_t> indices;
  indices.reserve(changes.size());
  for (const ChangedRecord<Record>& change : changes) {
    if (change.index >= records.size() || (!indices.empty() && change.index <= indices.back()) ||
        !may_replace(change.record, records[change.index]))
      return damaged_state("its changes do not fit it");
    records[change.index] = change.record;
    indices.push_back(static_cast<std::uint32_t>(change.index));
  }
  return indices;
}

}  // namespace

Result<std::optional<BuildState>> BuildState::load(const std::string& path) {
  auto file = open_for_reading(path);
  if (!file) {
    if (file.error().code == ErrorCode::not_found)
      return std::nullopt;
    return tl::unexpected<Error>(file.error());
  }
  IMGOPT_ASSIGN(const FileStatus status, stat_descriptor(file->get(), path));
  if (status.type != FileType::regular || status.stat.size < sizeof(StateHeader))
    return damaged_state("shorter than its header");
  IMGOPT_ASSIGN(MappedRegion region, MappedRegion::map(file->get(), status.stat.size, Access::private_copy,
                                                       path, AccessHint::sequential));
  const auto changes = read_file(changes_path(path));
  if (!changes && changes.error().code != ErrorCode::not_found)
    return tl::unexpected<Error>(changes.error());
  IMGOPT_ASSIGN(BuildState state, changes ? open(region.writable_bytes(), *changes) : open(region.bytes()));
  state.m_region = std::move(region);
  return state;
}

Result<BuildState> BuildState::open(ByteView bytes) {
  IMGOPT_ASSIGN(const StateHeader header, read_header<StateHeader>(bytes, k_state_magic, k_state_format));
  if (header.version != k_state_version || header.header_size != sizeof(StateHeader))
    return damaged_state("another version");
  if (header.total_size != bytes.size() || header.string_bytes > bytes.size())
    return damaged_state("its size is not the one its header names");
  const Layout layout = lay_out(header);
  if (layout.total != bytes.size())
    return damaged_state("its tables do not fill it");
  if (digest_of(header, bytes.subspan(sizeof(header))) != header.content_digest)
    return damaged_state("its content is not what was written");

  BuildState state;
  state.m_content_digest = header.content_digest;
  state.m_identity = header.identity;
  state.m_sources = table<StateSource>(bytes, layout.sources, header.source_count);
  state.m_outputs = table<StateOutput>(bytes, layout.outputs, header.output_count);
  state.m_recipes = table<StateRecipe>(bytes, layout.recipes, header.recipe_count);
  state.m_objects = table<StateObject>(bytes, layout.objects, header.object_count);
  state.m_encoders = table<StateEncoder>(bytes, layout.encoders, header.encoder_count);
  state.m_strings = {reinterpret_cast<const char*>(bytes.data() + layout.strings), header.string_bytes};
  state.m_invocation = header.invocation;
  if (!is_within(header.invocation, header.string_bytes))
    return damaged_state("its invocation lies outside its strings");
  std::uint64_t next_output = 0;
  for (const StateSource& source : state.m_sources) {
    if (!is_within(source.name, header.string_bytes) || source.first_output != next_output ||
        !is_of_a_kind(source))
      return damaged_state("a source lies outside its tables");
    next_output += source.output_count;
  }
  if (next_output != header.output_count)
    return damaged_state("its sources do not cover its outputs");
  for (const StateOutput& output : state.m_outputs)
    if (!is_within(output.path, header.string_bytes) || !is_made_somehow(output, header.recipe_count))
      return damaged_state("an output lies outside its tables");
  for (std::uint32_t i = 0; i < header.recipe_count; ++i) {
    const StateRecipe& recipe = state.m_recipes[i];
    if (!is_within(recipe.decoder, header.string_bytes) || !is_within(recipe.encoder, header.string_bytes) ||
        !is_within(recipe.places, header.string_bytes) || !is_format(recipe.source_format) ||
        (recipe.next != k_no_recipe && recipe.next >= i) || !validate(recipe.settings))
      return damaged_state("a recipe makes no sense");
  }
  for (const StateObject& object : state.m_objects)
    if (!is_within(object.path, header.string_bytes))
      return damaged_state("an object lies outside its tables");
  for (const StateEncoder& encoder : state.m_encoders)
    if (!is_within(encoder.description, header.string_bytes) || !is_format(encoder.format))
      return damaged_state("an encoder lies outside its tables");
  return state;
}

Result<BuildState> BuildState::open(std::span<std::uint8_t> bytes, ByteView changes) {
  IMGOPT_ASSIGN(BuildState state, open(ByteView(bytes)));
  IMGOPT_TRY(state.take_changes(bytes, changes));
  return state;
}

Result<void> BuildState::take_changes(std::span<std::uint8_t> bytes, ByteView changes) {
  IMGOPT_ASSIGN(const auto opened, open_changes(changes, m_content_digest));
  if (!opened)
    return {};
  const auto writable = [&](auto records) {
    using Record = std::remove_const_t<typename decltype(records)::element_type>;
    const auto offset = reinterpret_cast<const std::uint8_t*>(records.data()) - bytes.data();
    return std::span(reinterpret_cast<Record*>(bytes.data() + offset), records.size());
  };
  IMGOPT_ASSIGN(m_changed_sources, put_in_place(opened->sources, writable(m_sources),
                                                [](const StateSource& now, const StateSource& before) {
                                                  return now.name == before.name &&
                                                         now.first_output == before.first_output &&
                                                         now.output_count == before.output_count &&
                                                         is_of_a_kind(now);
                                                }));
  IMGOPT_ASSIGN(m_changed_outputs, put_in_place(opened->outputs, writable(m_outputs),
                                                [&](const StateOutput& now, const StateOutput& before) {
                                                  return now.path == before.path &&
                                                         is_made_somehow(now, m_recipes.size());
                                                }));
  m_identity = opened->identity;
  m_changed_invocation = opened->invocation;
  return {};
}

StateText StateBuilder::add_text(std::string_view text) {
  const StateText place{static_cast<std::uint32_t>(m_strings.size()),
                        static_cast<std::uint32_t>(text.size())};
  m_strings.append(text);
  return place;
}

void StateBuilder::add_source(StateSource source, std::string_view name) {
  source.name = add_text(name);
  source.first_output = static_cast<std::uint32_t>(m_outputs.size());
  source.output_count = 0;
  m_sources.push_back(source);
}

void StateBuilder::add_output(StateOutput output, std::string_view path) {
  // A kept output has its source's name: spelled once.
  const StateSource& source = m_sources.back();
  const std::string_view name = std::string_view(m_strings).substr(source.name.offset, source.name.length);
  output.path = path == name ? source.name : add_text(path);
  m_outputs.push_back(output);
  ++m_sources.back().output_count;
}

std::uint32_t StateBuilder::add_recipe(const RecipeText& recipe) {
  StateRecipe bare = recipe.recipe;
  bare.decoder = bare.encoder = bare.places = {};
  std::string all(reinterpret_cast<const char*>(&bare), sizeof(bare));
  for (const std::string_view text : {recipe.decoder, recipe.encoder, recipe.places})
    all.append(text).push_back('\0');
  const auto [known, is_new] =
      m_known_recipes.try_emplace(std::move(all), static_cast<std::uint32_t>(m_recipes.size()));
  if (is_new) {
    bare.decoder = add_text(recipe.decoder);
    bare.encoder = add_text(recipe.encoder);
    bare.places = add_text(recipe.places);
    m_recipes.push_back(bare);
  }
  return known->second;
}

void StateBuilder::add_object(const FileStat& stat, std::string_view path) {
  m_objects.push_back({stat, add_text(path), 0});
}

void StateBuilder::add_encoder(StateEncoder encoder, std::string_view description) {
  encoder.description = add_text(description);
  m_encoders.push_back(encoder);
}

void StateBuilder::reserve(std::size_t sources, std::size_t outputs, std::size_t text_bytes) {
  m_sources.reserve(sources);
  m_outputs.reserve(outputs);
  m_strings.reserve(text_bytes);
}

template <typename Use>
void StateBuilder::for_each_table(Use&& use) const {
  const auto give = [&](const auto& rows) {
    use(ByteView(reinterpret_cast<const std::uint8_t*>(rows.data()), rows.size() * sizeof(rows[0])));
  };
  give(m_sources);
  give(m_outputs);
  give(m_recipes);
  give(m_objects);
  give(m_encoders);
  give(m_strings);
}

StateHeader StateBuilder::header() const {
  StateHeader header;
  header.header_size = sizeof(StateHeader);
  header.identity = m_identity;
  header.source_count = static_cast<std::uint32_t>(m_sources.size());
  header.output_count = static_cast<std::uint32_t>(m_outputs.size());
  header.object_count = static_cast<std::uint32_t>(m_objects.size());
  header.encoder_count = static_cast<std::uint32_t>(m_encoders.size());
  header.string_bytes = m_strings.size();
  header.recipe_count = static_cast<std::uint32_t>(m_recipes.size());
  header.invocation = m_invocation;
  header.total_size = lay_out(header).total;
  Hasher hasher = content_hasher(header);
  for_each_table([&](ByteView table) { hasher.update(table); });
  header.content_digest = hasher.finish();
  return header;
}

Bytes StateBuilder::bytes() const {
  const StateHeader head = header();
  const auto* begin = reinterpret_cast<const std::uint8_t*>(&head);
  Bytes out(begin, begin + sizeof(head));
  out.reserve(head.total_size);
  for_each_table([&](ByteView table) { out.insert(out.end(), table.begin(), table.end()); });
  return out;
}

// Table by table: a large state is not in memory twice.
Result<void> StateBuilder::save(const std::string& path) const {
  const StateHeader head = header();
  IMGOPT_ASSIGN(AtomicFile file, AtomicFile::create(path, 0600));
  Result<void> written = file.write(ByteView(reinterpret_cast<const std::uint8_t*>(&head), sizeof(head)));
  for_each_table([&](ByteView table) {
    if (written)
      written = file.write(table);
  });
  IMGOPT_TRY(written);
  IMGOPT_TRY(file.commit());
  // Where they stay they are another state's, which nobody believes.
  static_cast<void>(remove_file(changes_path(path)));
  return {};
}

}  // namespace imgopt
