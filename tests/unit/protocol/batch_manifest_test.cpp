#include "protocol/batch_manifest.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <numeric>
#include <string>

#include "base/mapped_memory.hpp"

namespace imgopt {
namespace {

constexpr std::array<std::uint8_t, 16> k_nonce = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

Digest128 digest_of(std::uint64_t number) {
  Digest128 digest;
  std::memcpy(digest.bytes.data(), &number, sizeof(number));
  return digest;
}

BatchSource source_of(std::uint64_t number) {
  BatchSource source;
  source.size = 1000 + number;
  source.digest = digest_of(number);
  source.format = static_cast<std::uint32_t>(ImageFormat::jpeg);
  return source;
}

OutputSettings settings_of(ImageFormat format, std::uint32_t width) {
  OutputSettings settings;
  settings.format = format;
  settings.resize = ResizeMode::width;
  settings.resize_width = width;
  return settings;
}

Bytes bytes_of(const BatchBuilder& builder) {
  Bytes bytes(builder.size());
  builder.write(bytes);
  return bytes;
}

// Two sources, three records, five outputs, three settings.
Bytes small_manifest() {
  BatchBuilder builder(k_nonce);
  const std::uint32_t first = builder.add_source(source_of(1));
  const std::uint32_t second = builder.add_source(source_of(2));
  const std::array both = {BatchBuilder::Output{digest_of(10), settings_of(ImageFormat::webp, 640)},
                           BatchBuilder::Output{digest_of(11), settings_of(ImageFormat::jpeg, 640)}};
  const std::array one = {BatchBuilder::Output{digest_of(12), settings_of(ImageFormat::avif, 640)}};
  builder.add_record(first, both, 30);
  builder.add_record(second, both, 20);
  builder.add_record(first, one, 10);
  return bytes_of(builder);
}

// Uses everything that a manifest hands out, so that a sanitizer sees a span that leads outside.
std::uint64_t sum_of(const BatchManifest& manifest) {
  std::uint64_t sum = manifest.nonce()[0];
  for (const BatchRecord& record : manifest.records()) {
    sum += manifest.source_of(record).size + record.cost;
    for (const BatchOutput& output : manifest.outputs_of(record))
      sum += output.key.bytes[0] + manifest.settings_of(output).resize_width;
  }
  return sum;
}

TEST(BatchManifest, GivesBackWhatWasBuilt) {
  const Bytes bytes = small_manifest();
  const BatchManifest manifest = BatchManifest::open(bytes).value();
  EXPECT_EQ(manifest.nonce(), k_nonce);
  ASSERT_EQ(manifest.sources().size(), 2u);
  EXPECT_EQ(manifest.sources()[1].size, 1002u);
  EXPECT_EQ(manifest.sources()[1].digest, digest_of(2));
  ASSERT_EQ(manifest.records().size(), 3u);
  const BatchRecord& last = manifest.records()[2];
  EXPECT_EQ(manifest.source_of(last).digest, digest_of(1));
  EXPECT_EQ(last.cost, 10u);
  ASSERT_EQ(manifest.outputs_of(last).size(), 1u);
  EXPECT_EQ(manifest.outputs_of(last)[0].key, digest_of(12));
  EXPECT_EQ(manifest.settings_of(manifest.outputs_of(last)[0]), settings_of(ImageFormat::avif, 640));
  EXPECT_EQ(manifest.settings_of(manifest.outputs_of(manifest.records()[1])[1]),
            settings_of(ImageFormat::jpeg, 640));
}

TEST(BatchManifest, HoldsEqualSettingsOnce) {
  const Bytes bytes = small_manifest();
  EXPECT_EQ(BatchManifest::open(bytes).value().settings().size(), 3u);
}

TEST(BatchManifest, MayBeEmpty) {
  const Bytes bytes = bytes_of(BatchBuilder(k_nonce));
  EXPECT_TRUE(BatchManifest::open(bytes).value().records().empty());
}

TEST(BatchManifest, HoldsAHundredThousandRecordsInSealedMemory) {
  constexpr std::uint32_t k_records = 100'000;
  BatchBuilder builder(k_nonce);
  for (std::uint32_t i = 0; i < k_records; ++i) {
    const std::array outputs = {
        BatchBuilder::Output{digest_of(2 * i), settings_of(ImageFormat::webp, 320 + 320 * (i % 4))},
        BatchBuilder::Output{digest_of(2 * i + 1), settings_of(ImageFormat::avif, 320 + 320 * (i % 4))}};
    ASSERT_EQ(builder.add_record(builder.add_source(source_of(i)), outputs, k_records - i), i);
  }
  const Descriptor memory = create_memory_file("imgopt-test").value();
  ASSERT_EQ(::ftruncate(memory.get(), static_cast<off_t>(builder.size())), 0);
  builder.write(MappedRegion::map(memory.get(), builder.size(), Access::read_write, "manifest")
                    .value()
                    .writable_bytes());
  ASSERT_TRUE(seal_against_changes(memory.get()));
  const MappedRegion region =
      MappedRegion::map(memory.get(), builder.size(), Access::read_only, "manifest").value();
  const BatchManifest manifest = BatchManifest::open(region.bytes()).value();
  ASSERT_EQ(manifest.records().size(), k_records);
  EXPECT_EQ(manifest.settings().size(), 8u);
  for (std::uint32_t i = 0; i < k_records; ++i) {
    const BatchRecord& record = manifest.records()[i];
    ASSERT_EQ(manifest.source_of(record).digest, digest_of(i));
    ASSERT_EQ(manifest.outputs_of(record)[1].key, digest_of(2 * i + 1));
    ASSERT_EQ(manifest.settings_of(manifest.outputs_of(record)[0]).resize_width, 320 + 320 * (i % 4));
  }
}

TEST(BatchManifest, IsRefusedTruncatedAtEveryLength) {
  const Bytes whole = small_manifest();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    const auto manifest = BatchManifest::open(part);
    ASSERT_FALSE(manifest) << length;
    EXPECT_EQ(manifest.error().code, ErrorCode::corrupt) << length;
  }
  EXPECT_EQ(BatchManifest::open(ByteView(whole).first(8)).error().message,
            "batch manifest: shorter than its header");
  Bytes longer = whole;
  longer.resize(whole.size() + 8);
  EXPECT_EQ(BatchManifest::open(longer).error().message,
            "batch manifest: its size is not the one its header names");
}

// Digests, sizes, costs and the nonce may hold any value; every other flip is an error or another manifest
// whose parts all lie within it.
TEST(BatchManifest, StaysWithinItsBytesWhicheverByteIsFlipped) {
  const Bytes whole = small_manifest();
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const int mask : {0x01, 0x80, 0xff}) {
      Bytes flipped = whole;
      flipped[at] = static_cast<std::uint8_t>(flipped[at] ^ mask);
      const auto manifest = BatchManifest::open(flipped);
      if (manifest) {
        EXPECT_GT(sum_of(*manifest), 0u);
      } else {
        EXPECT_EQ(manifest.error().code, ErrorCode::corrupt);
      }
    }
}

TEST(BatchManifest, IsRefusedAtAnUnalignedAddress) {
  const Bytes whole = small_manifest();
  Bytes shifted(whole.size() + 1);
  std::copy(whole.begin(), whole.end(), shifted.begin() + 1);
  EXPECT_FALSE(BatchManifest::open(ByteView(shifted).subspan(1)));
}

struct Forgery {
  std::string name;
  std::string why;
  std::function<void(BatchHeader&, Bytes&)> change;
};

template <typename T>
void change_at(Bytes& bytes, std::uint64_t offset, std::size_t index, const std::function<void(T&)>& change) {
  T value;
  std::uint8_t* place = bytes.data() + offset + index * sizeof(T);
  std::memcpy(&value, place, sizeof(T));
  change(value);
  std::memcpy(place, &value, sizeof(T));
}

void change_record(const BatchHeader& header, Bytes& bytes, const std::function<void(BatchRecord&)>& change) {
  change_at<BatchRecord>(bytes, header.records_offset, 0, change);
}

class ForgedManifestTest : public testing::TestWithParam<Forgery> {};

TEST_P(ForgedManifestTest, IsRefused) {
  Bytes bytes = small_manifest();
  BatchHeader header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  GetParam().change(header, bytes);
  std::memcpy(bytes.data(), &header, sizeof(header));
  const auto manifest = BatchManifest::open(bytes);
  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error().code, ErrorCode::corrupt);
  EXPECT_EQ(manifest.error().message, "batch manifest: " + GetParam().why);
}

INSTANTIATE_TEST_SUITE_P(
    Forgeries, ForgedManifestTest,
    testing::Values(
        Forgery{"Magic", "wrong magic number", [](BatchHeader& h, Bytes&) { ++h.magic; }},
        Forgery{"Version", "another version", [](BatchHeader& h, Bytes&) { ++h.version; }},
        Forgery{"HeaderSize", "another version", [](BatchHeader& h, Bytes&) { h.header_size = 8; }},
        Forgery{"Reserved", "reserved fields are used", [](BatchHeader& h, Bytes&) { h.reserved[4] = 1; }},
        Forgery{"HugeCounts", "its tables are not where their counts put them",
                [](BatchHeader& h, Bytes&) {
                  h.source_count = h.record_count = h.output_count = h.settings_count = UINT32_MAX;
                }},
        Forgery{"SourcesInTheHeader", "its tables are not where their counts put them",
                [](BatchHeader& h, Bytes&) { h.sources_offset = 0; }},
        Forgery{"OffsetThatWraps", "its tables are not where their counts put them",
                [](BatchHeader& h, Bytes&) { h.outputs_offset = UINT64_MAX - 7; }},
        Forgery{"TablesThatOverlap", "its tables are not where their counts put them",
                [](BatchHeader& h, Bytes&) { h.records_offset = h.sources_offset; }},
        Forgery{"SourceOutside", "a record names no source",
                [](BatchHeader& h, Bytes& b) { change_record(h, b, [](BatchRecord& r) { r.source = 2; }); }},
        Forgery{"OutputsOutside", "a record's outputs lie outside the table",
                [](BatchHeader& h, Bytes& b) {
                  change_record(h, b, [](BatchRecord& r) { r.first_output = 4; });
                }},
        Forgery{"OutputsThatWrap", "a record's outputs lie outside the table",
                [](BatchHeader& h, Bytes& b) {
                  change_record(h, b, [](BatchRecord& r) { r.first_output = UINT32_MAX; });
                }},
        Forgery{"NoOutputs", "a record's outputs lie outside the table",
                [](BatchHeader& h, Bytes& b) {
                  change_record(h, b, [](BatchRecord& r) { r.output_count = 0; });
                }},
        Forgery{"SettingsOutside", "an output names no settings",
                [](BatchHeader& h, Bytes& b) {
                  change_at<BatchOutput>(b, h.outputs_offset, 0, [](BatchOutput& o) { o.settings = 3; });
                }},
        Forgery{"UnknownSourceFormat", "a source has no known format",
                [](BatchHeader& h, Bytes& b) {
                  change_at<BatchSource>(b, h.sources_offset, 0, [](BatchSource& s) { s.format = 8; });
                }},
        Forgery{"SourceFormatBeyondAByte", "a source has no known format",
                [](BatchHeader& h, Bytes& b) {
                  change_at<BatchSource>(b, h.sources_offset, 0, [](BatchSource& s) { s.format = 0x102; });
                }},
        Forgery{"SettingsOutOfRange", "output settings hold a value outside its range",
                [](BatchHeader& h, Bytes& b) {
                  change_at<OutputSettings>(b, h.settings_offset, 0,
                                            [](OutputSettings& s) { s.effort = 10; });
                }}),
    [](const auto& test) { return test.param.name; });

TEST(BatchManifest, RefusesMoreOutputsThanARecordMayHave) {
  BatchBuilder builder(k_nonce);
  const std::vector<BatchBuilder::Output> outputs(k_max_outputs_per_record,
                                                  {digest_of(1), settings_of(ImageFormat::webp, 1)});
  const std::uint32_t source = builder.add_source(source_of(1));
  builder.add_record(source, outputs, 1);
  builder.add_record(source, outputs, 1);
  Bytes bytes = bytes_of(builder);
  ASSERT_TRUE(BatchManifest::open(bytes));
  BatchHeader header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  change_record(header, bytes, [](BatchRecord& r) { r.output_count = k_max_outputs_per_record + 1; });
  EXPECT_FALSE(BatchManifest::open(bytes));
}

}  // namespace
}  // namespace imgopt
