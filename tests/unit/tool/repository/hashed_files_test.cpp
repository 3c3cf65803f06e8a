#include "tool/state/hashed_files.hpp"

#include <gtest/gtest.h>

#include "base/stopwatch.hpp"
#include "tests/unit/base/scratch_folder.hpp"

namespace imgopt {
namespace {

constexpr std::int64_t k_minute_ns = 60'000'000'000;

class HashFiles : public testing::Test {
protected:
  HashFiles() { folder.write("src/a.png", "\x89PNG\r\n\x1a\n..."); }

  [[nodiscard]] HashedFiles look(std::int64_t now_ns, std::uint64_t max_input_size = 0) const {
    ScanRequest request;
    request.sources = {folder.path("src")};
    return hash_files(scan(request).value(), folder.path("index"), 2, now_ns, max_input_size);
  }

  ScratchFolder folder;
};

TEST_F(HashFiles, ReadsAFileOnceThatIsOldEnough) {
  const HashedFiles first = look(wall_clock_ns() + k_minute_ns);
  ASSERT_EQ(first.files.size(), 1u);
  EXPECT_EQ(first.bytes_read, 11u);
  EXPECT_EQ(first.files[0].kind, ContentKind::image);
  const HashedFiles second = look(wall_clock_ns() + k_minute_ns);
  EXPECT_EQ(second.bytes_read, 0u);
  EXPECT_EQ(second.files[0].hash, first.files[0].hash);
  EXPECT_EQ(second.files[0].kind, ContentKind::image);
}

TEST_F(HashFiles, DoesNotTrustTheTimesOfAYoungFile) {
  static_cast<void>(look(wall_clock_ns()));
  EXPECT_EQ(look(wall_clock_ns()).bytes_read, 11u);
}

TEST_F(HashFiles, ReadsWhatWasEditedAgain) {
  const HashedFiles first = look(wall_clock_ns() + k_minute_ns);
  folder.write("src/a.png", "\x89PNG\r\n\x1a\n other");
  const HashedFiles second = look(wall_clock_ns() + k_minute_ns);
  EXPECT_EQ(second.bytes_read, 14u);
  EXPECT_NE(second.files[0].hash, first.files[0].hash);
}

TEST_F(HashFiles, LeavesALargerFileUnreadAndRemembersNothingOfIt) {
  const HashedFiles beyond = look(wall_clock_ns() + k_minute_ns, 10);
  EXPECT_EQ(beyond.bytes_read, 0u);
  EXPECT_EQ(beyond.files[0].kind, ContentKind::image);
  EXPECT_FALSE(beyond.files[0].was_read());
  EXPECT_EQ(beyond.files[0].error, "");
  EXPECT_EQ(look(wall_clock_ns() + k_minute_ns, 11).bytes_read, 11u);
  // Neither does it count that the index has its hash by now.
  EXPECT_FALSE(look(wall_clock_ns() + k_minute_ns, 10).files[0].was_read());
}

TEST_F(HashFiles, NamesAFileThatCannotBeRead) {
  ScanRequest request;
  request.sources = {folder.path("src")};
  const ScanResult scanned = scan(request).value();
  folder.remove("src/a.png");
  const HashedFiles files = hash_files(scanned, std::nullopt, 1, wall_clock_ns(), 0);
  EXPECT_NE(files.files[0].error, "");
}

}  // namespace
}  // namespace imgopt
